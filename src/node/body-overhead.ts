// Bounds what comes beside a body's content: extensions of chunks, which Node's parser limits for each chunk only (F06).
import { LIMITS } from "../transport/limits.ts";
import { isHttp2, type NodeRequest } from "./incoming.ts";

export class BodyOverhead {
  readonly #request: NodeRequest;
  /** What had come over the connection when the head was read; undefined where there are no chunks. */
  readonly #headAt: number | undefined;
  #content = 0;

  constructor(request: NodeRequest) {
    this.#request = request;
    this.#headAt = isHttp2(request) ? undefined : request.socket.bytesRead;
  }

  /** Counts content. False when too much else came with it. */
  allows(contentBytes: number): boolean {
    if (this.#headAt === undefined) return true;
    this.#content += contentBytes;
    const content = this.#content + this.#request.readableLength;
    const beside = this.#request.socket.bytesRead - this.#headAt - content;
    return beside <= LIMITS.chunkOverheadBytesMax + LIMITS.chunkOverheadFactorMax * content;
  }
}
