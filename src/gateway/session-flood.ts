// Ends HTTP/2 sessions that send much beside requests: pings and settings, which are answered, window updates, and resets (F19).
import { constants, type Http2Session } from "node:http2";
import { contentOf } from "../node/body-overhead.ts";
import type { Limits } from "../transport/limits.ts";
import { streamsOf } from "./session.ts";

/** `onEnd` is told, once, what there was too much of. */
export function endFloods(session: Http2Session, limits: Limits, onEnd: (ofWhat: string) => void): void {
  const streams = streamsOf(session);
  const end = (ofWhat: string) => {
    if (streams.isEnding || session.destroyed) return;
    streams.isEnding = true;
    onEnd(ofWhat);
    // Behind the frames that were just read: within their reading nothing can be sent, and the client would not learn why.
    setImmediate(() => {
      if (session.destroyed) return;
      session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      session.destroy();
    });
  };
  const allowsControl = bucket(limits.controlFramesBurst, limits.controlFramesPerSecond);
  const count = () => {
    if (!allowsControl(performance.now())) end("pings and settings");
  };
  session.on("ping", count);
  session.on("remoteSettings", count);

  const content = contentOf(session);
  const allowsReset = bucket(limits.streamResetsBurst, limits.streamResetsPerSecond);
  streams.reset = () => {
    if (!allowsReset(performance.now())) end("requests that were reset");
  };
  let begun = 0;
  session.on("stream", () => (begun += 1));
  // What requests explain: bodies that were read, windows for what was sent, heads, and what waits in a stream's window or in
  // the buffers behind it.
  const perStream = 2 * limits.headBytesMax + 2 * limits.streamWindowBytes;
  let credit = limits.controlBytesMax;
  let read = 0;
  let explained = 0;
  const look = () => {
    if (session.destroyed) return;
    const { bytesRead, bytesWritten } = session.socket;
    const now = begun * perStream + content.bytes + bytesWritten / 8;
    credit += limits.controlBytesMax + (now - explained) - (bytesRead - read);
    if (credit < 0) end("bytes that belong to no request");
    // Bytes that wait in a window were not read as content yet, so that much is kept for each open stream; more is not saved up.
    credit = Math.min(credit, limits.controlBytesMax + streams.open * perStream);
    read = bytesRead;
    explained = now;
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
