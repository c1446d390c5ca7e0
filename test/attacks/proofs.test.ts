// ATTACKS.md D at the gate: tokens that are bound to a key, without its proof or with a wrong one. A verifier that ignores `cnf` takes them all.
import { beforeAll, describe, expect, it } from "vitest";
import type { Authenticator } from "../../src/authentication/authenticator.ts";
import { MemoryProofs } from "../../src/authentication/proof-memory.ts";
import { ProofNonces } from "../../src/authentication/proof-nonces.ts";
import type { DpopOptions } from "../../src/authentication/proof-options.ts";
import { FakeTime } from "../authentication/fake-time.ts";
import { claimsAt, issue, makeKey, type TestKey } from "../authentication/issuer.ts";
import { authenticatorOf, denied, keysOf, verdict } from "../authentication/judging.ts";
import { bareKey, boundToken, proofOf, proven, thumbprintOf, URL_OF_ORDERS } from "../authentication/proofs.ts";
import { request } from "../authentication/requests.ts";
import { joseWithCare, type Lab } from "./naive-verifiers.ts";
import { honest, PROOF_CASES, type ProofLab, REPLAYS } from "./proof-cases.ts";

const HOLDERS = ["ES256", "ES384", "EdDSA", "PS256", "RS256"] as const;
const SKEW_SECONDS = 30;
let issuer: TestKey;
let thief: TestKey;
let holders: ReadonlyMap<string, TestKey>;
let time: FakeTime;

beforeAll(async () => {
  issuer = await makeKey("ES256", "issuer");
  thief = await makeKey("ES256", "thief");
  holders = new Map(await Promise.all(HOLDERS.map(async (alg) => [alg, await makeKey(alg, "holder")] as const)));
  time = new FakeTime();
});

const gateWith = async (dpop: DpopOptions = {}): Promise<Authenticator> =>
  authenticatorOf(await keysOf(issuer), time, { dpop });

async function labOf(alg: string): Promise<ProofLab> {
  const holder = holders.get(alg) as TestKey;
  const { seconds } = time;
  const token = await boundToken(issuer, holder, seconds);
  const unbound = await issue(issuer, claimsAt(seconds));
  return { holder, thief, token, unbound, url: URL_OF_ORDERS, seconds };
}

const naive: () => Lab = () => ({ key: issuer, mine: thief, all: [issuer], seconds: time.seconds });
const tokenOf = (authorization: string) => authorization.split(" ")[1] as string;

describe.each(HOLDERS)("a holder with a key for %s", (alg) => {
  it("passes with a proof, and is known with the key that was proven", async () => {
    const lab = await labOf(alg);
    const gate = await gateWith();
    const result = await gate.authenticate(proven(lab.token, honest(lab)));
    expect(result).toMatchObject({
      principal: { method: "dpop", boundTo: thumbprintOf(lab.holder), subject: "user-1" },
    });
  });
});

describe("each variant", () => {
  it.each(PROOF_CASES)("$id $name", async ({ make, reason }) => {
    const lab = await labOf("ES256");
    const { authorization, dpop } = make(lab);
    const fields = ["Authorization", authorization, ...(dpop === undefined ? [] : ["DPoP", dpop])];
    expect(await joseWithCare(tokenOf(authorization), naive()), "taken by who ignores cnf").toBe(true);
    expect(await verdict(await gateWith(), request(fields))).toMatch(reason ?? /^accepted$/);
  });

  it("no two have one title", () => {
    expect(new Set(PROOF_CASES.map(({ id, name }) => `${id} ${name}`)).size).toBe(PROOF_CASES.length);
  });

  it("D01 two DPoP fields", async () => {
    const lab = await labOf("ES256");
    const fields = ["Authorization", `DPoP ${lab.token}`, "DPoP", honest(lab), "DPoP", honest(lab)];
    expect(await verdict(await gateWith(), request(fields))).toBe("authentication.proof-malformed");
  });

  it("D06 another holder's proof for this token, rightly made", async () => {
    const lab = await labOf("ES256");
    const other = holders.get("EdDSA") as TestKey;
    expect(await verdict(await gateWith(), proven(lab.token, proofOf(other, lab)))).toBe(
      "authentication.proof-key-mismatch",
    );
  });

  it.each<[string, (key: TestKey) => Record<string, unknown>]>([
    ["a certificate beside the key", (key) => ({ jkt: thumbprintOf(key), "x5t#S256": thumbprintOf(key) })],
    ["a certificate alone", (key) => ({ "x5t#S256": thumbprintOf(key) })],
    ["the key itself", (key) => ({ jwk: bareKey(key) })],
    ["an empty one", () => ({})],
    ["a thumbprint with padding", (key) => ({ jkt: `${thumbprintOf(key)}=` })],
    ["a thumbprint in a list", (key) => ({ jkt: [thumbprintOf(key)] })],
  ])("D06 a confirmation that is not verified here: %s", async (_name, cnf) => {
    const lab = await labOf("ES256");
    const token = await issue(issuer, claimsAt(lab.seconds, { cnf: cnf(lab.holder) }));
    const proof = proofOf(lab.holder, { ...lab, token });
    expect(await verdict(await gateWith(), proven(token, proof))).toBe("authentication.proof-required");
  });

  it.each([
    ["off", "authentication.proof-required"],
    ["accept", "authentication.proof-required"],
    ["require", "authentication.proof-required"],
  ] as const)("D10 with dpop %s a bound token as Bearer is refused", async (mode, reason) => {
    const lab = await labOf("ES256");
    const fields = ["Authorization", `Bearer ${lab.token}`, "DPoP", honest(lab)];
    expect(await verdict(await gateWith({ mode }), request(fields))).toBe(reason);
  });

  it("D10 with dpop require a token that is bound to nothing is refused, though it holds", async () => {
    const { unbound } = await labOf("ES256");
    const asBearer = request(["Authorization", `Bearer ${unbound}`]);
    expect(await verdict(await gateWith(), asBearer)).toBe("accepted");
    expect(await verdict(await gateWith({ mode: "require" }), asBearer)).toBe("authentication.token-unbound");
  });

  it("D10 with dpop off the scheme DPoP is none of ours", async () => {
    const lab = await labOf("ES256");
    expect(await verdict(await gateWith({ mode: "off" }), proven(lab.token, honest(lab)))).toBe("absent");
  });
});

