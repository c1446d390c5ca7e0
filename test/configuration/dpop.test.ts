// How tokens that are bound to a key are taken: what a slip in the setting is told, and what the words mean.
import { describe, expect, it } from "vitest";
import { refusals, settingsOf } from "./loading.ts";

const written = (dpop: string) =>
  `openapi: a.yaml\nauthentication: { oauth: { issuer: https://i.example/, audience: a, dpop: ${dpop} } }\n`;

describe("dpop", () => {
  it.each([
    [
      "on",
      '2:75 authentication.oauth.dpop: expected "accept", "require", "off" or a mapping with mode, maxAge, nonce, found other text | Tokens bound to a key (RFC 9449): accept them with their proof, require them, or off. Default accept.',
    ],
    [
      "{ maxAge: 1h }",
      "2:85 authentication.oauth.dpop.maxAge is not between 1s and 10m | A proof is made for one request: leave it out.",
    ],
    [
      "{ mode: off, nonce: true }",
      "2:69 authentication.oauth.dpop is off: what else it says has no effect | Keep one of the two.",
    ],
    ["{ nonces: true }", '2:77 unknown key "nonces" in authentication.oauth.dpop | Did you mean "nonce"?'],
  ])("%s is a slip", async (dpop, said) => {
    expect(await refusals(written(dpop))).toEqual([said]);
  });

  it.each([
    ["require", { mode: "require", maxAgeMs: 60_000, nonce: false }],
    ["{ mode: require }", { mode: "require", maxAgeMs: 60_000, nonce: false }],
    ["{ nonce: true, maxAge: 10s }", { mode: undefined, maxAgeMs: 10_000, nonce: true }],
  ])("%s", async (dpop, expected) => {
    const { authentication } = await settingsOf(written(dpop));
    expect(authentication.schemes.get("oauth")).toMatchObject({ dpop: expected });
  });

  it("is a setting of the built-in issuer, too", async () => {
    const text = `openapi: a.yaml
transport: { publicUrl: "https://api.example.com", tls: { certificate: a, key: b } }
authentication: { oauth: { issuer: built-in, dpop: require } }
identity: { secrets: ["${"A".repeat(43)}="], mail: { smtp: "smtps://a:b@c", from: a@example.com } }
`;
    const { authentication } = await settingsOf(text);
    expect(authentication.schemes.get("oauth")).toMatchObject({ dpop: { mode: "require" } });
  });
});
