// Whose requests count together: every part of a key, alone and combined, and what counts where a part has no value.
import { describe, expect, it } from "vitest";
import type { Exchange } from "../../src/core/exchange.ts";
import type { Principal } from "../../src/core/principal.ts";
import type { KeyPart, LimitKey } from "../../src/rate-limiting/index.ts";
import { exchangeOf, guardOf, spend, userOf } from "./exchanges.ts";

const claims = (value: unknown): Partial<Principal> => ({
  subject: "ann",
  claims: { tenant: value, org: { id: value } },
});
const key = (parts: KeyPart[], more: Partial<LimitKey> = {}): LimitKey => ({ parts, fallback: "address", ...more });
const from = (clientAddress: string): Exchange => exchangeOf({ clientAddress });

/** Whether the second request finds the budget of one that the first has used up. */
async function shares(limitKey: LimitKey, first: Exchange, second: Exchange): Promise<boolean> {
  const said = await spend(guardOf({ limit: 1, key: limitKey }), [first, second]);
  return said[1] === "limit-exceeded";
}

describe("one budget", () => {
  const anna = { subject: "ann", client: "shop" };
  it.each([
    [
      "subject: L03 whatever the token",
      key(["subject"]),
      userOf("ann", { tokenId: "1" }),
      userOf("ann", { tokenId: "2" }),
    ],
    ["subject: whatever the address", key(["subject"]), userOf("ann"), exchangeOf({ clientAddress: "::1" }, anna)],
    [
      "subject: a client's own token by client",
      key(["subject"]),
      exchangeOf({}, { client: "job" }),
      exchangeOf({}, { client: "job" }),
    ],
    ["client: whoever uses it", key(["client"]), userOf("ann", { client: "shop" }), userOf("bob", { client: "shop" })],
    [
      "claim: of one tenant",
      key(["claim"], { claim: ["tenant"] }),
      exchangeOf({}, claims("t1")),
      exchangeOf({}, { ...claims("t1"), subject: "bob" }),
    ],
    [
      "claim: a member of a member",
      key(["claim"], { claim: ["org", "id"] }),
      exchangeOf({}, claims(7)),
      exchangeOf({}, claims(7)),
    ],
    [
      "api-key: of one key",
      key(["api-key"]),
      exchangeOf({}, { method: "api-key", client: "k1" }),
      exchangeOf({ clientAddress: "::1" }, { method: "api-key", client: "k1" }),
    ],
    [
      "operation: for everybody",
      key(["operation"]),
      exchangeOf({}, { subject: "ann" }, "list"),
      exchangeOf({}, { subject: "bob" }, "list"),
    ],
    [
      "subject and operation",
      key(["subject", "operation"]),
      exchangeOf({}, anna, "list"),
      exchangeOf({}, anna, "list"),
    ],
    ["nobody's: by address", key(["subject"]), exchangeOf(), exchangeOf()],
    [
      "nobody's, and operation",
      key(["operation", "subject"]),
      exchangeOf({}, undefined, "list"),
      exchangeOf({}, undefined, "list"),
    ],
    ["L04 addresses of one IPv6 /64", key(["address"]), from("2001:db8::1"), from("2001:db8::ffff:1")],
    ["L04 IPv4-mapped IPv6", key(["address"]), from("192.0.2.1"), from("::ffff:192.0.2.1")],
    ["L04 IPv4-mapped IPv6 in hexadecimal", key(["address"]), from("192.0.2.1"), from("::ffff:c000:201")],
    ["L04 IPv4 translated to IPv6 (RFC 6052)", key(["address"]), from("192.0.2.1"), from("64:ff9b::c000:201")],
    ["L04 the subnets of one 6to4 address", key(["address"]), from("2002:c000:201:1::1"), from("2002:c000:201:2::1")],
    [
      "L04 a configured IPv6 prefix",
      key(["address"], { prefixes: { ipv4: 32, ipv6: 48 } }),
      from("2001:db8:0:1::1"),
      from("2001:db8:0:2::1"),
    ],
    [
      "a configured IPv4 prefix",
      key(["address"], { prefixes: { ipv4: 24, ipv6: 64 } }),
      from("192.0.2.1"),
      from("192.0.2.255"),
    ],
    [
      "a configured IPv4 prefix, mapped",
      key(["address"], { prefixes: { ipv4: 24, ipv6: 64 } }),
      from("192.0.2.1"),
      from("::ffff:192.0.2.9"),
    ],
  ])("%s", async (_what, limitKey, first, second) => {
    expect(await shares(limitKey, first, second)).toBe(true);
  });
});

