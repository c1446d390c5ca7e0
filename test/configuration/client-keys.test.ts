// Clients of the built-in issuer that sign: which keys they may have, and what is said of others.
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { refusals, settingsOf } from "./loading.ts";

const P256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ec = (more: object = {}) => ({ ...P256.publicKey.export({ format: "jwk" }), ...more });
const RSA = generateKeyPairSync("rsa", { modulusLength: 2_048 }).publicKey.export({ format: "jwk" });
const REDIRECT = 'redirectUris: ["https://app.example.com/"]';

const written = (profile: string, keys: readonly object[] | undefined, more = REDIRECT) => `openapi: a.yaml
transport: { publicUrl: "https://api.example.com", tls: { certificate: a, key: b } }
authentication: { oauth: { issuer: built-in } }
identity:
  secrets: ["${"A".repeat(43)}="]
  mail: { smtp: "smtps://a:b@c", from: a@example.com }
  clients:
    bank: { profile: ${profile}, ${[more, ...(keys === undefined ? [] : [`keys: ${JSON.stringify(keys)}`])].join(", ")} }
`;
const said = async (profile: string, keys: readonly object[] | undefined) =>
  (await refusals(written(profile, keys))).join();

describe("keys of a client", () => {
  it.each<[string, readonly object[]]>([
    ["fapi2", [ec()]],
    ["fapi2", [ec({ kid: "1" }), ec({ kid: "2", alg: "ES256", use: "sig" })]],
    ["confidential", [generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" })]],
    ["confidential", [RSA]],
  ])("%s may have them", async (profile, keys) => {
    const { identity } = await settingsOf(written(profile, keys));
    expect(identity?.clients[0]?.keys).toEqual(keys);
  });

  it.each<[string, string, readonly object[] | undefined, string]>([
    ["fapi2", "without", undefined, "keys is missing in identity.clients.bank: a fapi2 client signs"],
    [
      "public",
      "with",
      [ec()],
      "identity.clients.bank is public: whatever it signed with would be in everybody's hands",
    ],
    [
      "fapi2",
      "with a private one",
      [P256.privateKey.export({ format: "jwk" })],
      "keys[0] cannot be used: it is a private key",
    ],
    ["fapi2", "with a secret", [{ kty: "oct", k: "c2VjcmV0" }], "keys[0] cannot be used: it is a shared secret"],
    ["fapi2", "with two of one name", [ec(), ec()], "are not told apart: each needs a kid of its own"],
    ["fapi2", "with one for RS256", [{ ...RSA, alg: "RS256" }], "is for none of ES256"],
    ["fapi2", "with one for encryption", [ec({ use: "enc" })], "it is not for signatures"],
    [
      "fapi2",
      "with an address in its place",
      [{ jwks_uri: "https://bank.example/jwks" }],
      "keys[0] cannot be used: it is no JWK",
    ],
  ])("%s %s is refused", async (profile, _how, keys, words) => {
    expect(await said(profile, keys)).toContain(words);
  });
});
