// Raw bytes over TCP: a recorder that stands for the upstream, a pipe that guards nothing, a client that says anything.
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import type { Gate } from "../../src/core/gate.ts";
import type { GatewayOptions } from "../../src/gateway/start.ts";
import { type Started, startOver } from "../gateway/harness.ts";
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
async function startRecorder(answer: (request: Message, socket: Socket) => void = answerOk): Promise<Recorder> {
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
async function startPipe(to: number): Promise<{ port: number; close: () => Promise<void> }> {
  return listenRaw((socket) => {
    const onwards = connect(to, "127.0.0.1");
    socket.pipe(onwards).pipe(socket);
    onwards.on("error", () => socket.destroy());
    socket.on("close", () => onwards.destroy());
  });
}

async function listenRaw(take: (socket: Socket) => void): Promise<{ port: number; close: () => Promise<void> }> {
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
  timeoutMs = 4_000,
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

export interface Bench extends Started {
  readonly port: number;
  readonly upstream: Recorder;
}

/** A gateway before a recorder, for one attack; closed when `use` is done. */
export async function withBench<T>(
  use: (bench: Bench) => Promise<T>,
  gate: Partial<Gate> = {},
  more: Partial<GatewayOptions> = {},
  answer?: (request: Message, socket: Socket) => void,
): Promise<T> {
  const upstream = await startRecorder(answer);
  const started = await startOver(upstream.origin, gate, { drainTimeoutMs: 50, ...more });
  try {
    return await use({ ...started, upstream, port: Number(new URL(started.gateway.url).port) });
  } finally {
    await started.close();
    await upstream.close();
  }
}

/** Waits until it holds; fails after four seconds. Unlike `expect.poll` it may run beside other tests. */
export async function eventually(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 4_000;
  while (!holds() && performance.now() < deadline) await setTimeout(2);
  expect(holds()).toBe(true);
}

/** The control: through a pipe that guards nothing, every byte arrives. */
export async function arrivesUnguarded(bytes: Buffer): Promise<void> {
  const upstream = await startRecorder(() => undefined);
  const pipe = await startPipe(upstream.port);
  const socket = connect(pipe.port, "127.0.0.1");
  socket.write(bytes);
  await eventually(() => upstream.bytes().equals(bytes));
  socket.destroy();
  await pipe.close();
  await upstream.close();
}

/**
 * The attack alone, and behind a good request on the same connection: it is answered with one of `statuses` or by a
 * closed connection, the connection ends, and not one byte of it reaches the upstream.
 */
export async function isRefused(bytes: Buffer, statuses: readonly number[], gate: Partial<Gate> = {}): Promise<void> {
  await arrivesUnguarded(bytes);
  await withBench(async ({ port, upstream, recorder }) => {
    const alone = await talk(port, bytes);
    expectRefusal(alone, statuses);
    await stillServes(port);
    expect(upstream.requests().map(({ start }) => start)).toEqual(["GET /good HTTP/1.1"]);
    expect(upstream.connections).toHaveLength(1);
    const behind = await talk(port, Buffer.concat([GOOD, bytes]));
    expect(behind.statuses[0]).toBe(200);
    expectRefusal({ ...behind, statuses: behind.statuses.slice(1) }, statuses);
    await stillServes(port);
    expect(upstream.requests().map(({ start }) => start)).toEqual(Array(3).fill("GET /good HTTP/1.1"));
    expect(upstream.bytes().toString("latin1")).not.toContain("evil");
    expect(recorder.exchanges.filter(({ denial }) => denial !== undefined).length).toBeGreaterThan(0);
  }, gate);
}

function expectRefusal(said: Pick<Talk, "statuses" | "closed">, statuses: readonly number[]): void {
  expect(said.closed).toBe(true);
  expect(said.statuses.length).toBeLessThanOrEqual(1);
  if (said.statuses.length === 1) expect(statuses).toContain(said.statuses[0]);
}

/** An honest client gets its answer, whatever happened before. Comes after the gate has dealt with what was sent. */
export async function stillServes(port: number): Promise<void> {
  const honest = await talk(port, GOOD, ({ complete }) => complete.length > 0);
  expect(honest.statuses).toEqual([200]);
}
