// Guards what is said of wrong settings about callers: API keys, and what the API is told.
import { describe, expect, it } from "vitest";
import { complaints, DOCUMENT, OAUTH } from "./composing.ts";

describe("API keys", () => {
  const KEY = "{ id: abcdefghij, hash: sha256:" + "a".repeat(43) + ", name: n }";
  const asking = (scheme: string) =>
    `${DOCUMENT}    key: ${scheme}\n`.replace("security: []", "security: [{ key: [] }]");
  const said = (scheme: string, keys = `[${KEY}]`) =>
    complaints(`${OAUTH}  key: { keys: ${keys} }\n`, { document: asking(scheme) });

  it.each([
    "{ type: apiKey, in: header, name: X-API-Key }",
    "{ type: apiKey, in: header, name: Authorization }",
    "{ type: http, scheme: bearer }",
  ])("are taken by %s", async (scheme) => {
    expect(await said(scheme)).toEqual([]);
  });

  it.each([
    ["{ type: apiKey, in: query, name: key }", "apiKey in query"],
    ["{ type: apiKey, in: cookie, name: key }", "apiKey in cookie"],
    ["{ type: http, scheme: basic }", "http basic"],
    ["{ type: mutualTLS }", "mutualTLS"],
    ['{ type: openIdConnect, openIdConnectUrl: "https://i.example/" }', "openIdConnect"],
  ])("are not taken by %s", async (scheme, words) => {
    expect(await said(scheme)).toEqual([
      `error portcullis.yaml:4 "key" is ${words}: API keys are taken from a field of the head, since addresses and cookies end up in logs | Declare it as \`type: apiKey, in: header\`, or as http bearer.`,
    ]);
  });

  it("are no tokens of an issuer as well", async () => {
    const text = `${OAUTH}  key: { keys: keys.json, issuer: https://i.example/ }\n`;
    const found = await complaints(text, { document: asking("{ type: http, scheme: bearer }") });
    expect(found[0]).toContain("authentication.key takes API keys, so issuer would have no effect");
  });

  it.each([
    ["id: short", /keys\[0\]\.id must be ten letters and digits/],
    ["hash: abc", /keys\[0\]\.hash must be what `portcullis keys create` printed/],
    ["expires: tomorrow", /keys\[0\]\.expires must be a moment in UTC/],
    ["expires: 2027-02-31T25:00:00Z", /keys\[0\]\.expires/],
    ["key: pck_x", /unknown key "key"/],
  ])("with %s are refused at their place", async (change, message) => {
    const name = change.slice(0, change.indexOf(":"));
    const entry = KEY.includes(`${name}: `)
      ? KEY.replace(new RegExp(`\\b${name}: [^,}]+`), change)
      : KEY.replace(" }", `, ${change} }`);
    const [found] = await said("{ type: http, scheme: bearer }", `[${entry}]`);
    expect(found).toMatch(/^error portcullis\.yaml:4 /);
    expect(found).toMatch(message);
  });
});

describe("what the API learns", () => {
  const said = (forward: string, more = "") => complaints(`${OAUTH}  forward: ${forward}\n${more}`);

  it("is something, in a way that somebody can verify", async () => {
    expect((await said("{}"))[0]).toContain("authentication.forward tells the API nothing");
    expect((await said("{ jwt: { audience: a, lifetime: 5s } }"))[0]).toContain("lifetime is too short");
    expect((await said("{ jwt: { audience: a } }", "transport: { adminListen: off }\n"))[0]).toContain(
      "nobody could verify the tokens",
    );
    expect((await said("{ jwt: { audience: a, key: absent.pem } }"))[0]).toMatch(
      /absent\.pem cannot be read: there is no such file/,
    );
    expect(await said("{ fields: true, jwt: { audience: a }, credentials: drop }")).toEqual([]);
  });

  it("takes a private key for ES256 and no other", async () => {
    const files = { "key.pem": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n" };
    const [found] = await complaints(`${OAUTH}  forward: { jwt: { audience: a, key: key.pem } }\n`, { files });
    expect(found).toMatch(/key\.pem holds no private key for ES256/);
  });

  it("is no security scheme, nor are the other keys beside the schemes", async () => {
    for (const name of ["forward", "denied", "default", "mode"]) {
      const document = DOCUMENT.replaceAll(/\boauth\b/g, name);
      const [found] = await complaints("validation: { requests: enforce }\n", { document });
      expect(found).toContain(`a security scheme cannot be called "${name}"`);
    }
  });
});
