// Tokens whose signature proves nothing (ATTACKS.md J01 to J09): none, another's, one by a key that everybody has or that came along.
import { type Claims, encoded } from "./scheme-tokens.ts";
import { certificateOf, type Forge, type Forgery } from "./forging.ts";
import { sharedKey } from "./test-key.ts";

const unsigned = { rule: "dynamic.token-unsigned-accepted" } as const;
const unchecked = { rule: "dynamic.token-signature-unchecked" } as const;
const confused = { rule: "dynamic.token-key-confusion", attack: "J02" } as const;
const brought = { rule: "dynamic.token-key-from-token" } as const;

function none(alg: unknown, forge: Forge): string {
  return `${encoded(forge.tokens.header({ alg }))}.${encoded(forge.claims)}.`;
}

/** HS256 with what everybody can read of the key; undefined where a secret is shared anyway. */
function publicSecret(forge: Forge, secretOf: (forge: Forge) => string | Uint8Array | undefined): string | undefined {
  const secret = forge.tokens.key.publicKey === undefined ? undefined : secretOf(forge);
  return secret === undefined ? undefined : forge.mac(secret);
}

function pem({ tokens }: Forge): string {
  return tokens.key.publicKey?.export({ type: "spki", format: "pem" }) as string;
}

/** What only the issuer may say is judged once it is known to be the issuer's. */
function strangers(name: string, claims: (forge: Forge) => Claims): Forgery {
  return { name, ...unchecked, isStrangers: true, make: (forge) => forge.by(forge.stranger, {}, claims(forge)) };
}

const WEAK_SECRETS: readonly string[] = [
  "secret",
  "",
  "password",
  "changeme",
  "key",
  "jwt",
  "test",
  "supersecret",
  "your-256-bit-secret",
];

