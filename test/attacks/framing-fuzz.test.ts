// Framings of good requests, mutated: the API never sees more requests, or other ones, than a strict reader of the same bytes.
import {
  type Arbitrary,
  array,
  assert,
  asyncProperty,
  constantFrom,
  double,
  integer,
  oneof,
  record,
  tuple,
} from "fast-check";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { stillServes, withBench } from "./bench.ts";
import type { Message } from "./messages.ts";
import { type ReadRequest, readRequests } from "./reference.ts";
import { WAYS } from "./refusal.ts";
import { HOST, talk, wire } from "./wire.ts";

const RUNS = 500;
/** How long is waited for what should not come. */
const QUIET_MS = 25;
const SEED = 20_260_726;

const GOOD_ONES = [
  `GET /a?b=c HTTP/1.1\r\n${HOST}X-Field: 1\r\n\r\n`,
  `POST /b HTTP/1.1\r\n${HOST}Content-Length: 11\r\nX-Field: a b\r\n\r\nhello world`,
  `POST /c HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;a="b c"\r\n world\r\n0\r\n\r\n`,
  `PUT /d HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${HOST}\r\n3\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n`,
  `GET /e HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n\r\n`,
  `POST /f HTTP/1.1\r\n${HOST}Content-Length: 40\r\n\r\nGET /hidden HTTP/1.1\r\nHost: gate.test\r\n\r\n`,
  `DELETE /g HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
] as const;

const LINES = [
  ["Content-Length: 0", "Content-Length: 5", "Content-Length: 05", "Content-Length: +5", "Content-Length: 5, 5"],
  ["Transfer-Encoding: chunked", "Transfer-Encoding: identity", "Transfer-Encoding:\tchunked", "Transfer-Encoding: x"],
  ["Transfer-Encoding : chunked", "Host: other.test", "X-A: b\r\n c", "X-A: b\nX-B: c", ": v", "Connection: close"],
  ["Expect: 100-continue", "Upgrade: h2c", "GET /inner HTTP/1.1", "", " folded", "Content_Length: 5", "0", "5;a=b"],
].flat();
const BYTES = "\r\n\0\t :,;=0159aAfFxX-+_/.\"'\x0b\x7f\x80\xff".split("");

type Mutation = (text: string) => string;

const at = (text: string, where: number): number => Math.floor(where * (text.length + 1));
const place = double({ min: 0, max: 0.999_999, noNaN: true });
const byte = constantFrom(...BYTES);

const mutation: Arbitrary<Mutation> = oneof(
  tuple(place, byte).map(
    ([where, one]) =>
      (text: string) =>
        splice(text, at(text, where), 0, one),
  ),
  tuple(place, byte).map(
    ([where, one]) =>
      (text: string) =>
        splice(text, at(text, where), 1, one),
  ),
  tuple(place, integer({ min: 1, max: 4 })).map(
    ([where, n]) =>
      (text: string) =>
        splice(text, at(text, where), n, ""),
  ),
  tuple(place, constantFrom(...LINES)).map(([where, one]) => (text: string) => {
    const lines = text.split("\r\n");
    lines.splice(Math.floor(where * lines.length), 0, one);
    return lines.join("\r\n");
  }),
  tuple(place, place).map(([from, to]) => (text: string) => {
    const lines = text.split("\r\n");
    const [moved = ""] = lines.splice(Math.floor(from * lines.length), 1);
    lines.splice(Math.floor(to * lines.length), 0, moved);
    return lines.join("\r\n");
  }),
  place.map((where) => (text: string) => {
    const lines = text.split("\r\n");
    const i = Math.floor(where * lines.length);
    lines.splice(i, 0, lines[i] as string);
    return lines.join("\r\n");
  }),
  constantFrom<Mutation>(
    (text) => text.replace("\r\n\r\n", "\n\n"),
    (text) => text.replaceAll("\r\n", "\n"),
    (text) => text.replace("chunked", "Chunked"),
    (text) => text.replace("HTTP/1.1", "HTTP/1.0"),
    (text) => text.replace(": ", ":"),
    (text) => text,
  ),
);

function splice(text: string, from: number, count: number, put: string): string {
  return text.slice(0, from) + put + text.slice(from + count);
}

const sent = record({
  requests: array(constantFrom(...GOOD_ONES), { minLength: 1, maxLength: 3 }),
  mutations: array(mutation, { minLength: 0, maxLength: 3 }),
  cuts: array(place, { maxLength: 3 }),
}).map(({ requests, mutations, cuts }) => {
  const text = mutations.reduce((now, mutate) => mutate(now), requests.join(""));
  return { text, pieces: cut(text, cuts) };
});

/** The bytes come in pieces, which readers must not take for ends. */
function cut(text: string, cuts: readonly number[]): string[] {
  const places = [0, ...cuts.map((where) => at(text, where)).sort((a, b) => a - b), text.length];
  return places.slice(1).map((end, i) => text.slice(places[i], end));
}

/** What the gateway itself says to the API. */
const OURS = /^(host|connection|content-length|transfer-encoding|x-forwarded-.*|x-request-id|traceparent)$/;

/** Whether the API saw this request as it was sent: no other target, body or field. */
function isSame(
  { start, fields, body }: Message,
  { method, target, fields: own, body: content }: ReadRequest,
): boolean {
  const told = new Set(own.map(([name, value]) => `${name}: ${value}`));
  const foreign = fields.filter(([name, value]) => !OURS.test(name) && !told.has(`${name}: ${value}`));
  return start === `${method} ${target} HTTP/1.1` && body.toString("latin1") === content && foreign.length === 0;
}

describe.concurrent("framings, mutated", () => {
  it.each(WAYS)(
    "F01 F02 F03 F05 F08 F09 F17 the API sees what a strict reader sees, or less (%s)",
    async (_name, way) => {
      let seen: Message[] = [];
      const counts = { whole: 0, cut: 0 };
      const answer = (request: Message, socket: { write(text: string): unknown }) => {
        seen.push(request);
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      };
      await withBench(
        async (bench) => {
          await assert(
            asyncProperty(sent, async ({ text, pieces }) => {
              seen = [];
              const expected = readRequests(text);
              const socket = bench.dial();
              // Not until all answers are there: one too many would come behind them.
              const talking = talk(socket, "", undefined, QUIET_MS);
              for (const piece of pieces) {
                if (socket.writable) socket.write(wire(piece));
                await turn();
              }
              await talking;
              // Behind it the gate has dealt with all that was sent.
              await stillServes(bench);
              const arrived = seen.filter(({ start }) => start !== "GET /good HTTP/1.1");
              const left = [...expected];
              for (const one of arrived) {
                const which = left.findIndex((other) => isSame(one, other));
                expect({ text, start: one.start, body: one.body.toString(), isRead: which >= 0 }).toMatchObject({
                  isRead: true,
                });
                left.splice(which, 1);
              }
              if (arrived.length > 0) counts.whole += 1;
              if (arrived.length < expected.length || expected.length === 0) counts.cut += 1;
            }),
            { numRuns: RUNS, seed: SEED },
          );
          // Both happen often, or this shows nothing.
          expect(Math.min(counts.whole, counts.cut)).toBeGreaterThan(RUNS / 8);
        },
        { ...way, answer, limits: { lingerMs: 10 } },
      );
    },
  );
});
