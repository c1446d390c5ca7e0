// Ends HTTP/2 sessions that send much beside requests: pings and settings, which are answered, and window updates (F19).
import { constants, type Http2Session } from "node:http2";
import { contentOf } from "../node/body-overhead.ts";
import type { Limits } from "../transport/limits.ts";

export function endFloods(session: Http2Session, limits: Limits): void {
  const end = () => {
    if (session.destroyed) return;
    session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    session.destroy();
  };
  const allows = bucket(limits.controlFramesBurst, limits.controlFramesPerSecond);
  const count = () => {
    if (!allows(performance.now())) end();
  };
  session.on("ping", count);
  session.on("remoteSettings", count);

  const content = contentOf(session);
  let streams = 0;
  session.on("stream", () => (streams += 1));
  // What no request explains: heads, what may wait in a stream's window, bodies that were read, windows for what was sent.
  const perStream = 2 * limits.headBytesMax + limits.streamWindowBytes;
  let before = 0;
  const look = () => {
    if (session.destroyed) return;
    const { bytesRead, bytesWritten } = session.socket;
    const explained = streams * perStream + content.bytes + bytesWritten / 8;
    if (bytesRead - explained - before > limits.controlBytesMax) end();
    before = bytesRead - explained;
  };
  const timer = setInterval(look, limits.controlLookMs).unref();
  session.once("close", () => clearInterval(timer));
}

/** Whether one more is within so many at once, and so many each second. */
function bucket(burst: number, perSecond: number): (nowMs: number) => boolean {
  let left = burst;
  let at = performance.now();
  return (nowMs) => {
    left = Math.min(burst, left + ((nowMs - at) / 1_000) * perSecond) - 1;
    at = nowMs;
    return left >= 0;
  };
}
