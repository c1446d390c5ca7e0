// What comes beside the content of bodies: bounded over HTTP/1.1, where chunks have extensions (F06); counted for HTTP/2.
import type { Http2Session } from "node:http2";
import { LIMITS } from "../transport/limits.ts";
import { isHttp2, type NodeRequest } from "./incoming.ts";

interface Content {
  bytes: number;
}

const sessions = new WeakMap<Http2Session, Content>();

/** The bytes of all bodies of a session that were read. */
export function contentOf(session: Http2Session): Content {
  let content = sessions.get(session);
  if (content === undefined) sessions.set(session, (content = { bytes: 0 }));
  return content;
}

export class BodyOverhead {
  readonly #request: NodeRequest;
  /** What had come over the connection when the head was read. */
  readonly #headAt: number;
  readonly #content: Content;

  constructor(request: NodeRequest) {
    this.#request = request;
    const session = isHttp2(request) ? request.stream.session : undefined;
    this.#content = session === undefined ? { bytes: 0 } : contentOf(session);
    this.#headAt = isHttp2(request) ? Infinity : request.socket.bytesRead;
  }

  /**
   * Counts content. False when too much else came with it: Node's parser limits the extensions of one chunk to 16 KB, those of
   * all chunks not at all.
   */
  allows(contentBytes: number): boolean {
    this.#content.bytes += contentBytes;
    if (this.#headAt === Infinity) return true;
    const content = this.#content.bytes + this.#request.readableLength;
    const beside = this.#request.socket.bytesRead - this.#headAt - content;
    return beside <= LIMITS.chunkOverheadBytesMax + LIMITS.chunkOverheadFactorMax * content;
  }
}
