// Shows on a terminal how far a run is; in a pipe it says nothing.
import type { Progress } from "../../security-testing/finding.ts";
import type { Output } from "../io.ts";

const EVERY_MS = 100;
const ERASE_LINE = "\r\u001b[K";
const WIDTH_MAX = 78;

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
      output.write(`${ERASE_LINE}${`${kind}${far}: ${what}`.slice(0, WIDTH_MAX)}`);
    },
    end: () => {
      if (shownMs > 0) output.write(ERASE_LINE);
    },
  };
}
