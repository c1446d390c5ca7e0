// The first message of TLS, written by hand (RFC 5246 7.4.1.2), so that also what no library offers any more can be offered alone.
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { isIP } from "node:net";
import type { Target } from "../target.ts";

export interface Offer {
  /** 0x0303 is TLS 1.2. */
  readonly version: number;
  readonly suites: readonly number[];
}

export interface Chosen {
  readonly version: number;
  readonly suite: number;
}

const ANSWER_MS_MAX = 5_000;
const HANDSHAKE = 0x16;
const SERVER_HELLO = 2;
/** Of its record: type, version and length; of the message in it: type and length. */
const HEAD_BYTES = 9;

/** What the server takes of the offer; undefined where it takes nothing. */
export async function offered(target: Target, offer: Offer, signal: AbortSignal): Promise<Chosen | undefined> {
  const answer = await onBareConnection(target, helloOf(target, offer), signal, isHello);
  return chosenOf(answer);
}

/** What comes back over a connection without TLS: until it ends, is silent, or `isEnough`. */
export function onBareConnection(
  { host, port }: Target,
  bytes: Uint8Array,
  signal: AbortSignal,
  isEnough: (bytes: Buffer) => boolean,
): Promise<Buffer> {
  return new Promise((resolve) => {
    let read: Buffer = Buffer.alloc(0);
    const socket = connect({ host, port, signal, noDelay: true }, () => void socket.write(bytes));
    socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy());
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      read = Buffer.concat([read, chunk]);
      if (isEnough(read)) socket.destroy();
    });
    socket.on("end", () => socket.destroy());
    socket.on("close", () => resolve(read));
  });
}

function isHello(bytes: Buffer): boolean {
  return bytes.length > 0 && (bytes[0] !== HANDSHAKE || chosenOf(bytes) !== undefined);
}

function chosenOf(bytes: Buffer): Chosen | undefined {
  if (bytes.length < HEAD_BYTES + 35 || bytes[0] !== HANDSHAKE || bytes[5] !== SERVER_HELLO) return undefined;
  const suiteAt = HEAD_BYTES + 35 + (bytes[HEAD_BYTES + 34] as number);
  if (bytes.length < suiteAt + 2) return undefined;
  return { version: bytes.readUInt16BE(HEAD_BYTES), suite: bytes.readUInt16BE(suiteAt) };
}

function helloOf({ authority }: Target, { version, suites }: Offer): Buffer {
  const extensions = Buffer.concat([
    ...serverName(authority),
    extension(10, vector16(Buffer.concat([0x001d, 0x0017, 0x0018].map(uint16)))),
    extension(11, Buffer.from([1, 0])),
    extension(13, vector16(Buffer.concat([0x0403, 0x0804, 0x0401, 0x0503, 0x0501, 0x0203, 0x0201].map(uint16)))),
  ]);
  const body = Buffer.concat([
    uint16(version),
    randomBytes(32),
    Buffer.from([0]),
    vector16(Buffer.concat(suites.map(uint16))),
    Buffer.from([1, 0]),
    vector16(extensions),
  ]);
  const message = Buffer.concat([Buffer.from([1, 0]), uint16(body.length), body]);
  // SSL 3.0 takes records of its own version alone.
  return Buffer.concat([Buffer.from([HANDSHAKE]), uint16(Math.min(version, 0x0301)), vector16(message)]);
}

function serverName(authority: string): Buffer[] {
  const name = new URL(`https://${authority}`).hostname.replaceAll(/[[\]]/g, "");
  if (isIP(name) !== 0) return [];
  return [extension(0, vector16(Buffer.concat([Buffer.from([0]), vector16(Buffer.from(name))])))];
}

function extension(type: number, data: Buffer): Buffer {
  return Buffer.concat([uint16(type), vector16(data)]);
}

function vector16(data: Buffer): Buffer {
  return Buffer.concat([uint16(data.length), data]);
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}
