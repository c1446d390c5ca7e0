// Ends a gateway without losing a request: first no new connections, then the last answers, then what is left.
import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import { breakOff } from "./answer-writer.ts";
import type { GatewayState } from "./gateway-state.ts";
import type { Listener } from "./listener.ts";
import { LIMITS } from "../transport/limits.ts";

/** Resolves when the last passage has ended, or was cut after `timeoutMs`. The count of those cut is the result. */
export async function drain(state: GatewayState, listeners: readonly Listener[], timeoutMs: number): Promise<number> {
  state.draining = true;
  for (const listener of listeners) {
    listener.stop();
    listener.endSessions();
  }
  const deadline = new AbortController();
  const cut = wait(timeoutMs, "cut", { signal: deadline.signal }).catch(() => "idle");
  const noneOpen = Promise.all(listeners.map((listener) => listener.whenNoneOpen()));
  const grace = wait(Math.min(LIMITS.drainIdleGraceMs, timeoutMs), undefined, { signal: deadline.signal }).catch(
    () => undefined,
  );
  const graceful = Promise.race([grace, noneOpen]).then(async () => {
    // Where the process itself stood still the timer comes first, and what clients sent meanwhile is read behind it.
    await nextTurn();
    for (const listener of listeners) listener.endIdle();
    await state.whenIdle();
  });
  await Promise.race([graceful, cut]);
  deadline.abort();
  const left = state.passages.size;
  for (const passage of state.passages.all()) {
    passage.finish("cut");
    breakOff(passage.response);
  }
  // The resets go out before their connections end: without one, some clients take a half answer for a whole one.
  if (left > 0) await nextTurn();
  for (const listener of listeners) listener.cut();
  return left;
}
