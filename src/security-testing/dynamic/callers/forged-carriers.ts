// Good tokens where none may be (ATTACKS.md J25), without the proof that they are bound to (D), or sent as something else.
import type { Forge, Forgery } from "./forging.ts";
import type { Carried } from "./scheme-tokens.ts";
import { makeProofKey, type ProofFault, type ProofKey, proofFor } from "./proof-key.ts";
import type { Field, Proof } from "../wire.ts";
import { sharedKey } from "./test-key.ts";

function misplaced(name: string, carry: (token: string) => Carried): Forgery {
  return { name, attack: "J25", rule: "dynamic.token-misplaced-accepted", make: (forge) => carry(forge.signed()) };
}

const cookie = (name: string) =>
  misplaced(`in the cookie ${name}`, (token) => ({ fields: [["Cookie", `${name}=${token}`]] }));

const inQuery = (name: string, parameter: string): Forgery => ({
  name,
  attack: "J25",
  rule: "dynamic.token-in-query-accepted",
  make: (forge) => ({ fields: [], query: [[parameter, forge.signed()]] }),
});

export const FORGED_PLACES: readonly Forgery[] = [
  inQuery("in the query", "access_token"),
  inQuery("in the query as token", "token"),
  inQuery("in the query as jwt", "jwt"),
  cookie("access_token"),
  cookie("token"),
  misplaced("without a scheme", (token) => ({ fields: [["Authorization", token]] })),
  misplaced("as another scheme", (token) => ({ fields: [["Authorization", `Token ${token}`]] })),
  misplaced("as a name of Basic", (token) => ({
    fields: [["Authorization", `Basic ${Buffer.from(`${token}:`).toString("base64")}`]],
  })),
  misplaced("in X-Access-Token", (token) => ({ fields: [["X-Access-Token", token]] })),
  misplaced("in Proxy-Authorization", (token) => ({ fields: [["Proxy-Authorization", `Bearer ${token}`]] })),
];

/** A bound token that comes with a proof which proves nothing. */
function unproven(
  name: string,
  attack: string,
  fault: (holder: ProofKey, forge: Forge) => ProofFault | undefined,
): Forgery {
  return {
    name,
    attack,
    rule: "dynamic.token-without-proof-accepted",
    only: "gate",
    make(forge) {
      if (forge.tokens.binding === "off") return undefined;
      const token = forge.tokens.token(forge.tokens.bound(forge.claims));
      const holder = forge.tokens.proofKey;
      const wrong = fault(holder, forge);
      if (wrong === undefined) return undefined;
      return { fields: [["Authorization", `DPoP ${token}`]], proof: proofFor(holder, token, wrong) };
    },
  };
}

function bare(name: string, attack: string, how: "Bearer" | "DPoP"): Forgery {
  return {
    name,
    attack,
    rule: "dynamic.token-without-proof-accepted",
    only: "gate",
    make: ({ tokens, claims }) => ({ fields: [["Authorization", `${how} ${tokens.token(tokens.bound(claims))}`]] }),
  };
}

/** The same proof each time, until a gate asks for another. */
function repeatedly(proof: Proof): Proof {
  let made: readonly Field[] | undefined;
  return {
    fields: (request) => (made ??= proof.fields(request)),
    told(reply) {
      const asksAgain = proof.told(reply);
      if (asksAgain) made = undefined;
      return asksAgain;
    },
  };
}

/** Skew of clocks, and some. */
const BEYOND_S = 60;

export const FORGED_PROOFS: readonly Forgery[] = [
  bare("bound token as Bearer without a proof", "D10", "Bearer"),
  bare("bound token without a proof", "D01", "DPoP"),
  unproven("proof by another key", "D06", () => ({ key: makeProofKey().key })),
  unproven("proof for another method", "D03", () => ({ claims: { htm: "OPTIONS" } })),
  unproven("proof for another address", "D03", () => ({ claims: { htu: "https://another.invalid/" } })),
  unproven("proof for another token", "D05", () => ({ claims: { ath: "A".repeat(43) } })),
  unproven("proof for no token", "D05", () => ({ claims: { ath: undefined } })),
  unproven("proof that is too old", "D04", (_, { now, tokens }) => ({
    claims: { iat: now - tokens.entry.dpop.maxAgeMs / 1_000 - BEYOND_S },
  })),
  unproven("proof of the future", "D04", (_, { now }) => ({ claims: { iat: now + BEYOND_S } })),
  unproven("proof without the nonce that is demanded", "D12", (_, { tokens }) =>
    tokens.entry.dpop.nonce ? { claims: { nonce: undefined } } : undefined,
  ),
  unproven("proof with a nonce of somebody else's", "D12", (_, { tokens }) =>
    tokens.entry.dpop.nonce ? { claims: { nonce: "A".repeat(43) } } : undefined,
  ),
  unproven("proof of another type", "D09", () => ({ header: { typ: "JWT" } })),
  unproven("proof by a secret", "D08", () => ({ key: sharedKey("secret", "") })),
  unproven("proof that gives its private key away", "D07", ({ key }) => ({
    header: { jwk: key.privateKey?.export({ format: "jwk" }) },
  })),
  unproven("two proofs", "D01", () => ({ times: 2 })),
  {
    name: "a proof that was used before",
    attack: "D02",
    rule: "dynamic.token-without-proof-accepted",
    only: "gate",
    isReplay: true,
    make({ tokens, claims }) {
      if (tokens.binding === "off") return undefined;
      const token = tokens.token(tokens.bound(claims));
      const proof = repeatedly(proofFor(tokens.proofKey, token));
      return { fields: [["Authorization", `DPoP ${token}`]], proof };
    },
  },
  {
    name: "token that is bound to nothing",
    rule: "dynamic.token-without-proof-accepted",
    only: "gate",
    make({ tokens, claims }) {
      if (tokens.binding !== "require") return undefined;
      return { fields: [["Authorization", `Bearer ${tokens.token({ ...claims, cnf: undefined })}`]] };
    },
  },
];
