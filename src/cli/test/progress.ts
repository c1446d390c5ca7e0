// Shows on a terminal how far a run is; in a pipe it says nothing.
import type { Progress } from "../../security-testing/finding.ts";
import type { Output } from "../io.ts";

const EVERY_MS = 100;
const ERASE_LINE = "\r\u001b[K";
const WIDTH_MAX = 78;
const RESERVED = "^C".length + 1;
/** What would move the cursor, or worse: names of files are anybody's. */
const UNPRINTABLE = /[\p{C}\p{Z}]+/gu;

export function testProgress(output: Output): {
  readonly show: (progress: Progress["progress"]) => void;
  readonly end: () => void;
} {
  let shownMs = Number.NEGATIVE_INFINITY;
  return {
    show: ({ kind, done, of, what }) => {
      const nowMs = performance.now();
      if (output.isTTY !== true || nowMs - shownMs < EVERY_MS) return;
      shownMs = nowMs;
      const far = of > 0 ? ` ${done} of ${of}` : "";
      output.write(`${ERASE_LINE}${fitting(`${kind}${far}: ${what}`, output.columns)}`);
    },
    end: () => {
      if (shownMs > 0) output.write(ERASE_LINE);
    },
  };
}

/**
 * Of one line of the window: what is longer would wrap, and a wrapped line is not erased. Terminals write `^C` behind it. One whose size
 * nobody set says that it has 0 columns.
 */
function fitting(text: string, columns: number | undefined): string {
  const room = Math.max(0, Math.min(WIDTH_MAX, (columns || WIDTH_MAX + RESERVED) - RESERVED));
  // A sign outside of ASCII may take two columns.
  let width = 0;
  let shown = "";
  for (const sign of text.replaceAll(UNPRINTABLE, " ")) {
    width += sign <= "~" ? 1 : 2;
    if (width > room) break;
    shown += sign;
  }
  return shown;
}
