// Attacks by and on callers: failed authentication that nobody counts, and budgets that are spent in another's name.
import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { makeApiKey } from "../../src/authentication/api-key-text.ts";
import type { Asking } from "../conformance/asking.ts";
import {
  ANNS_KEY,
  askAll,
  bearer,
  get,
  ISSUER,
  openNaive,
  openShop,
  type Shop,
  tally,
  times,
  token,
} from "./limits.ts";

const OFF = ["rate-limiting.failed-authentication"];
const apiKey = (text: string) => ({ "x-api-key": text });
const past = () => Math.floor(Date.now() / 1000) - 3_600;

/** The owner's key with another secret: its id is right, and so is its checksum where it is made anew. */
const guessed = () => {
  const made = makeApiKey().text;
  return `${ANNS_KEY.text.slice(0, 15)}${made.slice(15)}`;
};

const FAILURES: readonly (readonly [what: string, fields: (i: number) => Promise<Record<string, string>>])[] = [
  ["what is no token", async (i) => bearer(`guess-${i}`)],
  ["forged signatures", async () => bearer(await token("ann", { forged: true }))],
  ["no signatures", async () => bearer(await token("ann", { unsigned: true }))],
  [
    "expired tokens with forged signatures",
    async () => bearer(await token("ann", { forged: true, claims: { exp: past() } })),
  ],
  ["tokens of another issuer", async () => bearer(await token("ann", { claims: { iss: "https://other.example/" } }))],
  ["tokens for another API", async () => bearer(await token("ann", { claims: { aud: "https://other.example" } }))],
  ["another subject each time", async (i) => bearer(await token(`user-${i}`, { forged: true }))],
  ["API keys of nobody", async () => apiKey(makeApiKey().text)],
  ["API keys with a known id", async () => apiKey(guessed())],
  ["what is no API key", async (i) => apiKey(`guess-${i}`)],
  ["tokens and API keys in turn", async (i) => (i % 2 ? apiKey(makeApiKey().text) : bearer(`guess-${i}`))],
];

describe("L08 failed authentication", () => {
  const limits = "failedAuthentication: { limit: 5, window: 1h }";
  const SENT = 12;
  const wrong = (fields: (i: number) => Promise<Record<string, string>>): Promise<Asking[]> =>
    Promise.all(times(SENT, async (i) => get("/orders", await fields(i))));

  it.each(FAILURES)("L08 %s are counted", async (_what, fields) => {
    const askings = await wrong(fields);
    // A limiter behind the authentication never sees them.
    const naive = await openNaive({ limit: 5, keyOf: () => "", statusOf: () => 401 });
    expect(tally(await askAll(naive.ask, askings))).toBe("401×12");
    const shop = await openShop({ limits });
    const answers = await askAll(shop.ask, askings);
    expect(tally(answers)).toBe("401×5 429×7");
    expect(answers.at(-1)?.body).toContain("rate-limiting.failed-authentication-exceeded");
    const open = await openShop({ limits, off: OFF });
    expect(tally(await askAll(open.ask, askings))).toBe("401×12");
    expect([shop.reached(), open.reached()]).toEqual([0, 0]);
  });

  it.each(FAILURES)("L08 %s, all at once", async (_what, fields) => {
    const askings = await wrong(fields);
    const shop = await openShop({ limits });
    const answers = await Promise.all(askings.map((asking) => shop.ask(asking)));
    expect(tally(answers.toSorted((a, b) => a.status - b.status))).toBe("401×5 429×7");
  });

  it("L08 from the addresses of one IPv6 /64", async () => {
    const from = (i: number) => ({ "X-Forwarded-For": `2001:db8::${i.toString(16)}` });
    const askings = times(SENT, (i) => get("/orders", { ...bearer("guess"), ...from(i) }));
    const shop = await openShop({ limits, proxied: true });
    expect(tally(await askAll(shop.ask, askings))).toBe("401×5 429×7");
  });

  it("L08 a right guess after too many wrong ones learns nothing", async () => {
    const shop = await openShop({ limits });
    await askAll(
      shop.ask,
      times(5, () => get("/orders", bearer("guess"))),
    );
    const answer = await shop.ask(get("/orders", bearer(await token("ann"))));
    expect([answer.status, answer.body.includes("failed-authentication-exceeded")]).toEqual([429, true]);
    expect((await shop.ask(get("/orders", apiKey(ANNS_KEY.text)))).status).toBe(429);
    expect(shop.reached()).toBe(0);
  });

  it("L08 right credentials between wrong ones give nothing back", async () => {
    const shop = await openShop({ limits });
    const right = [get("/orders", bearer(await token("ann"))), get("/orders", apiKey(ANNS_KEY.text))];
    const askings = times(5, () => [get("/orders", bearer("guess")), ...right]).flat();
    const answers = await askAll(shop.ask, [...askings, get("/orders", bearer("guess"))]);
    expect(tally(answers.slice(0, -3))).toBe(times(4, () => "401×1 200×2").join(" ") + " 401×1");
    expect(answers.at(-1)?.status).toBe(429);
  });

  it("L08 who brings a token that was good until it ended guesses nothing and is not counted", async () => {
    const ended = bearer(await token("ann", { claims: { exp: past() } }));
    const shop = await openShop({ limits });
    expect(
      tally(
        await askAll(
          shop.ask,
          times(SENT, () => get("/orders", ended)),
        ),
      ),
    ).toBe("401×12");
    expect(shop.reached()).toBe(0);
    const renewed = await askAll(shop.ask, [get("/orders", bearer(await token("ann")))]);
    expect(tally(renewed)).toBe("200×1");
  });

  it("L08 who brings no credentials guesses nothing and is not counted", async () => {
    const shop = await openShop({ limits });
    expect(
      tally(
        await askAll(
          shop.ask,
          times(SENT, () => get("/orders")),
        ),
      ),
    ).toBe("401×12");
  });

  it("L08 another address is not concerned", async () => {
    const shop = await openShop({ limits, proxied: true });
    await askAll(
      shop.ask,
      times(SENT, () => get("/orders", { ...bearer("guess"), "X-Forwarded-For": "203.0.113.1" })),
    );
    const right = get("/orders", { ...bearer(await token("ann")), "X-Forwarded-For": "203.0.113.2" });
    expect((await shop.ask(right)).status).toBe(200);
  });
});

