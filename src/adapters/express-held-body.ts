// Holds a request's body back until it is judged, and gives it to the stream again: for parsers of files that read the request itself.
import type { Request } from "express";
import { GatheredBytes } from "../node/gathered-bytes.ts";
import type { ReadBody } from "../node/request-body.ts";

const EMPTY = Buffer.alloc(0);

/** Whether applications read such bodies from the stream, as multer does. */
export function isReadFromStream(request: Request): boolean {
  return request.headers["content-type"]?.trim().toLowerCase().startsWith("multipart/") === true;
}

/** Like `readBody`, but the stream has not ended afterwards: until `releaseBody` nothing of it is to be read. */
export function holdBody(request: Request, bytesMax: number, timeoutMs: number): Promise<ReadBody> {
  const early = peek(request);
  if (request.complete) {
    const isOver = early.length > bytesMax;
    return Promise.resolve(isOver ? { kind: "over-limit", soFar: EMPTY } : { kind: "read", bytes: early });
  }
  return new Promise((resolve) => {
    const gathered = new GatheredBytes();
    gathered.add(early);
    const done = (result: ReadBody): void => {
      clearTimeout(timer);
      request.off("close", aborted);
      resolve(result);
    };
    const aborted = (): void => done({ kind: "aborted" });
    const timer = setTimeout(() => done({ kind: "late" }), timeoutMs);
    request.on("close", aborted);
    request.on("error", aborted);
    // Node's parser hands over what arrives by this method.
    const held = (chunk: Buffer | null): boolean => {
      if (chunk === null) {
        done({ kind: "read", bytes: gathered.take() });
        return true;
      }
      gathered.add(chunk);
      if (gathered.length <= bytesMax) return true;
      request.read();
      Reflect.deleteProperty(request, "push");
      request.pause();
      done({ kind: "over-limit", soFar: gathered.take() });
      return true;
    };
    request.push = held;
    // What waits at the socket comes only to somebody who reads.
    request.read(0);
  });
}

/** The judged bytes, and their end, are in the stream. */
export function releaseBody(request: Request, bytes: Uint8Array): void {
  // Whatever arrived early is among the bytes.
  const drained: unknown = request.read();
  if (Object.hasOwn(request, "push")) {
    Reflect.deleteProperty(request, "push");
    request.push(bytes);
    request.push(null);
  } else if (drained !== null || bytes.length > 0) {
    // All of it had arrived: the end waits behind what is put back.
    request.unshift(bytes);
  }
}

/** What is in the stream, left where it is. */
function peek(request: Request): Buffer {
  if (request.readableLength === 0) return EMPTY;
  const bytes = request.read() as Buffer;
  request.unshift(bytes);
  return bytes;
}
