// Requests at once, through the gateway: a place is given back in every way in which an exchange can end; nobody waits too long.
import { type ClientRequest, request as httpRequest } from "node:http";
import { describe, expect, it } from "vitest";
import type { Gate } from "../../src/core/gate.ts";
import type { RequestGuard, ResponseGuard } from "../../src/core/guard.ts";
import { CONTINUE, deny } from "../../src/core/outcome.ts";
import {
  concurrencyGuard,
  type ConcurrencyLimit,
  memoryCounter,
  rateLimitGuard,
} from "../../src/rate-limiting/index.ts";
import { Lanes } from "../../src/rate-limiting/lanes.ts";
import { ANONYMOUS } from "../../src/core/principal.ts";
import { systemClock } from "../../src/core/clock.ts";
import { ask, keep, startOver, startUpstream, type Upstream } from "./harness.ts";

/** Does with a request what its path says. */
const upstream = (): Promise<Upstream> =>
  startUpstream((request, response) => {
    request.resume();
    if (request.url === "/hang") return;
    if (request.url === "/reset") request.socket.destroy();
    else if (request.url === "/half") response.write("half", () => setTimeout(() => request.socket.destroy(), 10));
    else if (request.url === "/drip") response.write("begin");
    else request.on("end", () => response.end("done"));
  });

const always = (reason: Parameters<typeof deny>[0]): RequestGuard => ({
  practice: "validation",
  name: "validation.body",
  mode: "enforce",
  check: ({ request }) => (request.path === "/" ? CONTINUE : deny(reason)),
});

/** The same guard, and how many requests have come to it. */
function watched(guard: RequestGuard): { guard: RequestGuard; came: () => number } {
  let came = 0;
  const check: RequestGuard["check"] = (exchange) => {
    came += 1;
    return guard.check(exchange);
  };
  return { guard: { ...guard, check }, came: () => came };
}

const answerRefused: ResponseGuard = {
  practice: "validation",
  name: "validation.response",
  mode: "enforce",
  on: "upstream",
  head: ({ request }) => (request.path === "/" ? CONTINUE : deny("validation.response-invalid")),
};

async function started(limit: { limit: number; queue?: number; timeoutMs?: number }, more: Partial<Gate> = {}) {
  const lanes = new Lanes();
  const { guard, came } = watched(
    concurrencyGuard({
      limit: { queue: 0, timeoutMs: 30_000, ...limit },
      name: "concurrency",
      lanes,
      mode: "enforce",
    }),
  );
  const behind = keep(await upstream());
  const running = keep(
    await startOver(behind.origin, { ...more, head: [guard, ...(more.head ?? [])] }, { drainTimeoutMs: 200 }),
  );
  return { ...running, url: running.gateway.url, lanes, upstream: behind, came };
}

/** A request that is given up once `when` has happened. */
function leaving(url: string, when: (request: ClientRequest) => void, body?: string): Promise<unknown> {
  const request = httpRequest(url, { agent: false, ...(body === undefined ? {} : { method: "POST" }) });
  const closed = new Promise((resolve) => void request.on("close", resolve));
  request.on("error", () => undefined);
  if (body === undefined) request.end();
  else {
    request.setHeader("Content-Length", 1_000);
    request.write(body);
  }
  when(request);
  return closed;
}

const ENDINGS: readonly (readonly [
  what: string,
  gate: Partial<Gate>,
  end: (url: string, upstream: Upstream) => Promise<unknown>,
])[] = [
  ["an answer", {}, (url) => ask(`${url}/`)],
  [
    "a client that left before the answer",
    {},
    async (url, { connections }) => {
      const before = connections();
      const request = Promise.withResolvers<ClientRequest>();
      const left = leaving(`${url}/hang`, request.resolve);
      await expect.poll(connections).toBeGreaterThan(before);
      (await request.promise).destroy();
      await left;
    },
  ],
  [
    "a client that left within the answer",
    {},
    (url) => leaving(`${url}/drip`, (request) => void request.on("response", () => request.destroy())),
  ],
  [
    "a client that left within its body",
    { body: [always("validation.request-invalid")] },
    (url) => leaving(url, (request) => void setTimeout(() => request.destroy(), 50), "begin"),
  ],
  ["an upstream that reset before the answer", {}, (url) => ask(`${url}/reset`)],
  ["an upstream that reset within the answer", {}, (url) => ask(`${url}/half`).catch(() => undefined)],
  ["a later guard of the head", { head: [always("authorization.scope-insufficient")] }, (url) => ask(`${url}/no`)],
  ["a guard of the body", { body: [always("validation.request-invalid")] }, (url) => ask(`${url}/no`)],
  [
    "a body that is too large",
    { bodyBytesMax: 10, body: [always("validation.request-invalid")] },
    (url) => ask(url, { method: "POST", body: "x".repeat(100) }),
  ],
  ["an answer that was refused", { response: [answerRefused] }, (url) => ask(`${url}/no`)],
];

