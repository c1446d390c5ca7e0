// Attacks on whose requests a limit counts together: each works against the limiter that people write, and without the guard.
import { describe, expect, it } from "vitest";
import type { IncomingMessage } from "node:http";
import type { Asking } from "../conformance/asking.ts";
import { ANNS_KEY, askAll, bearer, get, openNaive, openShop, tally, times, token } from "./limits.ts";

const LIMIT = 5;
const SENT = 12;
const field = (name: string) => (request: IncomingMessage) =>
  String(request.headers[name] ?? request.socket.remoteAddress);
const byAddress = `limits: [{ name: few, limit: ${LIMIT}, window: 1h, key: address }]`;
const bySubject = `limits: [{ name: few, limit: ${LIMIT}, window: 1h }]`;
const FEW = ["rate-limiting.few"];

/** How many passed the naive limiter, the gateway, and the gateway without the guard. */
async function tried(
  askings: readonly Asking[],
  keyOf: (request: IncomingMessage) => string,
  limits: string,
  proxied = false,
): Promise<{ naive: number; held: string; reached: number; withoutGuard: number }> {
  const naive = await openNaive({ limit: LIMIT, keyOf });
  await askAll(naive.ask, askings);
  const shop = await openShop({ limits, proxied });
  const answers = await askAll(shop.ask, askings);
  const open = await openShop({ limits, proxied, off: FEW });
  await askAll(open.ask, askings);
  return { naive: naive.passed(), held: tally(answers), reached: shop.reached(), withoutGuard: open.reached() };
}

const HELD = { naive: SENT, held: "200×5 429×7", reached: LIMIT, withoutGuard: SENT };

describe("L01 a field that says who the client is, another each time", () => {
  it.each([
    "X-Forwarded-For",
    "X-Real-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "X-Original-Forwarded-For",
    "Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "Fastly-Client-IP",
    "X-Azure-ClientIP",
    "X-ProxyUser-Ip",
    "Via",
  ])("L01 %s, from a client that is no proxy", async (name) => {
    const askings = times(SENT, (i) => get("/products", { [name]: `203.0.113.${i}` }));
    expect(await tried(askings, field(name.toLowerCase()), byAddress)).toEqual(HELD);
  });

  it("L01 Forwarded, from a client that is no proxy", async () => {
    const askings = times(SENT, (i) => get("/products", { Forwarded: `for=203.0.113.${i}` }));
    expect(await tried(askings, field("forwarded"), byAddress)).toEqual(HELD);
  });

  it.each([
    ["in front of the address that a proxy added", (i: number) => `203.0.113.${i}, 198.51.100.7`],
    ["many of them", (i: number) => `10.0.0.${i}, 203.0.113.${i}, 192.168.0.${i}, 198.51.100.7`],
    ["no addresses", (i: number) => `unknown-${i}, 198.51.100.7`],
    ["the proxy's own", (i: number) => `203.0.113.${i}, 198.51.100.7, 127.0.0.1`],
  ])("L01 X-Forwarded-For behind a proxy, %s", async (_what, value) => {
    const askings = times(SENT, (i) => get("/products", { "X-Forwarded-For": value(i) }));
    const leftmost = (request: IncomingMessage) => field("x-forwarded-for")(request).split(",")[0] as string;
    expect(await tried(askings, leftmost, byAddress, true)).toEqual(HELD);
  });

  it.each([
    ["X-Real-IP", (i: number) => `203.0.113.${i}`],
    ["Forwarded", (i: number) => `for=203.0.113.${i}`],
    ["True-Client-IP", (i: number) => `203.0.113.${i}`],
  ])("L01 %s, beside the field that the proxy writes", async (name, value) => {
    const askings = times(SENT, (i) => get("/products", { "X-Forwarded-For": "198.51.100.7", [name]: value(i) }));
    expect(await tried(askings, field(name.toLowerCase()), byAddress, true)).toEqual(HELD);
  });

  it("L01 X_Forwarded_For, which some servers take for the real one, is refused", async () => {
    const askings = times(SENT, (i) => get("/products", { X_Forwarded_For: `203.0.113.${i}` }));
    const { naive, held, reached } = await tried(askings, field("x_forwarded_for"), byAddress);
    expect({ naive, held, reached }).toEqual({ naive: SENT, held: "400×12", reached: 0 });
  });
});

