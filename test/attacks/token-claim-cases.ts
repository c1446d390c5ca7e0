// ATTACKS.md J18 to J23, J27: what a rightly signed token says.
import { AUDIENCE, ISSUER } from "../authentication/issuer.ts";
import * as naive from "./naive-verifiers.ts";
import { cases, MALFORMED, PASSES_JOSE, token, TYPE, written, type TokenCase } from "./token-making.ts";

export const CLAIMS: readonly TokenCase[] = [
  ...cases("J18", MALFORMED, naive.signatureOnly, [
    ["exp is missing", (lab) => token(lab, {}, { exp: undefined }), PASSES_JOSE],
    ["exp is a text", (lab) => token(lab, {}, { exp: String(lab.seconds + 300) })],
    ["exp is negative", (lab) => token(lab, {}, { exp: -1 })],
    ["exp is now", (lab) => token(lab, {}, { exp: lab.seconds }), { reason: /token-expired/, passesJose: true }],
    ["exp is 1e300", (lab) => written(lab, "exp", "1e300"), PASSES_JOSE],
    ["exp is null", (lab) => token(lab, {}, { exp: null })],
    ["exp has passed long ago", (lab) => token(lab, {}, { exp: lab.seconds - 3_600 }), { reason: /token-expired/ }],
  ]),
  ...cases("J19", /token-not-yet-valid/, naive.signatureOnly, [
    ["nbf lies beyond the skew", (lab) => token(lab, {}, { nbf: lab.seconds + 90 })],
    ["iat lies beyond the skew", (lab) => token(lab, {}, { iat: lab.seconds + 90 }), PASSES_JOSE],
    ["nbf is a text", (lab) => token(lab, {}, { nbf: "1" }), { reason: MALFORMED }],
    ["iat is 1e300", (lab) => written(lab, "iat", "1e300"), { reason: MALFORMED, passesJose: true }],
  ]),
  ...(["nbf", "iat"] as const).flatMap((name): TokenCase[] => [
    { id: "J20", name: `${name} exactly at the skew`, make: (lab) => token(lab, {}, { [name]: lab.seconds + 30 }) },
    {
      id: "J20",
      name: `${name} a second beyond the skew`,
      make: (lab) => token(lab, {}, { [name]: lab.seconds + 31 }),
      reason: /token-not-yet-valid/,
      fools: naive.signatureOnly,
      unserved: true,
      ...(name === "iat" && PASSES_JOSE),
    },
  ]),
  ...cases("J21", /issuer-rejected/, naive.signatureOnly, [
    ["iss without its slash", (lab) => token(lab, {}, { iss: ISSUER.slice(0, -1) })],
    ["iss with a slash more", (lab) => token(lab, {}, { iss: `${ISSUER}/` })],
    ["iss in capitals", (lab) => token(lab, {}, { iss: ISSUER.toUpperCase() })],
    ["iss in a list", (lab) => token(lab, {}, { iss: [ISSUER] })],
    ["iss is missing", (lab) => token(lab, {}, { iss: undefined })],
    ["iss begins like it", (lab) => token(lab, {}, { iss: "https://login.example.com.evil.example/" })],
  ]),
  ...cases("J22", /audience-rejected/, naive.signatureOnly, [
    ["aud is missing", (lab) => token(lab, {}, { aud: undefined })],
    ["aud is a prefix", (lab) => token(lab, {}, { aud: AUDIENCE.slice(0, -1) })],
    ["aud begins like it", (lab) => token(lab, {}, { aud: `${AUDIENCE}.evil.example` })],
    ["aud is an object", (lab) => token(lab, {}, { aud: { 0: AUDIENCE } })],
    ["aud is another API", (lab) => token(lab, {}, { aud: "https://other.example.com" })],
    ["aud lists other APIs", (lab) => token(lab, {}, { aud: ["https://other.example.com", "a"] })],
    ["aud lists something that is no name", (lab) => token(lab, {}, { aud: [AUDIENCE, 5] }), PASSES_JOSE],
  ]),
  ...cases("J23", TYPE, naive.signatureOnly, [
    ["an ID token by its type", (lab) => token(lab, { typ: "JWT" }, { nonce: "n" })],
    ["a token without type", (lab) => token(lab, { typ: undefined })],
    ["an ID token by its claims", (lab) => token(lab, {}, { at_hash: "x", nonce: "n" }), PASSES_JOSE],
    ["a logout token by its type", (lab) => token(lab, { typ: "logout+jwt" })],
    ["a logout token by its claims", (lab) => token(lab, {}, { events: {} }), PASSES_JOSE],
    ["a DPoP proof by its type", (lab) => token(lab, { typ: "dpop+jwt" })],
    ["a DPoP proof by its claims", (lab) => token(lab, {}, { htm: "GET", htu: "https://a" }), PASSES_JOSE],
    ["a token about a caller, as the gate makes it", (lab) => token(lab, { typ: "portcullis-caller+jwt" })],
  ]),
  {
    id: "J23",
    name: "application/at+jwt is an access token",
    make: (lab) => token(lab, { typ: "application/at+jwt" }),
  },
  ...cases("J27", /issuer-rejected/, naive.keyOfAnyIssuer, [
    [
      "another issuer's token, with a key of the same name",
      (lab) => token(lab, {}, { iss: "https://other.example/" }, lab.mine),
    ],
    [
      "another issuer speaks in this one's name, with a key of the same name",
      (lab) => token(lab, {}, {}, lab.mine),
      { reason: /signature-invalid/ },
    ],
  ]),
];
