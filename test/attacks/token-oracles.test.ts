// ATTACKS.md J30: the time of a refusal tells nothing of a secret. Medians of many interleaved tries; a leak shows in every round, noise in few.
import { beforeAll, describe, expect, it } from "vitest";
import { type ApiKey, apiKeyAuthenticator } from "../../src/authentication/api-key-authenticator.ts";
import { makeApiKey } from "../../src/authentication/api-key-text.ts";
import type { Authenticator } from "../../src/authentication/authenticator.ts";
import { secretKey } from "../../src/authentication/secret-key.ts";
import type { Exchange } from "../../src/core/exchange.ts";
import { FakeTime } from "../authentication/fake-time.ts";
import { claimsAt, encode, hmacToken } from "../authentication/issuer.ts";
import { authenticatorOf, verdict } from "../authentication/judging.ts";
import { bearer, request } from "../authentication/requests.ts";
import { equalInConstantTime } from "../../src/cryptography/constant-time.ts";

const TRIES = 3_000;
const ROUNDS = 8;
/** Medians that lie closer are alike: an early return saves half of the work or more. */
const ALIKE = 1.2;

/** How much longer the slower of two takes, in the median of interleaved tries. */
function ratio(one: () => unknown, two: () => unknown): number {
  const times: [number[], number[]] = [[], []];
  for (let i = 0; i < TRIES; i += 1) {
    // Who goes first changes: what the first leaves in caches would help the second.
    for (const which of i % 2 === 0 ? [0, 1] : [1, 0]) {
      const began = process.hrtime.bigint();
      if (which === 0) one();
      else two();
      times[which as 0 | 1].push(Number(process.hrtime.bigint() - began));
    }
  }
  const [a, b] = times.map((list) => list.sort((x, y) => x - y)[TRIES / 2] as number) as [number, number];
  return Math.max(a, b) / Math.min(a, b);
}

function smallestRatio(one: () => unknown, two: () => unknown): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS && smallest > ALIKE; round += 1) smallest = Math.min(smallest, ratio(one, two));
  return smallest;
}

const time = new FakeTime();

describe("API keys", () => {
  const kept = Array.from({ length: 100 }, () => makeApiKey());
  let gate: Authenticator;
  let unknown: Exchange;
  let wrong: Exchange;

  beforeAll(() => {
    const known = makeApiKey();
    const keys = [...kept, { ...known, hash: makeApiKey().hash }].map(({ id, hash }): ApiKey => ({
      id,
      hash,
      name: "n",
      scopes: [],
      roles: [],
      expiresAtMs: undefined,
      isRevoked: false,
    }));
    gate = apiKeyAuthenticator({ scheme: "k", carrier: { in: "header", name: "X-API-Key" }, keys, clock: time });
    // Its id is known, its secret is not the one that is kept.
    wrong = request(["X-API-Key", known.text]);
    unknown = request(["X-API-Key", makeApiKey().text]);
  });

  it("J30 an unknown id takes as long as a known one with a wrong secret", async () => {
    for (const one of [wrong, unknown]) expect(await verdict(gate, one)).toBe("authentication.api-key-rejected");
    const ask = (exchange: Exchange) => () => gate.authenticate(exchange);
    expect(smallestRatio(ask(unknown), ask(wrong))).toBeLessThan(ALIKE);
  });

  it("J30 who looks an id up first and hashes only then, tells which ids there are", () => {
    const ids = new Map(kept.map(({ id, hash }) => [id, hash]));
    const naive = (id: string, text: string) => () => {
      const hash = ids.get(id);
      return hash !== undefined && gate.authenticate(request(["X-API-Key", text]));
    };
    const [one] = kept as [(typeof kept)[0]];
    expect(smallestRatio(naive("0000000000", one.text), naive(one.id, one.text))).toBeGreaterThan(ALIKE);
  });
});

describe("a shared secret", () => {
  it("J30 a signature that is wrong in its first byte takes as long as one that is wrong in its last", async () => {
    const secret = "0123456789abcdef0123456789abcdef";
    const gate = authenticatorOf(secretKey({ secret }), time);
    const honest = hmacToken(secret, { alg: "HS256", typ: "at+jwt" }, claimsAt(time.seconds));
    const at = honest.lastIndexOf(".");
    const changed = (index: number): Exchange => {
      const signature = Buffer.from(honest.slice(at + 1), "base64url");
      signature[index] = (signature[index] as number) ^ 1;
      return bearer(`${honest.slice(0, at)}.${encode(signature)}`);
    };
    const [first, last] = [changed(0), changed(31)];
    for (const one of [first, last]) expect(await verdict(gate, one)).toBe("authentication.signature-invalid");
    expect(
      smallestRatio(
        () => gate.authenticate(first),
        () => gate.authenticate(last),
      ),
    ).toBeLessThan(ALIKE);
  });

  it("J30 a comparison that stops at the first difference would tell where it is", () => {
    const secret = Buffer.alloc(4_096, 1);
    const early = Buffer.concat([Buffer.from([0]), secret.subarray(1)]);
    const late = Buffer.concat([secret.subarray(1), Buffer.from([0])]);
    const naive = (given: Buffer) => () => secret.every((byte, i) => byte === given[i]);
    expect(smallestRatio(naive(early), naive(late))).toBeGreaterThan(ALIKE);
    const constant = (given: Buffer) => () => equalInConstantTime(secret, given);
    expect(smallestRatio(constant(early), constant(late))).toBeLessThan(ALIKE);
  });
});