describe("the moment", () => {
  it.each([
    [-60 - SKEW_SECONDS, "accepted"],
    [-61 - SKEW_SECONDS, "authentication.proof-stale"],
    [SKEW_SECONDS, "accepted"],
    [SKEW_SECONDS + 1, "authentication.proof-stale"],
  ])("D04 iat %i seconds from now: %s", async (offset, said) => {
    const lab = await labOf("ES256");
    const proof = honest(lab, { claims: { iat: lab.seconds + offset } });
    expect(await verdict(await gateWith(), proven(lab.token, proof))).toBe(said);
  });

  it("D04 is as narrow as the owner has it", async () => {
    const lab = await labOf("ES256");
    const proof = honest(lab, { claims: { iat: lab.seconds - 40 } });
    expect(await verdict(await gateWith({ maxAgeMs: 5_000 }), proven(lab.token, proof))).toBe(
      "authentication.proof-stale",
    );
  });
});

describe("once", () => {
  it.each(REPLAYS)("D02 a proof that was used, %s", async (_name, copy) => {
    const lab = await labOf("ES256");
    const gate = await gateWith();
    const proof = honest(lab);
    expect(await verdict(gate, proven(lab.token, proof))).toBe("accepted");
    expect(await joseWithCare(lab.token, naive())).toBe(true);
    expect(await verdict(gate, proven(lab.token, copy(proof)))).toBe("authentication.proof-replayed");
  });

  it("D02 its jti in a proof that was made later", async () => {
    const lab = await labOf("ES256");
    const gate = await gateWith();
    const jti = "the-same";
    expect(await verdict(gate, proven(lab.token, honest(lab, { claims: { jti } })))).toBe("accepted");
    const later = honest(lab, { claims: { jti, iat: lab.seconds + 20 } });
    expect(await verdict(gate, proven(lab.token, later))).toBe("authentication.proof-replayed");
  });

  it("D02 the same jti of another client is another proof", async () => {
    const lab = await labOf("ES256");
    const other = await labOf("EdDSA");
    const gate = await gateWith();
    for (const { holder, token } of [lab, other]) {
      const proof = proofOf(holder, { token, seconds: lab.seconds }, { claims: { jti: "the-same" } });
      expect(await verdict(gate, proven(token, proof))).toBe("accepted");
    }
  });

  it("D02 one proof, 20 times at once, also where its signature takes the thread pool: one success", async () => {
    for (const alg of ["ES256", "ES384"]) {
      const lab = await labOf(alg);
      const gate = await gateWith();
      const proof = honest(lab);
      const said = await Promise.all(Array.from({ length: 20 }, () => verdict(gate, proven(lab.token, proof))));
      expect(said.filter((one) => one === "accepted")).toHaveLength(1);
      expect(said.filter((one) => one === "authentication.proof-replayed")).toHaveLength(19);
    }
  });

  it("D02 is remembered until it is stale anyhow, and by the policy that comes after a reload", async () => {
    const memory = new MemoryProofs();
    const lab = await labOf("ES256");
    const proof = honest(lab, { claims: { iat: lab.seconds + SKEW_SECONDS } });
    expect(await verdict(await gateWith({ memory }), proven(lab.token, proof))).toBe("accepted");
    const reloaded = await gateWith({ memory });
    const ends = 60 + 2 * SKEW_SECONDS;
    time.pass((ends - 1) * 1_000);
    expect(await verdict(reloaded, proven(lab.token, proof))).toBe("authentication.proof-replayed");
    time.pass(2_000);
    expect(await verdict(reloaded, proven(lab.token, proof))).toBe("authentication.proof-stale");
    expect(memory.size).toBe(1);
    time.pass(60_000);
    const next = await labOf("ES256");
    await verdict(reloaded, proven(next.token, honest(next)));
    expect(memory.size).toBe(1);
  });

  it("a proof that was refused for something else is not used up, and two schemes may look at one", async () => {
    const lab = await labOf("ES256");
    const memory = new MemoryProofs();
    const [first, second] = [await gateWith({ memory }), await gateWith({ memory })];
    const proof = honest(lab);
    expect(await verdict(first, proven(lab.unbound, proof))).toBe("authentication.token-unbound");
    expect(await verdict(first, proven(lab.token, proof, "/orders/7"))).toBe("authentication.proof-request-mismatch");
    const exchange = proven(lab.token, proof);
    expect([await verdict(first, exchange), await verdict(second, exchange)]).toEqual(["accepted", "accepted"]);
    expect(await verdict(second, proven(lab.token, proof))).toBe("authentication.proof-replayed");
  });

  it("a client that floods the memory is refused, and others are not", async () => {
    const memory = new MemoryProofs(800);
    const gate = await gateWith({ memory });
    const flooding = await labOf("ES256");
    const said: string[] = [];
    for (let i = 0; i < 120; i += 1) said.push(await verdict(gate, proven(flooding.token, honest(flooding))));
    expect(said.at(-1)).toBe("authentication.proofs-exhausted");
    const fresh = await denied(gate, proven(flooding.token, honest(flooding)));
    expect(fresh.lines).toEqual(["Retry-After", "30"]);
    // A second key of the same caller changes nothing.
    const second = await labOf("EdDSA");
    expect(await verdict(gate, proven(second.token, honest(second)))).toBe("authentication.proofs-exhausted");
    const other = holders.get("PS256") as TestKey;
    const token = await boundToken(issuer, other, time.seconds, { sub: "user-2" });
    expect(await verdict(gate, proven(token, proofOf(other, { token, seconds: time.seconds })))).toBe("accepted");
  });
});

