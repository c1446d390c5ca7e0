// ATTACKS.md J12 to J17, J24: how a token is written.
import { forge, headerText } from "../authentication/issuer.ts";
import * as naive from "./naive-verifiers.ts";
import {
  cases,
  MALFORMED,
  nested,
  PASSES_JOSE,
  spliced,
  text,
  token,
  trailingBits,
  withBytes,
  withMembers,
  type Row,
  type TokenCase,
} from "./token-making.ts";

export const WRITING: readonly TokenCase[] = [
  ...cases("J12", MALFORMED, naive.headerDecides(), [
    ["crit names an unknown extension", (lab) => token(lab, { crit: ["x"], x: 1 })],
    ["crit is empty", (lab) => token(lab, { crit: [] })],
    ["crit names one twice", (lab) => token(lab, { crit: ["b64", "b64"], b64: true }), PASSES_JOSE],
    ["crit names a member of every header", (lab) => token(lab, { crit: ["alg"] })],
    ["crit is a text", (lab) => token(lab, { crit: "b64" })],
  ]),
  ...cases("J13", MALFORMED, naive.headerDecides(), [
    ["b64 is false", (lab) => token(lab, { b64: false }), PASSES_JOSE],
    ["b64 is false, and critical", (lab) => token(lab, { b64: false, crit: ["b64"] })],
    ["zip", (lab) => token(lab, { zip: "DEF" }), PASSES_JOSE],
  ]),
  ...cases(
    "J14",
    MALFORMED,
    naive.joseByKey,
    ['"alg":"none"', '"kid":"other"', '"typ":"JWT"', '"\\u0061lg":"none"'].map((members): Row => [
      `the header has ${members.slice(0, members.indexOf(":"))} twice`,
      (lab) => forge(lab.key, withMembers(headerText(lab.key), members), text(lab)),
      PASSES_JOSE,
    ]),
  ),
  ...cases(
    "J15",
    MALFORMED,
    naive.joseByKey,
    ['"sub":"admin"', '"exp":1', '"aud":"x"', '"\\u0073ub":"admin"', '"deep":{"a":[{"b":1,"b":2}]}'].map(
      (members): Row => [
        `the payload has ${members.startsWith('"deep') ? "a deep member" : members.slice(0, members.indexOf(":"))} twice`,
        (lab) => forge(lab.key, headerText(lab.key), withMembers(text(lab), members)),
        PASSES_JOSE,
      ],
    ),
  ),
  ...cases("J16", MALFORMED, naive.joseByKey, [
    [
      "a byte order mark before the payload",
      (lab) => forge(lab.key, headerText(lab.key), `\ufeff${text(lab)}`),
      PASSES_JOSE,
    ],
    [
      "a byte order mark before the header",
      (lab) => forge(lab.key, `\ufeff${headerText(lab.key)}`, text(lab)),
      PASSES_JOSE,
    ],
    ["bytes that are no UTF-8", (lab) => withBytes(lab, [0xff]), { fools: naive.signatureOnly }],
    ["overlong UTF-8", (lab) => withBytes(lab, [0xc0, 0xaf]), { fools: naive.signatureOnly }],
    ["half of a surrogate pair", (lab) => token(lab, {}, { sub: "\ud800" }), PASSES_JOSE],
    ["a payload that is no object", (lab) => forge(lab.key, headerText(lab.key), "[]"), { fools: naive.signatureOnly }],
    [
      "text behind the payload",
      (lab) => forge(lab.key, headerText(lab.key), `${text(lab)}{}`),
      { fools: naive.signatureOnly },
    ],
  ]),
  {
    id: "J16",
    name: "a member __proto__ does no harm",
    make: (lab) => forge(lab.key, headerText(lab.key), withMembers(text(lab), '"__proto__":{"admin":true}')),
  },
  ...cases("J17", MALFORMED, naive.signatureOnly, [
    ["padding behind the signature", (lab) => `${token(lab)}==`, PASSES_JOSE],
    ["a space within the signature", (lab) => spliced(lab, " "), { ...PASSES_JOSE, reason: /malformed/ }],
    ["a line break within the signature", (lab) => spliced(lab, "\n"), { ...PASSES_JOSE, unserved: true }],
    ["a foreign character within the signature", (lab) => spliced(lab, "*"), {}],
    ["trailing bits that are not zero", trailingBits, PASSES_JOSE],
    [
      "the alphabet of plain base64",
      (lab) => {
        for (let i = 0; ; i += 1) {
          const [header, payload, signature] = token(lab, {}, { jti: `j${i}` }).split(".") as [string, string, string];
          if (/[-_]/.test(signature))
            return `${header}.${payload}.${signature.replaceAll("-", "+").replaceAll("_", "/")}`;
        }
      },
    ],
  ]),
  ...cases("J24", /token-too-large/, naive.joseByKey, [
    ["over 8 KB", (lab) => token(lab, {}, { fill: "x".repeat(7_000) }), PASSES_JOSE],
    ["5,000 levels deep", (lab) => nested(lab, 5_000), { fools: naive.signatureOnly, ...PASSES_JOSE }],
    ["2,000 levels deep, within 8 KB", (lab) => nested(lab, 2_000), { reason: MALFORMED, ...PASSES_JOSE }],
  ]),
];
