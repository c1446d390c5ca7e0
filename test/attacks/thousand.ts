// A thousand slow clients of every kind at once, and how long an honest one waits beside them.
import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { Limits } from "../../src/transport/limits.ts";
import type { Bench, BenchOptions } from "./bench.ts";
import type { Message } from "./messages.ts";
import { stopwatch } from "../servers/stopwatch.ts";
import { eventually, GOOD, HOST, talk } from "./wire.ts";

export const COUNT = 1_000;
/** A thousand connections take their time where other tests run beside; it costs nothing where they do not. */
export const ON_BUSY_MACHINES_MS = 300_000;
const LIMITS_OF_TRIAL: Partial<Limits> = { pressedGraceMs: 300, pressedPauseMs: 300, slowLookMs: 100 };

/** More than the kernel's buffers hold of one connection. */
const LARGE = Buffer.alloc(1024 * 1024);

/** Enough to keep every connection to the API busy, were it not for the gate: it has 64. */
export const TRIAL: BenchOptions = { limits: LIMITS_OF_TRIAL, answer: answerLarge };

const FIRST: readonly string[] = [
  "",
  `GET /evil HTTP/1.1\r\n${HOST}`,
  `POST /slow HTTP/1.1\r\n${HOST}Content-Length: 100000\r\n\r\na`,
  `GET /large HTTP/1.1\r\n${HOST}\r\n`,
];

/** Connects all of them; each goes on as slowly as it began. Then asks as an honest client, and says for how long it waited. */
export async function honestWaits(bench: Bench, requests: number, timeoutMs: number): Promise<number[]> {
  const slow: Socket[] = [];
  for (let i = 0; i < COUNT; i += 1) {
    const first = FIRST[i % FIRST.length] as string;
    const socket = bench.dial().on("error", () => undefined);
    slow.push(socket);
    await once(socket, "connect");
    if (first.includes("/large")) socket.pause();
    else socket.resume();
    if (first !== "") socket.write(first);
  }
  // So many calls that the API's connections are all taken.
  await eventually(() => bench.upstream.connections.length >= 64, 120_000);
  const dripping = setInterval(() => drip(slow), 100);
  const waits: number[] = [];
  for (let i = 0; i < requests; i += 1) {
    const passedMs = stopwatch();
    const said = await talk(bench.dial(), GOOD, ({ complete }) => complete.length > 0, timeoutMs);
    waits.push(said.statuses[0] === 200 ? passedMs() : Infinity);
    await wait(50);
  }
  clearInterval(dripping);
  for (const socket of slow) socket.destroy();
  return waits;
}

function drip(slow: readonly Socket[]): void {
  for (const [i, socket] of slow.entries()) if (i % FIRST.length === 2 && socket.writable) socket.write("a");
}

function answerLarge({ start }: Message, socket: Socket): void {
  if (start.startsWith("GET /large")) socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${LARGE.length * 64}\r\n\r\n`);
  else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  if (!start.startsWith("GET /large")) return;
  for (let i = 0; i < 8; i += 1) socket.write(LARGE);
}
