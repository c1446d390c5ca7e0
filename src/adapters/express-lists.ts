// API keys and revocations while the application runs: nothing else is loaded anew inside a framework, but a revocation cannot wait.
import type { Composition } from "../configuration/compose.ts";
import { watchInputs } from "../configuration/input-watch.ts";
import { systemClock } from "../core/clock.ts";

/** Takes over what `portcullis keys` and `portcullis tokens` write, and records it. A broken file leaves the list before it. */
export function followLists({ lists, recorder }: Pick<Composition, "lists" | "recorder">): { close(): void } {
  const onChange = async (): Promise<boolean> => {
    for (const { file, fault } of await lists.renew()) {
      const isTaken = fault === undefined;
      recorder.system({
        action: isTaken ? "authentication.list-renewed" : "authentication.list-refused",
        level: isTaken ? "info" : "error",
        message: isTaken ? `${file} is taken over` : `${file} is not taken over, what it held before stays: ${fault}`,
        data: { file },
      });
    }
    return false;
  };
  if (lists.files().size === 0) return { close: () => undefined };
  return watchInputs({ source: lists, clock: systemClock, onChange });
}
