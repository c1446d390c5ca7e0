// Guards limit() alone: no request beyond the budget, whoever says what about addresses and tokens.
import { type Express } from "express";
import { afterEach, expect, it } from "vitest";
import { authenticate } from "../../src/adapters/express-authentication.ts";
import { limit, type LimitOptions } from "../../src/adapters/express-rate-limiting.ts";
import { memoryCounter } from "../../src/rate-limiting/index.ts";
import { ask, AUDIENCE, bearer, ISSUER, SECRET, serve, type Served, token } from "./alone-harness.ts";

let served: Served;
afterEach(() => served.close());

const limited = (options: LimitOptions) => (app: Express) =>
  void app.use(limit(options)).get("/", (_request, response) => void response.json({}));

const times = async (count: number, init?: (i: number) => RequestInit) => {
  const statuses: number[] = [];
  // oxlint-disable-next-line no-await-in-loop -- the order counts
  for (let i = 0; i < count; i += 1) statuses.push((await ask(served, "/", init?.(i))).status);
  return statuses;
};
const from = (address: string): RequestInit => ({ headers: { "x-forwarded-for": address } });

it("lets 100 pass and refuses the 101st, which passes without it", async () => {
  served = await serve((app) => {
    app.get("/open", (_request, response) => void response.json({}));
    limited({ limit: 100, window: "15m" })(app);
  });
  expect(new Set(await times(99))).toEqual(new Set([200]));
  const last = await ask(served, "/");
  expect([last.status, last.headers.get("ratelimit-policy")]).toEqual([200, '"subject";q=100;w=900']);
  expect(last.headers.get("ratelimit")).toMatch(/^"subject";r=0;t=\d+$/);
  const { status, headers, body } = await ask(served, "/");
  expect([status, body["reason"]]).toEqual([429, "rate-limiting.limit-exceeded"]);
  expect(body["title"]).toBe("Too many requests, please try again later.");
  expect(headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
  expect(headers.get("ratelimit")).toMatch(/^"subject";r=0;t=\d+$/);
  expect((await ask(served, "/open")).status).toBe(200);
});

it("gives the budget back when the window has passed, not before", async () => {
  let nowMs = 0;
  const counter = memoryCounter({ clock: { nowMs: () => nowMs, monotonicMs: () => nowMs } });
  served = await serve(limited({ limit: 1, window: "15s", counter }));
  expect(await times(2)).toEqual([200, 429]);
  const wait = Number((await ask(served, "/")).headers.get("retry-after"));
  nowMs += wait * 1_000 - 1_001;
  expect(await times(1)).toEqual([429]);
  nowMs += 1_001;
  expect(await times(1)).toEqual([200]);
});

it("sells no budget for a forged X-Forwarded-For", async () => {
  served = await serve(limited({ limit: 2, window: "1m" }));
  expect(await times(4, (i) => from(`203.0.113.${i}`))).toEqual([200, 200, 429, 429]);
});

it("believes the proxies that are named, for whom they name: IPv6 by /64", async () => {
  served = await serve(limited({ limit: 1, window: "1m", trustedProxies: ["127.0.0.1"] }));
  expect(await times(2, (i) => from(`203.0.113.${i}`))).toEqual([200, 200]);
  // What stands left of the client's address is the client's own word.
  expect(await times(1, () => from("198.51.100.1, 203.0.113.0"))).toEqual([429]);
  expect(await times(3, (i) => from(`2001:db8:0:${i >> 1}::${i + 1}`))).toEqual([200, 429, 200]);
});

it("counts a user across tokens once authenticate() stands before it", async () => {
  served = await serve((app) => {
    app.use(authenticate({ secret: SECRET, issuer: ISSUER, audience: AUDIENCE, typ: "JWT" }));
    limited({ limit: 2, window: "1m" })(app);
  });
  expect(await times(3, (i) => bearer(token({ jti: String(i) })))).toEqual([200, 200, 429]);
  expect(await times(1, () => bearer(token({ sub: "grace" })))).toEqual([200]);
});

it("counts several limits apart and shows all of them", async () => {
  served = await serve((app) => {
    app.use(limit({ limit: 10, window: "1h" }));
    limited({ limit: 1, window: "1m", key: "address", name: "burst" })(app);
  });
  expect((await ask(served, "/")).headers.get("ratelimit-policy")).toBe('"subject";q=10;w=3600, "burst";q=1;w=60');
  const { status, headers } = await ask(served, "/");
  expect([status, headers.get("ratelimit")]).toEqual([
    429,
    expect.stringMatching(/^"subject";r=8;t=\d+, "burst";r=0;t=\d+$/),
  ]);
});

it("stops a request whose address was settled by other proxies than it was told of", async () => {
  served = await serve((app) => {
    app.use(limit({ limit: 10, window: "1m", key: "address" }));
    limited({ limit: 1, window: "1m", trustedProxies: ["127.0.0.1"] })(app);
  });
  const { status, body } = await ask(served, "/");
  expect([status, body["thrown"]]).toEqual([
    500,
    expect.stringContaining("limit(): the middleware before it has other"),
  ]);
});

it("is one budget per limit() and process", async () => {
  served = await serve((app) => {
    limited({ limit: 1, window: "1m" })(app);
    app.get("/other", limit({ limit: 1, window: "1m" }), (_request, response) => void response.json({}));
  });
  expect(await times(2)).toEqual([200, 429]);
});
