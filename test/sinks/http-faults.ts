// The faults that every destination over HTTP must live through: nothing is taken for delivered that is not, nothing is thrown,
// no secret is told, and the same records arrive once the server is well again.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Delivery, Destination } from "../../src/monitoring/index.ts";
import { Authority } from "./certificates.ts";
import { type Answer, HttpServer } from "./http-server.ts";
import { ids, records } from "./records.ts";

export interface FaultySubject {
  /** A new server's good answers, and the ids that it took. */
  readonly well: () => { readonly answer: Answer; readonly taken: () => readonly string[] };
  /** Short time limits; `secret-…` for everything that is secret. */
  readonly create: (url: string, timeoutMs: number, ca?: string) => Destination;
  /** What it answers 200 with and nobody can understand; left out where any 2xx will do. */
  readonly garbage?: string;
}

/** What every time limit of a subject is. */
const SHORT_MS = 250;
/** Where nothing is to be late, a busy machine included. */
const LONG_MS = 30_000;
/** No fault may take longer than that: without its time limit a slow one would last until the test's own end. */
const ENOUGH_MS = 60_000;

const answering =
  (status: number, fields: Record<string, string> = {}, body = ""): Answer =>
  (_asked, response) =>
    void response.writeHead(status, fields).end(body);

/** What only a time limit ends. */
const SLOW: readonly [string, Answer][] = [
  ["never answers", () => undefined],
  ["answers a byte at a time", (_asked, response) => drip(response)],
];

const FAULTS: readonly [string, Answer, number?][] = [
  ["resets the connection", ({ socket }) => void socket.resetAndDestroy()],
  ["closes the connection", ({ socket }) => void socket.end()],
  ["resets within its answer", ({ socket }, response) => beginThen(response, () => socket.resetAndDestroy())],
  ["ends its answer too soon", ({ socket }, response) => beginThen(response, () => socket.end())],
  ["answers without end", (_asked, response) => flood(response)],
  ["answers 429 with Retry-After", answering(429, { "retry-after": "7" }), 7_000],
  ["answers 503 with Retry-After", answering(503, { "retry-after": "11" }, "<html>busy</html>"), 11_000],
  ["answers 503", answering(503)],
  ["answers 502 of a proxy", answering(502, { "content-type": "text/html" }, "<html>")],
  ["sends us elsewhere", answering(307, { location: "http://127.0.0.1:9/" })],
  ["does not know our credential", answering(401, {}, '{"text":"Invalid token","code":4}')],
  ["forbids it", answering(403)],
  ["knows no such path", answering(404)],
];

function drip(response: Parameters<Answer>[1]): void {
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" "), 20);
  response.on("close", () => clearInterval(timer));
}

function beginThen(response: Parameters<Answer>[1], then: () => void): void {
  response.writeHead(200, { "content-type": "application/json", "content-length": "200" });
  response.write('{"text":"Success"', () => then());
}

function flood(response: Parameters<Answer>[1]): void {
  response.writeHead(200, { "content-type": "application/json" });
  const more = (): void => {
    while (response.writable && response.write("x".repeat(65_536)));
  };
  response.on("drain", more);
  more();
}

export function describeFaults(name: string, subject: FaultySubject): void {
  describe(`${name}, where the server`, () => {
    const given = records(3);
    let server: HttpServer;
    let well: ReturnType<FaultySubject["well"]>;
    let destination: Destination;

    const deliver = (signal = new AbortController().signal): Promise<Delivery> => destination.deliver(given, signal);

    async function isUnavailable(nothing: Delivery): Promise<void> {
      expect(nothing).toEqual({ ...nothing, kind: "unavailable", reason: expect.stringMatching(/.{10}/) as string });
      expect(JSON.stringify(nothing)).not.toContain("secret");
    }

    async function isDelivered(): Promise<void> {
      await expect.poll(() => deliver()).toMatchObject({ outcomes: given.map(() => "delivered") });
      expect(new Set(well.taken())).toEqual(new Set(ids(given)));
    }

    beforeEach(async () => {
      well = subject.well();
      server = await new HttpServer(well.answer).start();
      destination = subject.create(server.url, LONG_MS);
    });
    afterEach(async () => {
      await destination.close();
      await server.stop();
    });

    const faults =
      subject.garbage === undefined ? [] : [["is not to be understood", answering(200, {}, subject.garbage)]];
    it.each([...FAULTS, ...faults] as typeof FAULTS)("%s", async (_, answer, retryAfterMs) => {
      server.answer = answer;
      const nothing = await deliver();
      await isUnavailable(nothing);
      expect(nothing.retryAfterMs).toBe(retryAfterMs);
      server.answer = well.answer;
      await isDelivered();
    });

    it.each(SLOW)("%s", async (_, answer) => {
      await destination.close();
      destination = subject.create(server.url, SHORT_MS);
      const begunMs = performance.now();
      server.answer = answer;
      await isUnavailable(await deliver());
      expect(performance.now() - begunMs).toBeLessThan(ENOUGH_MS);
      server.answer = well.answer;
      // A busy machine may be too late for the short time limits.
      await isDelivered();
    });

    it("is not there, and comes", async () => {
      await server.stop();
      await isUnavailable(await deliver());
      await server.start();
      await isDelivered();
    });

    it("is restarted while it answers", async () => {
      const arrived = Promise.withResolvers<void>();
      server.answer = () => arrived.resolve();
      const pending = deliver();
      await arrived.promise;
      await server.stop();
      await isUnavailable(await pending);
      server.answer = well.answer;
      await server.start();
      await isDelivered();
    });

    it("was restarted between two batches", async () => {
      await isDelivered();
      await server.stop();
      await server.start();
      // A kept connection may turn out to be dead: then all is offered again.
      await isDelivered();
    });

    it("hangs when we stop", async () => {
      const stopping = new AbortController();
      const arrived = Promise.withResolvers<void>();
      server.answer = () => arrived.resolve();
      const pending = deliver(stopping.signal);
      await arrived.promise;
      stopping.abort();
      await isUnavailable(await pending);
    });
  });

  describe(`${name} over TLS`, () => {
    let authority: Authority;
    beforeAll(() => void (authority = new Authority()));
    afterAll(() => authority.remove());

    const given = records(2);
    async function deliverTo(names: string, trusted: (own: Authority) => string | undefined): Promise<Delivery> {
      const server = await new HttpServer(subject.well().answer, authority.issue(names)).start();
      const destination = subject.create(server.url, LONG_MS, trusted(authority));
      try {
        return await destination.deliver(given, new AbortController().signal);
      } finally {
        await destination.close();
        await server.stop();
      }
    }

    it("believes the named authority", async () => {
      const delivery = await deliverTo("IP:127.0.0.1", ({ ca }) => ca);
      expect(delivery).toMatchObject({ outcomes: ["delivered", "delivered"] });
    });

    it.each([
      ["another name", "DNS:elsewhere.example", ({ ca }: Authority) => ca],
      ["an authority that nobody named", "IP:127.0.0.1", () => undefined],
      ["another authority than the named one", "IP:127.0.0.1", () => otherAuthority()],
    ])("does not believe %s", async (_, names, trusted) => {
      const delivery = await deliverTo(names, trusted);
      expect(delivery).toMatchObject({
        kind: "unavailable",
        reason: expect.stringMatching(/CERT|SIGN|VERIFY/) as string,
      });
      expect(JSON.stringify(delivery)).not.toContain("secret");
    });
  });
}

function otherAuthority(): string {
  const other = new Authority();
  other.remove();
  return other.ca;
}
