// Shows on a terminal how far a long file is read; in a pipe it says nothing.
import type { Output } from "../io.ts";

const EVERY_MS = 200;
/** Shorter ones are done before anybody looks. */
const QUIET_BYTES_MAX = 8 * 1024 * 1024;
const ERASE_LINE = "\r\u001b[K";

export interface Progress {
  readonly show: (bytes: number, bytesOfAll: number, events: number) => void;
  readonly end: () => void;
}

export function progressOn(output: Output): Progress {
  let shownMs = 0;
  return {
    show: (bytes, bytesOfAll, events) => {
      const nowMs = performance.now();
      if (output.isTTY !== true || bytesOfAll <= QUIET_BYTES_MAX || nowMs - shownMs < EVERY_MS) return;
      shownMs = nowMs;
      const percent = Math.min(100, Math.floor((bytes / bytesOfAll) * 100));
      output.write(
        `${ERASE_LINE}${percent} % of ${Math.ceil(bytesOfAll / 1e6)} MB, ${events.toLocaleString("en")} requests`,
      );
    },
    end: () => {
      if (shownMs > 0) output.write(ERASE_LINE);
    },
  };
}