describe("L02 one operation in other spellings", () => {
  /** What a lenient server makes of a path, and what a limiter in front of it counts by. */
  const byTarget = (request: IncomingMessage) => `${request.method} ${request.url}`;

  it.each([
    ["letter case", (i: number) => times(8, (bit) => ((i >> bit) & 1 ? "PRODUCTS" : "products")[bit]).join("")],
    ["slashes in front", (i: number) => `${"/".repeat(i)}products`],
    ["slashes behind", (i: number) => `products${"/".repeat(i)}`],
    ["dot segments", (i: number) => `${"./".repeat(i)}products`],
    ["dot segments that go back", (i: number) => `${"a/../".repeat(i)}products`],
    [
      "encoded letters",
      (i: number) =>
        `${"products".slice(0, i % 8)}%${"products".charCodeAt(i % 8).toString(16)}${"products".slice((i % 8) + 1)}`,
    ],
    ["parameters of the path", (i: number) => `products;v=${i}`],
    ["a dot behind", (i: number) => `products.${i}`],
  ])("L02 %s: what is not the operation's own spelling reaches nothing", async (_what, spelling) => {
    const askings = [...times(LIMIT, () => get("/products")), ...times(SENT, (i) => get(`/${spelling(i + 1)}`))];
    const naive = await openNaive({ limit: LIMIT, keyOf: byTarget });
    await askAll(naive.ask, askings);
    expect(naive.passed()).toBeGreaterThan(LIMIT);
    const more = `operations: { products: { rateLimiting: [{ name: few, limit: ${LIMIT}, window: 1h, key: address }] } }`;
    const shop = await openShop({ more });
    const answers = await askAll(shop.ask, askings);
    expect(tally(answers.slice(0, LIMIT))).toBe("200×5");
    expect([shop.reached(), answers.slice(LIMIT).filter(({ status }) => status < 300)]).toEqual([LIMIT, []]);
  });

  it.each([
    ["another query", (i: number) => get(`/products?page=${i}`)],
    ["an empty query", (i: number) => get(`/products${["", "?", "?&"][i % 3]}`)],
    ["HEAD beside GET", (i: number): Asking => ({ ...get("/products"), method: i % 2 ? "HEAD" : "GET" })],
    ["another value in its path", (i: number) => get(`/products/${i}`)],
  ])("L02 %s is the same operation and the same budget", async (_what, asking) => {
    const askings = times(SENT, (i) => asking(i));
    const list = ["products", "product"].map(
      (id) => `${id}: { rateLimiting: [{ name: few, limit: ${LIMIT}, window: 1h, key: address }] }`,
    );
    const naive = await openNaive({ limit: LIMIT, keyOf: byTarget });
    await askAll(naive.ask, askings);
    const more = `operations: { ${list.join(", ")} }`;
    const shop = await openShop({ more });
    const held = tally(await askAll(shop.ask, askings));
    const open = await openShop({ more, off: FEW });
    await askAll(open.ask, askings);
    expect(naive.passed()).toBeGreaterThan(LIMIT);
    expect([held, shop.reached(), open.reached()]).toEqual(["200×5 429×7", LIMIT, SENT]);
  });

  it.each([
    ["paths that do not exist", (i: number) => get(`/nothing/${i}`), "404×5 429×7"],
    [
      "methods that do not exist",
      (i: number): Asking => ({ ...get("/products"), method: i % 2 ? "DELETE" : "PATCH" }),
      "405×5 429×7",
    ],
  ])("L02 %s, another each time, are one budget of the address", async (_what, asking, held) => {
    const askings = times(SENT, asking);
    const naive = await openNaive({ limit: 1, keyOf: byTarget });
    await askAll(naive.ask, askings);
    const shop = await openShop({ limits: byAddress });
    const answers = tally(await askAll(shop.ask, askings));
    const open = await openShop({ limits: byAddress, off: FEW });
    const without = tally(await askAll(open.ask, askings));
    expect([naive.passed() > 1, answers, shop.reached()]).toEqual([true, held, 0]);
    expect(without).not.toContain("429");
  });

  it("L02 with a key of subject and operation, each operation has its own and no more", async () => {
    const limits = `limits: [{ name: few, limit: ${LIMIT}, window: 1h, key: [address, operation] }]`;
    const shop = await openShop({ limits });
    const askings = ["/products", "/products/1", "/products/2"].flatMap((target) => times(LIMIT, () => get(target)));
    expect(tally(await askAll(shop.ask, askings))).toBe("200×10 429×5");
  });
});