export const FORGED_SIGNATURES: readonly Forgery[] = [
  { name: "alg none", attack: "J01", ...unsigned, isCore: true, make: (forge) => none("none", forge) },
  ...["None", "NONE", "nOnE"].map((alg): Forgery => ({
    name: `alg ${alg}`,
    attack: "J01",
    ...unsigned,
    make: (forge) => none(alg, forge),
  })),
  { name: "alg empty", attack: "J01", ...unsigned, make: (forge) => none("", forge) },
  { name: "alg missing", attack: "J01", ...unsigned, make: (forge) => none(undefined, forge) },
  {
    name: "alg none with a signature",
    attack: "J01",
    ...unsigned,
    make: (forge) => `${none("none", forge)}${forge.parts()[2]}`,
  },
  {
    name: "signature stripped",
    attack: "J03",
    ...unsigned,
    make: (forge) => forge.parts().slice(0, 2).join(".") + ".",
  },
  { name: "two parts", attack: "J03", ...unsigned, make: (forge) => forge.parts().slice(0, 2).join(".") },
  {
    name: "payload changed",
    ...unchecked,
    isCore: true,
    make(forge) {
      const [header, , signature] = forge.parts();
      return `${header}.${encoded({ ...forge.claims, portcullis: "changed" })}.${signature}`;
    },
  },
  {
    name: "signature changed",
    ...unchecked,
    make(forge) {
      const [header, payload, signature] = forge.parts();
      return `${header}.${payload}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
    },
  },
  strangers("signed by a stranger under the issuer's key id", () => ({})),
  strangers("signed by a stranger, and expired", ({ now }) => ({ iat: now - 7_200, exp: now - 3_600 })),
  strangers("signed by a stranger, for another API", () => ({ aud: "https://another-api.invalid" })),
  strangers("signed by a stranger, for somebody whom nobody knows", () => ({ sub: "nobody-is-called-this" })),
  {
    name: "signed by a stranger under its own key id",
    ...unchecked,
    make: (forge) => forge.by(forge.stranger, { kid: "stranger" }),
  },
  {
    name: "signature of zeros",
    attack: "J04",
    ...unchecked,
    make(forge) {
      const { algorithm } = forge.tokens.key;
      if (!algorithm.startsWith("ES")) return undefined;
      const [header, payload, signature] = forge.parts();
      return `${header}.${payload}.${Buffer.alloc(Buffer.from(signature, "base64url").length).toString("base64url")}`;
    },
  },
  {
    name: "a stranger's key of another curve",
    attack: "J06",
    ...unchecked,
    make: (forge) => forge.by(forge.strangerOf(forge.tokens.key.algorithm === "ES384" ? "ES256" : "ES384")),
  },
  {
    name: "a stranger's key of another kind",
    attack: "J06",
    ...unchecked,
    make: (forge) => forge.by(forge.strangerOf(forge.tokens.key.algorithm.startsWith("Ed") ? "ES256" : "EdDSA")),
  },
  { name: "public key as secret, PEM", ...confused, make: (forge) => publicSecret(forge, pem) },
  {
    name: "public key as secret, PEM without its last line break",
    ...confused,
    make: (forge) => publicSecret(forge, (one) => pem(one).trim()),
  },
  {
    name: "public key as secret, PEM with the line breaks of Windows",
    ...confused,
    make: (forge) => publicSecret(forge, (one) => pem(one).replaceAll("\n", "\r\n")),
  },
  {
    name: "public key as secret, DER",
    ...confused,
    make: (forge) => publicSecret(forge, ({ tokens }) => tokens.key.publicKey?.export({ type: "spki", format: "der" })),
  },
  {
    name: "public key as secret, base64 of DER",
    ...confused,
    make: (forge) =>
      publicSecret(forge, ({ tokens }) =>
        tokens.key.publicKey?.export({ type: "spki", format: "der" }).toString("base64"),
      ),
  },
  {
    name: "public key as secret, JWK",
    ...confused,
    make: (forge) => publicSecret(forge, ({ tokens }) => JSON.stringify(tokens.key.jwk)),
  },
  {
    name: "public key as secret, its coordinates",
    ...confused,
    make: (forge) =>
      publicSecret(forge, ({ tokens }) => {
        const { x, n } = tokens.key.jwk;
        return Buffer.from(x ?? n ?? "", "base64url");
      }),
  },
  ...WEAK_SECRETS.map((secret): Forgery => ({
    name: secret === "" ? "HS256 with an empty secret" : `HS256 with the secret ${secret}`,
    rule: "dynamic.token-weak-secret",
    make: (forge) => forge.mac(secret),
  })),
  {
    name: "key in the header, jwk",
    attack: "J07",
    ...brought,
    make: (forge) => forge.by(forge.stranger, { jwk: forge.stranger.jwk }),
  },
  {
    name: "key in the header, jwk without a key id",
    attack: "J07",
    ...brought,
    make: (forge) => forge.by(forge.stranger, { jwk: forge.stranger.jwk, kid: undefined }),
  },
  {
    name: "certificate in the header, x5c",
    attack: "J07",
    ...brought,
    make(forge) {
      const key = forge.strangerOf("ES256");
      return forge.by(key, { x5c: [certificateOf(key)], kid: undefined });
    },
  },
  {
    name: "address of keys in the header, jku",
    attack: "J08",
    ...brought,
    make: (forge) => forge.by(forge.stranger, { jku: forge.url, kid: "stranger" }),
  },
  {
    name: "address of certificates in the header, x5u",
    attack: "J08",
    ...brought,
    make: (forge) => forge.by(forge.stranger, { x5u: forge.url, kid: "stranger" }),
  },
  {
    name: "key id that is an address",
    attack: "J08",
    ...brought,
    make: (forge) => forge.by(forge.stranger, { kid: forge.url }),
  },
  {
    name: "key id that leads to an empty file",
    attack: "J09",
    ...brought,
    make: (forge) => forge.by(sharedKey("", ""), { kid: "../../../../../../../../dev/null" }),
  },
  {
    name: "key id that is a statement of SQL",
    attack: "J09",
    ...brought,
    make: (forge) => forge.by(sharedKey("portcullis", ""), { kid: "x' UNION SELECT 'portcullis' -- " }),
  },
];
