// ATTACKS.md J as cases: each variant of each line, the naive verifier that it fools, and why the gate refuses it.
import { sign } from "node:crypto";
import { claimsAt, encode, headerText, hmacToken, type TestKey } from "../authentication/issuer.ts";
import * as naive from "./naive-verifiers.ts";
import {
  ALGORITHM,
  withAlgorithm,
  bare,
  cases,
  certificate,
  MALFORMED,
  NOT_ITS_KEY,
  other,
  parted,
  PASSES_JOSE,
  signedAs,
  text,
  token,
  unsigned,
  type Row,
  type TokenCase,
} from "./token-making.ts";
import { CLAIMS } from "./token-claim-cases.ts";
import { WRITING } from "./token-writing-cases.ts";

const PUBLIC_FORMS: readonly (readonly [string, (key: TestKey) => string | Buffer])[] = [
  ["PEM", naive.pemOf],
  ["DER", (key) => key.publicKey.export({ type: "spki", format: "der" })],
  ["JWK", (key) => JSON.stringify(key.jwk)],
  ["member of the JWK", (key) => String(key.jwk.n ?? key.jwk.x)],
];

const KEYS: readonly TokenCase[] = [
  ...cases("J01", MALFORMED, naive.headerDecides(), [
    ...["none", "None", "NONE", "nOnE"].map((alg): Row => [`alg ${alg}`, (lab) => unsigned(lab, { alg })]),
    ["alg none with something behind it", (lab) => `${unsigned(lab, { alg: "none" })}AA`, { reason: ALGORITHM }],
    ["alg missing", (lab) => token(lab, { alg: undefined }), { reason: ALGORITHM }],
    ["alg null", (lab) => token(lab, { alg: null }), { reason: ALGORITHM }],
    ["alg in lower case", (lab) => token(lab, { alg: lab.key.alg.toLowerCase() }), { reason: ALGORITHM }],
  ]),
  ...PUBLIC_FORMS.flatMap(([form, of]) =>
    cases("J02", ALGORITHM, naive.headerDecides(of), [
      [
        `the public key as ${form} is the secret of HS256`,
        (lab) => hmacToken(of(lab.key), { alg: "HS256", typ: "at+jwt", kid: lab.key.kid }, claimsAt(lab.seconds)),
      ],
    ]),
  ),
  ...cases("J03", MALFORMED, naive.decodes, [
    ["the signature stripped", (lab) => parted(lab).slice(0, 2).join(".").concat(".")],
    ["two parts", (lab) => parted(lab).slice(0, 2).join(".")],
    ["five parts, as a JWE has them", (lab) => [...parted(lab), "e30", "e30"].join(".")],
    ["four parts", (lab) => `${token(lab)}.`],
    [
      "JSON serialisation, flattened",
      (lab) => {
        const [header, payload, signature] = parted(lab);
        return JSON.stringify({ protected: header, payload, signature });
      },
    ],
    [
      "JSON serialisation, general",
      (lab) => {
        const [header, payload, signature] = parted(lab);
        return JSON.stringify({ payload, signatures: [{ protected: header, signature }] });
      },
    ],
    ["no header", (lab) => `.${parted(lab).slice(1).join(".")}`],
    ["no payload", (lab) => `${parted(lab)[0]}..${parted(lab)[2]}`, { fools: undefined }],
  ]),
  ...cases("J04", /signature-invalid/, naive.textbookEcdsa, [
    ["r and s are zero", (lab) => signedAs(lab, Buffer.alloc(64)), { only: "ES256" }],
    [
      "r and s are the order of the curve",
      (lab) => {
        const order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
        return signedAs(lab, Buffer.from(order + order, "hex"));
      },
      { only: "ES256" },
    ],
  ]),
  ...cases("J05", /signature-invalid/, naive.derSignature, [
    [
      "a signature in DER",
      (lab) => {
        const signed = `${encode(headerText(lab.key))}.${encode(text(lab))}`;
        return `${signed}.${encode(sign("sha256", Buffer.from(signed), lab.key.privateKey))}`;
      },
      { only: "ES256" },
    ],
  ]),
  ...cases("J06", NOT_ITS_KEY, undefined, [
    ...["RS256", "PS256", "ES256", "EdDSA"].flatMap((alg): Row[] => [
      [`a key of ${alg} under this key's name, with its own algorithm`, (lab) => token(lab, {}, {}, other(lab, alg))],
      [
        `a key of ${alg} under this key's name, with this key's algorithm`,
        (lab) => token(lab, { alg: lab.key.alg }, {}, other(lab, alg)),
      ],
    ]),
    [
      "this key for PS256, though it is for RS256",
      withAlgorithm("PS256"),
      { only: "RS256", fools: naive.namedAlgorithm },
    ],
    [
      "this key for RS256, though it is for PS256",
      withAlgorithm("RS256"),
      { only: "PS256", fools: naive.namedAlgorithm },
    ],
    [
      "this key for RS384, though it is for RS256",
      withAlgorithm("RS384"),
      { only: "RS256", fools: naive.namedAlgorithm },
    ],
    ["this curve with the digest of another", withAlgorithm("ES384"), { only: "ES256", fools: naive.namedAlgorithm }],
  ]),
  ...cases("J07", MALFORMED, naive.embeddedKey, [
    ["a jwk in the header", (lab) => token(lab, { jwk: bare(lab.mine) }, {}, lab.mine)],
    [
      "a jwk in the header, under another name",
      (lab) => token(lab, { jwk: bare(lab.mine), kid: "mine" }, {}, lab.mine),
    ],
    [
      "a certificate in the header (x5c)",
      (lab) => token(lab, { x5c: [certificate(lab.mine)] }, {}, lab.mine),
      { only: "ES256", fools: naive.embeddedCertificate, reason: NOT_ITS_KEY },
    ],
  ]),
  ...cases("J09", /key-unknown/, undefined, [
    ["kid is a path", (lab) => token(lab, { kid: "../uploads/mine" }, {}, lab.mine), { fools: naive.keyFromFile }],
    [
      "kid is SQL",
      (lab) => token(lab, { kid: "x' UNION SELECT text FROM notes --" }, {}, lab.mine),
      { fools: naive.keyFromDatabase },
    ],
    ["kid is a name of every object", (lab) => token(lab, { kid: "__proto__" }, {}, lab.mine)],
    ["kid is a name of every object, too", (lab) => token(lab, { kid: "constructor" }, {}, lab.mine)],
    [
      "kid ends in NUL",
      (lab) => token(lab, { kid: `${lab.key.kid}\0x` }),
      { fools: naive.keyByLooseName, reason: MALFORMED },
    ],
    [
      "kid is an array",
      (lab) => token(lab, { kid: [lab.key.kid] }),
      { fools: naive.keyByLooseName, reason: MALFORMED },
    ],
    ["kid is empty", (lab) => token(lab, { kid: "" }), { fools: naive.signatureOnly, reason: MALFORMED }],
    [
      "kid has 100 KB",
      (lab) => token(lab, { kid: "k".repeat(100_000) }),
      { fools: naive.signatureOnly, reason: /token-too-large/, unserved: true },
    ],
    [
      "kid has 5 KB",
      (lab) => token(lab, { kid: "k".repeat(5_000) }),
      { fools: naive.signatureOnly, reason: MALFORMED },
    ],
  ]),
  ...cases("J10", /key-unknown/, naive.joseByKey, [
    ["kid is missing", (lab) => token(lab, { kid: undefined }), PASSES_JOSE],
  ]),
];

export const TOKEN_CASES: readonly TokenCase[] = [...KEYS, ...WRITING, ...CLAIMS];