describe("L11 another's budget", () => {
  it.each([
    ["another subject's", key(["subject"]), userOf("ann"), userOf("bob")],
    ["another issuer's", key(["subject"]), userOf("ann"), userOf("ann", { issuer: "j" })],
    ["a name with separators in it", key(["subject"]), userOf("ann"), userOf("ann\n")],
    ["issuer and name cut elsewhere", key(["subject"]), userOf("bc", { issuer: "a" }), userOf("c", { issuer: "ab" })],
    ["a client called like a user", key(["subject"]), userOf("ann"), exchangeOf({}, { client: "ann" })],
    ["a user called like an address", key(["subject"]), userOf("192.0.2.1", { issuer: "" }), exchangeOf()],
    [
      "another tenant's",
      key(["claim"], { claim: ["tenant"] }),
      exchangeOf({}, claims("a")),
      exchangeOf({}, claims("b")),
    ],
    [
      "a number's that looks like a text",
      key(["claim"], { claim: ["tenant"] }),
      exchangeOf({}, claims(1)),
      exchangeOf({}, claims("1")),
    ],
    [
      "a token's client called like an API key",
      key(["api-key"]),
      exchangeOf({}, { method: "api-key", client: "k" }),
      exchangeOf({}, { method: "bearer", client: "k" }),
    ],
    [
      "another operation's",
      key(["subject", "operation"]),
      exchangeOf({}, { subject: "a" }, "x"),
      exchangeOf({}, { subject: "a" }, "y"),
    ],
    [
      "operation and subject exchanged",
      key(["operation", "client"]),
      exchangeOf({}, { client: "b" }, "a"),
      exchangeOf({}, { client: "a" }, "b"),
    ],
    ["the next /64", key(["address"]), from("2001:db8::1"), from("2001:db8:0:1::1")],
    ["another client of one translator", key(["address"]), from("64:ff9b::c000:201"), from("64:ff9b::c000:202")],
    ["the next network", key(["address"], { prefixes: { ipv4: 24, ipv6: 64 } }), from("192.0.2.1"), from("192.0.3.1")],
  ])("%s is not spent", async (_what, limitKey, first, second) => {
    expect(await shares(limitKey, first, second)).toBe(false);
  });
});

describe("where a part has no value", () => {
  it.each([
    ["the claim is missing", ["tenant"], {}],
    ["the claim is a list", ["tenant"], { tenant: ["a"] }],
    ["the claim is an object", ["tenant"], { tenant: {} }],
    ["there is nothing on the way to it", ["tenant", "id"], { tenant: "a" }],
    ["it is only inherited", ["constructor", "name"], {}],
  ])("and %s, the address counts", async (_what, claim, has) => {
    const limitKey = key(["claim"], { claim });
    const [one, other] = [exchangeOf({}, { subject: "a", claims: has }), exchangeOf({}, { subject: "b", claims: has })];
    expect(await shares(limitKey, one, other)).toBe(true);
    const elsewhere = exchangeOf({ clientAddress: "192.0.2.9" }, { subject: "a", claims: has });
    expect(await shares(limitKey, one, elsewhere)).toBe(false);
  });

  it.each([
    ["subject", exchangeOf()],
    ["client", userOf("ann")],
    ["api-key", userOf("ann", { client: "k" })],
  ] as const)("and nothing falls back, a key of %s does not count", async (part, exchange) => {
    const guard = guardOf({ limit: 1, key: { parts: [part] } });
    expect(await spend(guard, [exchange, exchange, exchange])).toEqual(["continue", "continue", "continue"]);
    expect(exchange.limits).toEqual([]);
  });
});