describe("a place is given back after", () => {
  it.each(ENDINGS)("%s", async (_what, gate, end) => {
    const { url, lanes, upstream: behind, recorder } = await started({ limit: 1 }, gate);
    for (let i = 0; i < 3; i += 1) {
      await end(url, behind);
      await recorder.nth(i + 1);
      expect(lanes.size).toBe(0);
    }
    expect((await ask(url)).status).toBe(200);
  });

  it("an upstream that is not there", async () => {
    const { url, lanes, upstream: behind, recorder } = await started({ limit: 1 });
    await behind.close();
    expect((await ask(url)).status).toBe(502);
    await recorder.nth(1);
    expect(lanes.size).toBe(0);
  });
});

describe("at a limit of requests at once", () => {
  it("who comes is refused while it is full, and the upstream does not hear of it", async () => {
    const { url, upstream: behind } = await started({ limit: 2 });
    const hanging = [1, 2].map(() => leaving(`${url}/hang`, () => undefined));
    await expect.poll(() => behind.connections()).toBe(2);
    const refused = await ask(`${url}/`);
    expect([refused.status, refused.headers["retry-after"]]).toEqual([503, "30"]);
    expect(refused.body).toContain("rate-limiting.capacity-exceeded");
    expect(behind.connections()).toBe(2);
    expect(hanging).toHaveLength(2);
  });

  it("all would come through without the guard", async () => {
    const behind = keep(await upstream());
    const { gateway } = keep(await startOver(behind.origin, {}, { drainTimeoutMs: 200 }));
    for (let i = 0; i < 4; i += 1) void leaving(`${gateway.url}/hang`, () => undefined);
    await expect.poll(() => behind.connections()).toBe(4);
  });

  it("who waits passes when a place is free", async () => {
    const { url, recorder, lanes, upstream: behind, came } = await started({ limit: 1, queue: 5 });
    const first = Promise.withResolvers<ClientRequest>();
    void leaving(`${url}/hang`, first.resolve);
    await expect.poll(() => behind.connections()).toBe(1);
    const waiting = [1, 2, 3].map((i) => ask(`${url}/${i}`));
    await expect.poll(came).toBe(4);
    (await first.promise).destroy();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200, 200]);
    await recorder.nth(4);
    expect(lanes.size).toBe(0);
  });

  it("who leaves the queue is not sent on when his turn comes", async () => {
    const { url, recorder, lanes, upstream: behind, came } = await started({ limit: 1, queue: 5 });
    const first = Promise.withResolvers<ClientRequest>();
    void leaving(`${url}/hang`, first.resolve);
    await expect.poll(() => behind.connections()).toBe(1);
    const second = Promise.withResolvers<ClientRequest>();
    void leaving(`${url}/left`, second.resolve);
    await expect.poll(came).toBe(2);
    (await second.promise).destroy();
    await recorder.nth(1);
    (await first.promise).destroy();
    await recorder.nth(2);
    expect((await ask(`${url}/`)).status).toBe(200);
    expect(behind.seen.map((one) => one.url)).not.toContain("/left");
    await recorder.nth(3);
    expect(lanes.size).toBe(0);
  });

  it("nobody waits longer than the shutdown does", async () => {
    const lanes = new Lanes();
    const limit = { limit: 1, queue: 5, timeoutMs: 30_000 };
    const { guard, came } = watched(concurrencyGuard({ limit, name: "a", lanes, mode: "enforce" }));
    const behind = keep(await upstream());
    const { gateway, recorder } = keep(await startOver(behind.origin, { head: [guard] }, { drainTimeoutMs: 200 }));
    const lost = ["/hang", "/wait", "/wait"].map((path) =>
      ask(gateway.url + path).then(
        ({ status }) => status,
        () => "cut",
      ),
    );
    await expect.poll(came).toBe(3);
    const before = performance.now();
    expect(await gateway.close()).toBe(3);
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(await Promise.all(lost)).toEqual(["cut", "cut", "cut"]);
    expect([recorder.exchanges.map(({ ended }) => ended), lanes.size]).toEqual([["cut", "cut", "cut"], 0]);
  });
});