describe("a nonce that is demanded", () => {
  const nonces = new ProofNonces();
  const challengeOf = async (gate: Authenticator, lab: ProofLab, claims: Record<string, unknown> = {}) => {
    const { reason, lines = [] } = await denied(gate, proven(lab.token, honest(lab, { claims })));
    expect(reason).toBe("authentication.proof-nonce-required");
    return lines;
  };

  it.each<[string, Record<string, unknown>]>([
    ["missing", {}],
    ["another server's", { nonce: new ProofNonces().current(Date.now()) }],
    ["empty", { nonce: "" }],
    ["made up", { nonce: "AAAAAAAAAAAAAAAAAAAAAA" }],
  ])("D12 %s: the answer brings one, and with it the client passes", async (_name, claims) => {
    const lab = await labOf("ES256");
    expect(await verdict(await gateWith(), proven(lab.token, honest(lab, { claims })))).toBe("accepted");
    const gate = await gateWith({ nonces });
    const lines = await challengeOf(gate, lab, claims);
    expect(lines[1]).toMatch(/^DPoP realm="oauth", error="use_dpop_nonce", error_description="[^"]+", algs="ES256 /);
    expect(lines[2]).toBe("DPoP-Nonce");
    const nonce = lines[3] as string;
    const exchange = proven(lab.token, honest(lab, { claims: { nonce } }));
    expect(await verdict(gate, exchange)).toBe("accepted");
    expect(exchange.answerFields).toEqual([]);
  });

  it("D12 one that has ended; the one before is good, and its answer brings the next", async () => {
    const gate = await gateWith({ nonces });
    const first = await labOf("ES256");
    const nonce = (await challengeOf(gate, first))[3] as string;
    time.pass(60_000);
    const second = await labOf("ES256");
    const exchange = proven(second.token, honest(second, { claims: { nonce } }));
    expect(await verdict(gate, exchange)).toBe("accepted");
    expect(exchange.answerFields.slice(0, 2)).toEqual(["DPoP-Nonce", nonces.current(time.nowMs())]);
    time.pass(60_000);
    await challengeOf(gate, await labOf("ES256"), { nonce });
  });

  it("D12 a nonce is told to nobody who does not have the key", async () => {
    const lab = await labOf("ES256");
    const { reason, lines = [] } = await denied(
      await gateWith({ nonces }),
      proven(lab.token, honest(lab, { by: thief })),
    );
    expect([reason, lines.includes("DPoP-Nonce")]).toEqual(["authentication.proof-signature-invalid", false]);
  });
});
