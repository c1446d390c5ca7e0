// How long each guard took, in the event of an exchange whose trace is sampled: what its spans are made of.
import type { GuardTiming } from "../core/timing.ts";
import { quoted } from "./escaping.ts";

/** A gate has fewer. */
const GUARDS_MAX = 64;

/** `guards` with a comma after it: nanoseconds from the request's arrival. Also where none was asked, as that says it is sampled. */
export function guardTimesJson({ times }: GuardTiming, arrivedMs: number): string {
  const parts = times.slice(0, GUARDS_MAX).map(({ guard, startedMs, durationMs }) => {
    const name = quoted(guard, 128);
    return `{"name":${name},"start":${nanoseconds(startedMs - arrivedMs)},"duration":${nanoseconds(durationMs)}}`;
  });
  return `"guards":[${parts.join(",")}],`;
}

function nanoseconds(milliseconds: number): number {
  const found = Math.round(milliseconds * 1e6);
  return found >= 0 && found < Number.MAX_SAFE_INTEGER ? found : 0;
}
