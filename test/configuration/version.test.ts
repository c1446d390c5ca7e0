// Guards the version of a policy: the same on every machine for the same inputs, another for whatever changes what happens to a request.
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { makeApiKey } from "../../src/authentication/api-key-text.ts";
import { composed, DOCUMENT, OAUTH } from "./composing.ts";

const WITH_KEYS = `openapi: 3.1.0
info: { title: Items, version: "1" }
paths:
  /item:
    get:
      operationId: item
      security: [{ one: [] }, { two: [] }]
      responses: { default: { description: any } }
components:
  securitySchemes:
    one: { type: apiKey, in: header, name: X-One }
    two: { type: apiKey, in: header, name: X-Two }
`;
const placing = "authentication: { one: { keys: a.json }, two: { keys: b.json } }\n";

describe("the version of a policy", () => {
  const version = async (text: string, document = DOCUMENT) => (await composed(text, { document })).policy.version;

  it("is the same for the same inputs, and another for another document or setting", async () => {
    const first = await version(OAUTH);
    expect(await version(OAUTH)).toBe(first);
    expect(await version(OAUTH, DOCUMENT.replace("[read]", "[write]"))).not.toBe(first);
    expect(await version(`${OAUTH}validation: { bodyBytesMax: 1 }\n`)).not.toBe(first);
  });

  const UPSTREAM = "upstream: { url: http://127.0.0.1:3000 }\n";
  const PUBLIC = "transport: { publicUrl: https://a.example }\n";
  const forwarding = (key: string) =>
    `authentication: { oauth: { issuer: https://i.example/, audience: a }, forward: { jwt: { audience: u, key: ${key} } } }\n`;
  const shared = (secret: string) =>
    `authentication: { oauth: { issuer: https://i.example/, audience: a, secret: ${secret} } }\n`;
  const signing = () =>
    generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }) as string;

  it.each([
    ["another public URL", OAUTH + PUBLIC, OAUTH + PUBLIC.replace("a.example", "b.example")],
    ["another API", OAUTH + UPSTREAM, OAUTH + UPSTREAM.replace("3000", "3001")],
    ["another time limit of the API", OAUTH + UPSTREAM, OAUTH + UPSTREAM.replace(" }", ", timeouts: { answer: 1s } }")],
    ["TLS that a proxy ends", OAUTH, `${OAUTH}transport: { tls: terminated-by-proxy, trustedProxies: [127.0.0.1] }\n`],
    ["another shared secret", shared("a".repeat(32)), shared("b".repeat(32))],
    ["another forward key by name", forwarding("one.pem"), forwarding("two.pem")],
  ])("is another for %s", async (_what, one, other) => {
    const files = { "one.pem": signing(), "two.pem": signing() };
    const of = async (text: string) => (await composed(text, { files })).policy.version;
    expect(await of(one)).toBe(await of(one));
    expect(await of(other)).not.toBe(await of(one));
  });

  it("is another for another forward key in the same file, and for files that changed places", async () => {
    const of = async (key: string) => (await composed(forwarding("key.pem"), { files: { "key.pem": key } })).policy;
    const [one, two] = [signing(), signing()];
    expect((await of(one)).version).toBe((await of(one)).version);
    expect((await of(two)).version).not.toBe((await of(one)).version);
    const placed = async (a: string, b: string) =>
      (await composed(placing, { document: WITH_KEYS, files: { "a.json": a, "b.json": b } })).policy.version;
    const made = makeApiKey();
    const full = JSON.stringify({ keys: [{ id: made.id, hash: made.hash, name: "n" }] });
    expect(await placed(full, '{"keys":[]}')).not.toBe(await placed('{"keys":[]}', full));
  });

  it("says nothing of where a machine listens", async () => {
    expect(await version(`${OAUTH}transport: { listen: 127.0.0.1:1 }\n`)).toBe(await version(OAUTH));
  });
});
