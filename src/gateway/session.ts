// Bounds the life of an HTTP/2 session by what happens on its streams; pings and settings keep nothing alive.
import { constants, type Http2Session, type ServerHttp2Stream } from "node:http2";

export interface Streams {
  /** Whether there ever was one. */
  asked: boolean;
  open: number;
  /** It sent too much: what still comes is not begun any more. */
  isEnding: boolean;
  /** The client reset one before its answer was out. */
  reset: () => void;
}

const known = new WeakMap<Http2Session, Streams>();

export function streamsOf(session: Http2Session): Streams {
  let streams = known.get(session);
  if (streams === undefined)
    known.set(session, (streams = { asked: false, open: 0, isEnding: false, reset: () => undefined }));
  return streams;
}

/**
 * Closes a session (GOAWAY) that had no stream for `idleTimeoutMs`, and cancels waiting answers where from one look to the
 * next the client took less than `bytesPerSecondMin` on the whole connection. A stream that waits for the upstream is left alone: it has
 * limits of its own.
 */
export function boundSession(session: Http2Session, idleTimeoutMs: number, bytesPerSecondMin: number): void {
  // Node's own timer would destroy all streams of a session on which nothing moves: also those that wait for an answer.
  session.setTimeout(0);
  /** Each open stream with the bytes that waited for its client at the last look. */
  const streams = new Map<ServerHttp2Stream, number>();
  const counted = streamsOf(session);
  const bytesMin = (bytesPerSecondMin * idleTimeoutMs) / 1_000;
  let lastWritten = 0;
  const look = () => {
    if (streams.size === 0) {
      session.close();
      return;
    }
    const written = session.socket?.bytesWritten ?? lastWritten;
    const isStill = written - lastWritten < bytesMin;
    lastWritten = written;
    for (const [stream, before] of streams) {
      const waiting = stream.writableLength;
      if (isStill && before > 0 && waiting > 0) stream.close(constants.NGHTTP2_CANCEL);
      else streams.set(stream, waiting);
    }
    timer.refresh();
  };
  const timer = setTimeout(look, idleTimeoutMs).unref();
  session.once("close", () => clearTimeout(timer));
  session.on("stream", (stream: ServerHttp2Stream) => {
    streams.set(stream, 0);
    counted.asked = true;
    counted.open = streams.size;
    stream.once("close", () => {
      streams.delete(stream);
      counted.open = streams.size;
      if (streams.size === 0 && !session.destroyed) timer.refresh();
    });
  });
}