describe("L11 a budget spent in another's name", () => {
  const LIMIT = 5;
  const limits = `limits: [{ name: few, limit: ${LIMIT}, window: 1h }]`;
  const byAttacker = { "X-Forwarded-For": "203.0.113.66" };
  const byAnn = { "X-Forwarded-For": "198.51.100.7" };

  /** What a limiter in front of the authentication reads out of a token. */
  const claimed = (request: IncomingMessage): string => {
    const key = request.headers["x-api-key"];
    if (key !== undefined) return String(key).slice(0, 14);
    const payload = (request.headers.authorization ?? "").split(".")[1] ?? "";
    const { sub = "" } = JSON.parse(Buffer.from(payload, "base64url").toString() || "{}") as { sub?: string };
    return sub;
  };
  const ann = async () => get("/orders", { ...bearer(await token("ann")), ...byAnn });
  const annByKey = () => get("/orders", { ...apiKey(ANNS_KEY.text), ...byAnn });

  it.each([
    ["a forged signature", async () => bearer(await token("ann", { forged: true })), ann],
    ["no signature", async () => bearer(await token("ann", { unsigned: true })), ann],
    ["an expired token of hers", async () => bearer(await token("ann", { claims: { exp: past() } })), ann],
    ["a token of hers for another API", async () => bearer(await token("ann", { claims: { aud: "other" } })), ann],
    [
      "another issuer's token of her name",
      async () => bearer(await token("ann", { claims: { iss: `${ISSUER}x` } })),
      ann,
    ],
    ["the id of her API key", async () => apiKey(guessed()), async () => annByKey()],
  ])("L11 with %s", async (_what, fields, victim) => {
    const askings = await Promise.all(times(10, async () => get("/orders", { ...(await fields()), ...byAttacker })));
    const naive = await openNaive({ limit: LIMIT, keyOf: claimed });
    await askAll(naive.ask, askings);
    expect((await naive.ask(await victim())).status).toBe(429);
    const shop = await openShop({ limits, proxied: true });
    expect(tally(await askAll(shop.ask, askings))).toBe("401×10");
    const hers = await askAll(shop.ask, [await victim(), await victim()]);
    expect(hers.map(({ status, headers }) => [status, headers["ratelimit"]])).toEqual([
      [200, expect.stringMatching(/^"few";r=4;/)],
      [200, expect.stringMatching(/^"few";r=3;/)],
    ]);
  });

  /** Where the victim stands after what the attacker sent. */
  const standsAfter = async (shop: Shop, askings: readonly Asking[], asking: Asking): Promise<string> => {
    await askAll(shop.ask, askings);
    return String((await shop.ask(asking)).headers["ratelimit"]);
  };
  const UNSPENT = /^"few";r=4;/;

  it("L11 with fields that name her", async () => {
    const shop = await openShop({ limits, proxied: true });
    const names = { "X-User": "ann", "X-Forwarded-User": "ann", "X-Client-Id": "app", From: "ann", ...byAttacker };
    const attacker = bearer(await token("mallory"));
    expect(
      await standsAfter(
        shop,
        times(10, () => get("/orders", { ...attacker, ...names })),
        await ann(),
      ),
    ).toMatch(UNSPENT);
  });

  it("L11 with another client's token, where clients are counted", async () => {
    const list = `limits: [{ name: few, limit: ${LIMIT}, window: 1h, key: client, fallback: none }]`;
    const shop = await openShop({ limits: list, proxied: true });
    const attacker = bearer(await token("mallory", { claims: { client_id: "other" } }));
    expect(
      await standsAfter(
        shop,
        times(10, () => get("/orders", { ...attacker, ...byAttacker })),
        await ann(),
      ),
    ).toMatch(UNSPENT);
  });

  it("L11 looking for paths spends nothing of what the address has for operations", async () => {
    const shop = await openShop({ limits, proxied: true });
    expect(
      await standsAfter(
        shop,
        times(10, (i) => get(`/nothing/${i}`, byAnn)),
        get("/products", byAnn),
      ),
    ).toMatch(UNSPENT);
  });

  it("L11 whoever knows nobody's name spends his own address's budget only", async () => {
    const shop = await openShop({ limits, proxied: true });
    expect(
      await standsAfter(
        shop,
        times(10, () => get("/products", byAttacker)),
        get("/products", byAnn),
      ),
    ).toMatch(UNSPENT);
    expect(
      await standsAfter(
        shop,
        times(10, () => get("/products", byAnn)),
        await ann(),
      ),
    ).toMatch(UNSPENT);
  });
});
