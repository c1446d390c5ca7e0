// HTTP/2 frame by frame: says what no client library would say, and reads what comes back.
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";

export const FLAG = { endStream: 1, ack: 1, endHeaders: 4, padded: 8 } as const;
const TYPES = [
  "DATA",
  "HEADERS",
  "PRIORITY",
  "RST_STREAM",
  "SETTINGS",
  "PUSH_PROMISE",
  "PING",
  "GOAWAY",
  "WINDOW_UPDATE",
  "CONTINUATION",
] as const;
type FrameType = (typeof TYPES)[number];

export type FieldPair = readonly [string, string];

const EMPTY = Buffer.alloc(0);

/** RFC 9113 4.1. */
export function frame(type: FrameType, flags: number, stream: number, payload: Buffer = EMPTY): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = TYPES.indexOf(type);
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Literal fields without indexing and without Huffman coding (RFC 7541 6.2.2): any byte can stand in them. */
export function block(fields: readonly FieldPair[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

export function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  const length: number[] = [Math.min(bytes.length, 127)];
  if (bytes.length >= 127) {
    let rest = bytes.length - 127;
    for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

export function headers(fields: readonly FieldPair[], stream = 1, flags: number = FLAG.endHeaders | FLAG.endStream) {
  return frame("HEADERS", flags, stream, block(fields));
}

export function request(method: string, ...more: readonly FieldPair[]): FieldPair[] {
  return [[":method", method], [":scheme", "https"], [":path", "/evil"], [":authority", "localhost"], ...more];
}

const PREFACE = Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame("SETTINGS", 0, 0)]);

export interface Frame {
  readonly type: FrameType | undefined;
  readonly stream: number;
  readonly flags: number;
  readonly payload: Buffer;
}

/** A client that has sent its preface. */
export class FrameClient {
  readonly socket: TLSSocket;
  readonly frames: Frame[] = [];
  /** Why it ended, where it did not end in order: a reset may take along what was said right before it. */
  error: Error | undefined;
  #rest: Buffer = EMPTY;
  #look: (() => void) | undefined;

  static async open(port: number): Promise<FrameClient> {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["h2"] });
    await once(socket, "secureConnect");
    return new FrameClient(socket);
  }

  constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", (error) => {
      this.error = error;
      socket.destroy();
    });
    socket.on("close", () => this.#look?.());
    socket.write(PREFACE);
  }

  get closed(): boolean {
    return this.socket.destroyed || this.socket.readableEnded;
  }

  /** The code of the reset of a stream, where it was reset. */
  resetOf(stream: number): number | undefined {
    const reset = this.frames.find((one) => one.type === "RST_STREAM" && one.stream === stream);
    return reset?.payload.readUInt32BE(0);
  }

  /** The code of the GOAWAY, where there was one. */
  get goneWith(): number | undefined {
    return this.frames.find(({ type }) => type === "GOAWAY")?.payload.readUInt32BE(4);
  }

  answered(stream: number): boolean {
    return this.frames.some((one) => one.type === "HEADERS" && one.stream === stream);
  }

  /** Whether the stream was answered to its end. */
  ended(stream: number): boolean {
    return this.frames.some(
      (one) => one.stream === stream && (one.flags & FLAG.endStream) !== 0 && one.type !== "SETTINGS",
    );
  }

  /** Resolves when it holds or the connection is closed; rejects when neither happens soon. */
  async until(holds: () => boolean, timeoutMs = 60_000): Promise<void> {
    if (holds() || this.closed) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the gateway neither answered nor closed")), timeoutMs);
      this.#look = () => {
        if (!holds() && !this.closed) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Sends it again and again, up to `count` times, as fast as it is taken. Resolves to how often it was. */
  async flood(chunk: Buffer | ((i: number) => Buffer), count: number): Promise<number> {
    let sent = 0;
    for (; sent < count && !this.closed; sent += 1) {
      if (this.socket.write(typeof chunk === "function" ? chunk(sent) : chunk)) continue;
      await new Promise<void>((resolve) => {
        const done = () => {
          this.socket.off("drain", done).off("close", done);
          resolve();
        };
        this.socket.on("drain", done).on("close", done);
      });
    }
    return sent;
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const rest = this.#rest;
      const length = rest.length < 9 ? Infinity : rest.readUIntBE(0, 3);
      if (rest.length < 9 + length) break;
      this.frames.push({
        type: TYPES[rest[3] as number],
        flags: rest[4] as number,
        stream: rest.readUInt32BE(5),
        payload: rest.subarray(9, 9 + length),
      });
      this.#rest = rest.subarray(9 + length);
    }
    this.#look?.();
  }
}
