// Reads a request's body up to its limit, or lets it stream past while counting.
import { Transform } from "node:stream";
import { type Denial, deny } from "../core/outcome.ts";
import type { BodyLease } from "./body-room.ts";
import { BodyOverhead } from "./body-overhead.ts";
import { GatheredBytes } from "./gathered-bytes.ts";
import type { NodeRequest } from "./incoming.ts";

export type ReadBody =
  | { readonly kind: "read"; readonly bytes: Buffer }
  /** More than the limit: what came so far; the rest is still in the stream, which is paused. */
  | { readonly kind: "over-limit"; readonly soFar: Buffer }
  | { readonly kind: "late" }
  /** Hardly any content for what came: nobody waits for its end. */
  | { readonly kind: "padded" }
  /** All bodies together take what there is for them. */
  | { readonly kind: "no-room" }
  | { readonly kind: "aborted" };

/** How much had been read of bodies whose clients left. */
const readOfBroken = new WeakMap<NodeRequest, number>();

/** Of a body whose client left: how much of it had been read by then. */
export function readBytes(request: NodeRequest): number {
  return readOfBroken.get(request) ?? 0;
}

/**
 * Collects the body. Stops reading as soon as the limit or the time is over. Resolves once, never rejects. `onStop` is given
 * what ends it from outside: a request whose answer is out already may never say that it is closed.
 */
export function readBody(
  request: NodeRequest,
  bytesMax: number,
  timeoutMs: number,
  lease?: BodyLease,
  onStop?: (stop: () => void) => void,
): Promise<ReadBody> {
  return new Promise((resolve) => {
    const gathered = new GatheredBytes();
    const overhead = new BodyOverhead(request);
    const timer = setTimeout(() => {
      request.pause();
      done({ kind: "late" });
    }, timeoutMs);
    const done = (result: ReadBody) => {
      clearTimeout(timer);
      request.off("data", onData);
      request.off("end", onEnd);
      request.off("close", onAborted);
      // Not its "error": what ends the exchange may come between a reset and the error that tells of it, which would find nobody and end the process.
      resolve(result);
    };
    const onData = (chunk: Buffer) => {
      if (lease?.take(chunk.length) === false) {
        request.pause();
        done({ kind: "no-room" });
        return;
      }
      gathered.add(chunk);
      if (gathered.length > bytesMax) {
        request.pause();
        done({ kind: "over-limit", soFar: gathered.take() });
      } else if (!overhead.allows(chunk.length)) {
        request.pause();
        done({ kind: "padded" });
      }
    };
    const onEnd = () => done({ kind: "read", bytes: gathered.take() });
    const onAborted = () => {
      readOfBroken.set(request, gathered.length);
      done({ kind: "aborted" });
    };
    request.on("data", onData);
    request.on("end", onEnd);
    request.on("close", onAborted);
    request.on("error", onAborted);
    onStop?.(onAborted);
  });
}

export function paddedBody(): Denial {
  return deny("transport.framing-invalid", { internal: "chunks of little content" });
}

/** A body that may not go on, found while it streamed: it grew past its limit, or was no honest framing. */
export class BodyRefusedError extends Error {
  readonly denial: Denial;
  /** The guard that refuses it. */
  readonly by: string;

  constructor(denial: Denial, by: string) {
    super("the request body was refused");
    this.name = "BodyRefusedError";
    this.denial = denial;
    this.by = by;
  }
}

/** Counts a streamed body and breaks it off at the limit, so that no complete request reaches the upstream. */
export class CountedBody extends Transform {
  bytes = 0;
  readonly #bytesMax: number;
  readonly #overhead: BodyOverhead;

  constructor(request: NodeRequest, bytesMax: number) {
    super();
    this.#bytesMax = bytesMax;
    this.#overhead = new BodyOverhead(request);
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error?: Error | null, chunk?: Buffer) => void): void {
    this.bytes += chunk.length;
    if (this.bytes > this.#bytesMax) {
      done(new BodyRefusedError(deny("validation.body-too-large"), "validation.body-length"));
    } else if (!this.#overhead.allows(chunk.length)) done(new BodyRefusedError(paddedBody(), "transport.body"));
    else done(null, chunk);
  }
}

/**
 * The body as a stream of its own. Whoever destroys it leaves the client's connection as it is, so that the client gets
 * to see why; and where the client leaves or breaks off, it fails instead of ending.
 */
export function countBody(request: NodeRequest, bytesMax: number): CountedBody {
  const counted = new CountedBody(request, bytesMax);
  const ended = () => {
    if (request.readableEnded) return;
    readOfBroken.set(request, counted.bytes + counted.writableLength);
    counted.destroy(new Error("the client left"));
  };
  request.once("close", ended);
  request.once("error", ended);
  // Its reader learns of its end by the same event.
  counted.on("error", () => request.unpipe(counted));
  request.pipe(counted);
  return counted;
}
