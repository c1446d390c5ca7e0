// What the record says of a reload: which policy took whose place, or each problem that kept it out.
import type { Recorder } from "../core/record.ts";
import type { Problem } from "../openapi/located.ts";
import type { ReloadCause } from "./reloader.ts";

/** A document may be wrong in a thousand places: `check` shows them all. */
const TOLD_MAX = 20;

export function tellReload(recorder: Recorder, before: string, policy: string, cause: ReloadCause): void {
  const message =
    before === policy
      ? `loaded anew: policy ${policy} stays`
      : `policy ${policy} took the place of ${before}, for all requests that come from now on`;
  const data = { cause, policy_before: before, policy };
  recorder.system({ action: "gateway.reloaded", level: "info", message, data });
}

/** An event for each error, as the start would have told it. */
export function tellRefusal(
  recorder: Recorder,
  problems: readonly Problem[],
  policy: string,
  cause: ReloadCause,
): void {
  const errors = problems.filter(({ severity }) => severity === "error");
  for (const [i, { rule, message, remedy = "", position }] of errors.slice(0, TOLD_MAX).entries()) {
    const { file = "", line = 0, column = 0 } = position ?? {};
    const place = file === "" ? "" : line === 0 ? `${file}: ` : `${file}:${line}:${column}: `;
    recorder.system({
      action: "gateway.reload-refused",
      level: "error",
      message: `not taken over, policy ${policy} stays (${i + 1} of ${errors.length}): ${place}${message}`,
      data: { cause, policy, rule, file, line, column, remedy },
    });
  }
}