describe("L11 the places of everybody", () => {
  /** Knows its callers by a field: who they are is not what is tested. */
  const knowing: RequestGuard = {
    practice: "authentication",
    name: "authentication.credentials",
    mode: "enforce",
    check: (exchange) => {
      exchange.principal = { ...ANONYMOUS, kind: "user", subject: exchange.request.fields.get("x-test-user") };
      return CONTINUE;
    },
  };
  const places = (name: string, limit: ConcurrencyLimit) =>
    concurrencyGuard({ limit, name, lanes: new Lanes(), mode: "enforce" });
  const shared = places("all", { limit: 4, queue: 0, timeoutMs: 1_000 });
  const own = places("own", { limit: 2, queue: 0, timeoutMs: 1_000, key: { parts: ["subject"] } });

  it.each([
    ["alone can be filled by one caller", [knowing, shared], 503],
    ["cannot be filled by one caller where each has a limit beside", [knowing, own, shared], 200],
  ])("L11 %s", async (_what, guards, status) => {
    const behind = keep(await upstream());
    const { guard, came } = watched(guards[1] as RequestGuard);
    const started = await startOver(
      behind.origin,
      { head: [knowing, guard, ...guards.slice(2)] },
      { drainTimeoutMs: 200 },
    );
    const { url } = keep(started).gateway;
    const mallory = Array.from({ length: 8 }, () =>
      ask(`${url}/hang`, { headers: { "x-test-user": "mallory" } }).catch(() => undefined),
    );
    await expect.poll(came).toBe(8);
    expect((await ask(url, { headers: { "x-test-user": "ann" } })).status).toBe(status);
    expect(mallory).toHaveLength(8);
  });
});

describe("a limit that slows down", () => {
  const slowed = async (delayMs: number, drainTimeoutMs = 5_000) => {
    const { guard, came } = watched(
      rateLimitGuard({
        name: "slow",
        scope: "*",
        limit: {
          limit: 3,
          windowMs: 60_000,
          key: { parts: ["address"] },
          slowdown: { after: 1, delayMs, delayMaxMs: 30_000 },
        },
        counter: memoryCounter({ clock: systemClock }),
        mode: "enforce",
      }),
    );
    const behind = keep(await upstream());
    return { ...keep(await startOver(behind.origin, { head: [guard] }, { drainTimeoutMs })), behind, came };
  };

  it("lets the first pass at once, the next after its delay, and refuses beyond the limit", async () => {
    const { gateway, recorder } = await slowed(150);
    const statuses: number[] = [];
    for (let i = 0; i < 4; i += 1) statuses.push((await ask(gateway.url)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    const waited = recorder.exchanges.map((one) => one.upstreamStartedMs - one.startedMonotonicMs);
    expect(waited[1]).toBeGreaterThan(149);
    expect(waited[2]).toBeGreaterThan(299);
  });

  it("does not send on whose client has left meanwhile, nor keep a shutdown waiting", async () => {
    const { gateway, recorder, behind, came } = await slowed(30_000, 200);
    await ask(gateway.url);
    const left = Promise.withResolvers<ClientRequest>();
    void leaving(`${gateway.url}/left`, left.resolve);
    await expect.poll(came).toBe(2);
    (await left.promise).destroy();
    expect((await recorder.nth(2)).ended).toBe("client-left");
    const cut = ask(`${gateway.url}/cut`).catch(() => "cut");
    await expect.poll(came).toBe(3);
    expect(await gateway.close()).toBe(1);
    expect([await cut, behind.seen.map(({ url }) => url)]).toEqual(["cut", ["/"]]);
  });
});
