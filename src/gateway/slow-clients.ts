// Ends requests whose clients are too slow: always after a while, and early where others wait for a connection to the API (F20).
import type { ServerHttp2Stream } from "node:http2";
import { deny } from "../core/outcome.ts";
import { isHttp2 } from "../node/incoming.ts";
import type { GatewayState } from "./gateway-state.ts";
import type { Passage } from "./passage.ts";

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
    passage.reading?.look(nowMs, limits);
    if (!isHttp2(request)) continue;
    endClosed(passage, request.stream);
    // Over HTTP/1.1 Node itself bounds the time of a request. A request without a body is never `complete` while nobody reads it.
    if (!exchange.request.hasBody || request.complete) continue;
    if (nowMs - exchange.startedMonotonicMs > limits.requestTimeoutMs) passage.broke(deny("transport.body-too-slow"));
  }
}

/**
 * Both sides have ended the stream, and its answer is out; but Node still waits for the end of a write, of which it is sometimes never
 * told where the client ends the session just then. At the second look nothing is waited for.
 */
function endClosed(passage: Passage, stream: ServerHttp2Stream): void {
  if (!passage.answered || !stream.closed || stream.destroyed) return;
  if (passage.wasClosed) stream.destroy();
  passage.wasClosed = true;
}
