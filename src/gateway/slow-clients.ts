// Ends requests whose clients are too slow: always after a while, and early where others wait for a connection to the API (F20).
import { deny } from "../core/outcome.ts";
import { isHttp2 } from "../node/incoming.ts";
import type { GatewayState } from "./gateway-state.ts";

/** Called now and then. The connections to the API are few: a handful of slow clients could hold them all. */
export function endSlow(state: GatewayState, nowMs: number): void {
  const { limits } = state;
  const isPressed = state.generation.pool.stats.queued > 0;
  for (const call of state.calls.all()) {
    call.cutWhenIdle(nowMs);
    if (isPressed && call.isSlow(nowMs, limits)) call.giveUp();
  }
  for (const passage of state.passages.all()) {
    const { request, exchange } = passage;
    // Over HTTP/1.1 Node itself bounds the time of a request. A request without a body is never `complete` while nobody reads it.
    if (!isHttp2(request) || !exchange.request.hasBody || request.complete) continue;
    if (nowMs - exchange.startedMonotonicMs > limits.requestTimeoutMs) passage.broke(deny("transport.body-too-slow"));
  }
}