describe("L03 a new token of the same subject", () => {
  it.each([
    ["another id", () => token("ann")],
    ["another end", (i: number) => token("ann", { claims: { exp: Math.floor(Date.now() / 1000) + 100 + i } })],
    ["other scopes", (i: number) => token("ann", { claims: { scope: `scope-${i}` } })],
    ["another client of the user", (i: number) => token("ann", { claims: { client_id: `app-${i}` } })],
    ["claims of no meaning", (i: number) => token("ann", { claims: { nothing: i } })],
  ])("L03 with %s", async (_what, make) => {
    const askings = await Promise.all(times(SENT, async (i) => get("/orders", bearer(await make(i)))));
    expect(await tried(askings, field("authorization"), bySubject)).toEqual(HELD);
  });

  it("L03 one token, its scheme in other letters", async () => {
    const text = await token("ann");
    const askings = times(SENT, (i) => {
      const scheme = times(6, (bit) => ((i >> bit) & 1 ? "BEARER" : "bearer")[bit]).join("");
      return get("/orders", { authorization: `${scheme} ${text}` });
    });
    expect(await tried(askings, field("authorization"), bySubject)).toEqual(HELD);
  });
});

describe("L03 other credentials of one caller, by what their limit counts", () => {
  it.each([
    ["the client of a token", "client", (i: number) => token(`user-${i}`, { claims: { client_id: "app" } })],
    ["a claim", "claim, claim: [org, id]", (i: number) => token(`user-${i}`, { claims: { org: { id: 7 } } })],
    ["a user, the client beside", "[subject, client]", () => token("ann")],
  ])("L03 %s", async (_what, key, make) => {
    const askings = await Promise.all(times(SENT, async (i) => get("/orders", bearer(await make(i)))));
    const limits = `limits: [{ name: few, limit: ${LIMIT}, window: 1h, key: ${key} }]`;
    expect(await tried(askings, field("authorization"), limits)).toEqual(HELD);
  });

  it("L03 an API key from another address each time", async () => {
    const askings = times(SENT, (i) =>
      get("/orders", { "X-Api-Key": ANNS_KEY.text, "X-Forwarded-For": `203.0.113.${i}` }),
    );
    const limits = `limits: [{ name: few, limit: ${LIMIT}, window: 1h, key: api-key, fallback: none }]`;
    expect(await tried(askings, field("x-forwarded-for"), limits, true)).toEqual(HELD);
    expect(await tried(askings, field("x-forwarded-for"), bySubject, true)).toEqual(HELD);
  });
});

describe("L04 addresses of one client", () => {
  const groups = (i: number) => `2001:db8:1:2:${i.toString(16)}:0:0:1`;
  it.each([
    ["of one IPv6 /64", groups],
    [
      "of one IPv6 /64 with another rest each",
      (i: number) => `2001:db8:1:2:${(i * 4_001).toString(16)}:beef:${i}:${i}`,
    ],
    [
      "IPv4 in IPv6, dotted and in hexadecimal",
      (i: number) => ["203.0.113.7", "::ffff:203.0.113.7", "::ffff:cb00:7107", "::FFFF:CB00:7107"][i % 4] as string,
    ],
    [
      "one IPv6 address in other spellings",
      (i: number) => ["2001:db8::1", "2001:DB8::1", "2001:0db8::0001", "2001:db8:0:0:0:0:0:1"][i % 4] as string,
    ],
    [
      "IPv4 behind a translator",
      (i: number) => ["203.0.113.7", "64:ff9b::203.0.113.7", "64:ff9b::cb00:7107"][i % 3] as string,
    ],
    ["the subnets of one 6to4 address", (i: number) => `2002:cb00:7107:${i.toString(16)}::1`],
  ])("L04 %s", async (_what, address) => {
    const askings = times(SENT, (i) => get("/products", { "X-Forwarded-For": address(i) }));
    expect(await tried(askings, field("x-forwarded-for"), byAddress, true)).toEqual(HELD);
  });

  it("L04 of one /48, where that is what a customer is given", async () => {
    const askings = times(SENT, (i) => get("/products", { "X-Forwarded-For": `2001:db8:1:${i.toString(16)}::1` }));
    const seen = await tried(askings, field("x-forwarded-for"), `${byAddress}\nipv6Prefix: 48`, true);
    expect(seen).toEqual(HELD);
  });
});
