// ATTACKS.md J: every variant with keys of RS, PS, ES and EdDSA. It first fools a verifier as people write it, then the gate refuses it.
import { beforeAll, describe, expect, it } from "vitest";
import type { Authenticator } from "../../src/authentication/authenticator.ts";
import { FakeTime } from "../authentication/fake-time.ts";
import { claimsAt, issue, makeKey, type TestKey } from "../authentication/issuer.ts";
import { authenticatorOf, keysOf, verdict } from "../authentication/judging.ts";
import { joseWithCare, type Lab } from "./naive-verifiers.ts";
import { TOKEN_CASES } from "./token-cases.ts";
import type { TokenCase } from "./token-making.ts";

const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"] as const;
const time = new FakeTime();
let keys: readonly TestKey[];
let mine: readonly TestKey[];
let gate: Authenticator;

beforeAll(async () => {
  keys = await Promise.all(ALGORITHMS.map((alg) => makeKey(alg, `key-${alg}`)));
  mine = await Promise.all(ALGORITHMS.map((alg) => makeKey(alg, `key-${alg}`)));
  gate = authenticatorOf(await keysOf(...keys), time);
});

function labOf(alg: (typeof ALGORITHMS)[number]): Lab {
  const at = ALGORITHMS.indexOf(alg);
  return { key: keys[at] as TestKey, mine: mine[at] as TestKey, all: keys, seconds: time.seconds };
}

const casesFor = (alg: string) => TOKEN_CASES.filter(({ only = alg }) => only === alg);

describe.each(ALGORITHMS)("with a key for %s", (alg) => {
  it("an honest token passes, here and with jose", async () => {
    const honest = await issue(labOf(alg).key, claimsAt(time.seconds));
    expect(await verdict(gate, honest)).toBe("accepted");
    expect(await joseWithCare(honest, labOf(alg))).toBe(true);
  });

  it.each(casesFor(alg))("$id $name", async ({ make, reason, fools }) => {
    const lab = labOf(alg);
    const token = make(lab);
    expect(fools === undefined || (await fools(token, lab)), "fools the naive verifier").toBe(true);
    expect(await verdict(gate, token)).toMatch(reason ?? /^accepted$/);
  });

  it("with jose in the place of the strict reader, the cases that say so are no longer refused", async () => {
    const lab = labOf(alg);
    const refused = casesFor(alg).filter(({ reason }) => reason !== undefined);
    const through: string[] = [];
    for (const one of refused) if (await joseWithCare(one.make(lab), lab)) through.push(titleOf(one));
    expect(through).toEqual(refused.filter(({ passesJose }) => passesJose === true).map(titleOf));
    expect(through.length).toBeGreaterThan(15);
  });
});

it("no two cases have one title: each is counted", () => {
  for (const alg of ALGORITHMS) expect(new Set(casesFor(alg).map(titleOf)).size).toBe(casesFor(alg).length);
});

function titleOf({ id, name }: TokenCase): string {
  return `${id} ${name}`;
}
