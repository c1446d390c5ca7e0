// Raw bytes over TCP: a recorder that stands for the upstream, a pipe that guards nothing, a client that says anything.
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import { type Message, type Messages, readMessages } from "./messages.ts";

export interface RawConnection {
  bytes: Buffer;
  closed: boolean;
}

export interface Recorder {
  readonly port: number;
  readonly origin: string;
  readonly connections: readonly RawConnection[];
  /** All that came, over all connections. */
  bytes(): Buffer;
  /** The complete requests, over all connections. */
  requests(): readonly Message[];
  close(): Promise<void>;
}

const OK = Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

/** Notes every byte. Answers each complete request with `answer`, whose bytes are sent as they are. */
export async function startRecorder(answer: (request: Message, socket: Socket) => void = answerOk): Promise<Recorder> {
  const connections: RawConnection[] = [];
  const { port, close } = await listenRaw((socket) => {
    const connection: RawConnection = { bytes: Buffer.alloc(0), closed: false };
    connections.push(connection);
    let answered = 0;
    socket.on("data", (chunk: Buffer) => {
      connection.bytes = Buffer.concat([connection.bytes, chunk]);
      const { complete } = readMessages(connection.bytes);
      for (; answered < complete.length; answered += 1) answer(complete[answered] as Message, socket);
    });
    socket.on("close", () => {
      connection.closed = true;
    });
  });
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    connections,
    bytes: () => Buffer.concat(connections.map((connection) => connection.bytes)),
    requests: () => connections.flatMap((connection) => readMessages(connection.bytes).complete),
    close,
  };
}

function answerOk(_request: Message, socket: Socket): void {
  socket.write(OK);
}

/** A proxy that only copies bytes: what reaches the recorder through it is what an attack does where nothing guards. */
export async function startPipe(to: number): Promise<{ port: number; close: () => Promise<void> }> {
  return listenRaw((socket) => {
    const onwards = connect(to, "127.0.0.1");
    socket.pipe(onwards).pipe(socket);
    onwards.on("error", () => socket.destroy());
    socket.on("close", () => onwards.destroy());
  });
}

/** A server of bytes. */
export async function listenRaw(take: (socket: Socket) => void): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    take(socket);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { port: (server.address() as AddressInfo).port, close };
}

export interface Talk extends Messages {
  readonly statuses: readonly number[];
  readonly bytes: Buffer;
  readonly closed: boolean;
}

/** Sends bytes on a connection of its own. Resolves when the other side closed it, `until` holds, or time is over. */
export async function talk(
  at: number | Duplex,
  bytes: Buffer | string,
  until: (talk: Talk) => boolean = () => false,
  timeoutMs = 60_000,
): Promise<Talk> {
  const socket = typeof at === "number" ? connect(at, "127.0.0.1") : at;
  let received: Buffer = Buffer.alloc(0);
  let closed = false;
  const now = (): Talk => {
    const messages = readMessages(received, closed);
    const statuses = messages.starts.map((start) => Number(start.split(" ")[1]));
    return { ...messages, statuses, bytes: received, closed };
  };
  return new Promise((resolve) => {
    const timer = globalThis.setTimeout(() => done(), timeoutMs);
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(now());
    };
    const ended = () => {
      closed = true;
      done();
    };
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (until(now())) done();
    });
    socket.on("error", ended);
    socket.on("close", ended);
    socket.on("end", ended);
    socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  });
}

/** The bytes of an attack in one reading; each character is one byte. */
export const wire = (text: string): Buffer => Buffer.from(text, "latin1");

export const HOST = "Host: gate.test\r\n";
export const GOOD: Buffer = wire(`GET /good HTTP/1.1\r\n${HOST}\r\n`);

/** Waits until it holds; fails after a while. Unlike `expect.poll` it may run beside other tests. */
export async function eventually(holds: () => boolean, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!holds() && performance.now() < deadline) await setTimeout(2);
  expect(holds()).toBe(true);
}
