// Guards runs at a gate that takes tokens here and keys there: each operation is asked with the credentials that it takes.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { makeApiKey } from "../../../src/authentication/index.ts";
import { compose, systemPorts } from "../../../src/configuration/compose.ts";
import { loadSettings } from "../../../src/configuration/load.ts";
import { serve } from "../../../src/gateway/serve.ts";
import { PROBES } from "../../../src/security-testing/dynamic/probes.ts";
import { makeTestKey } from "../../../src/security-testing/dynamic/callers/test-key.ts";
import { encoded, signed } from "../../../src/security-testing/dynamic/callers/scheme-tokens.ts";
import { project, testedIn } from "./testing.ts";
import { type Routes, startTinyApi } from "./tiny-api.ts";

const ANSWER = `responses:
        "200": { description: ok, content: { application/json: { schema: { type: object, properties: { by: { type: string, maxLength: 20 } } } } } }
        default: { description: refused }`;
const DOCUMENT = `openapi: 3.1.0
info: { title: Ways, version: "1" }
paths:
  /by-token:
    get:
      operationId: byToken
      security: [{ oauth: [read] }]
      ${ANSWER}
  /by-key:
    get:
      operationId: byKey
      security: [{ key: [read] }]
      ${ANSWER}
components:
  securitySchemes:
    oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://i.example/t", scopes: { read: r } } } }
    key: { type: apiKey, in: header, name: X-API-Key }
`;

/** A gate of the owner's own, the key that it takes, and tokens of people of its issuer. */
async function running() {
  const asked = new Map<string, Set<string>>();
  const routes: Routes = {
    "*": ({ request }) => {
      const by = request.headers["x-api-key"] === undefined ? "token" : "key";
      asked.set(request.url ?? "", (asked.get(request.url ?? "") ?? new Set()).add(by));
      return { body: { by } };
    },
  };
  const api = await startTinyApi(routes);
  onTestFinished(() => api.close());
  const key = makeApiKey();
  const issuer = makeTestKey("ES256", "one");
  const { cwd } = await project("", {
    "api.yaml": DOCUMENT,
    "jwks.json": JSON.stringify({ keys: [issuer.jwk] }),
    "keys.json": JSON.stringify({ keys: [{ id: key.id, hash: key.hash, name: "partner", scopes: ["read"] }] }),
    "portcullis.yaml": `openapi: api.yaml
upstream: ${api.origin}
transport: { listen: "127.0.0.1:0", adminListen: "off" }
monitoring: { sinks: [{ file: audit.ndjson }] }
rateLimiting:
  limits: [{ name: many, limit: 9000, window: 15m, key: subject, fallback: address }]
  failedAuthentication: { limit: 1000, window: 1m }
  addressCeiling: { limit: 20000, window: 1m }
authentication:
  oauth: { issuer: https://i.example/, audience: https://api.example, jwks: jwks.json }
  key: { keys: keys.json }
`,
    "portcullis-test.yaml": "",
  });
  const loaded = await loadSettings({ file: "portcullis.yaml", cwd, env: {} });
  const gateway = await serve(await compose(loaded, systemPorts(cwd)), { developmentFolder: cwd });
  onTestFinished(() => void gateway.close());
  writeFileSync(path.join(cwd, "ca.pem"), readFileSync(gateway.authorityFile ?? ""));
  const nowS = Math.floor(Date.now() / 1000);
  const token = (sub: string) => {
    const claims = { iss: "https://i.example/", aud: "https://api.example", sub, client_id: "spa", scope: "read" };
    const times = { iat: nowS, exp: nowS + 600, jti: sub };
    return signed(encoded({ alg: "ES256", kid: "one", typ: "at+jwt" }), encoded({ ...claims, ...times }), issuer);
  };
  const bearer = (text: string) => ({ fixedHeaders: [{ name: "Authorization", value: `Bearer ${text}` }] });
  const people = { a: bearer(token("ann")), b: bearer(token("ben")) };
  const partner = { scopes: ["read"], fixedHeaders: [{ name: "X-API-Key", value: key.text }] };
  const options = { url: `https://localhost:${new URL(gateway.url).port}`, ca: "ca.pem", rate: "500" };
  return { cwd, options, asked, people, partner, stranger: bearer(token("ann").replace(/\..*\./, ".e30.")) };
}

it("asks with the key where a key is asked for, and finds nothing of a sound gate", async () => {
  const { cwd, options, asked, people, partner } = await running();
  const change = () => ({ callers: { ...people, partner } });
  const { findings, untested } = await testedIn(PROBES, { cwd, options, change });
  expect(findings.filter(({ rule }) => /refusal|access|limit/.test(rule)).map(({ message }) => message)).toEqual([]);
  expect(asked.get("/by-token")).toEqual(new Set(["token"]));
  expect(asked.get("/by-key")).toEqual(new Set(["key"]));
  expect(untested.filter(({ isExpected }) => !isExpected)).toEqual([]);
});

it("says that nobody has a key, and lets no such run pass", async () => {
  const { cwd, options, people } = await running();
  const { findings, untested } = await testedIn(PROBES, { cwd, options, change: () => ({ callers: people }) });
  expect(findings.filter(({ operation }) => operation?.id === "byKey").map(({ message }) => message)).toEqual([]);
  const why = "nobody in this run has the credentials that it takes";
  expect(untested.filter(({ isExpected }) => !isExpected)).toMatchObject([{ what: "who may use GET /by-key", why }]);
});

it.each([
  ["where nobody said so, and does not pass", {}, false, /^callers\.b is missing in the test file: .*`b: none`$/],
  ["where that was said", { b: "none" }, true, /^the test file says that there is no second one$/],
] as const)("says that nothing can be another's of a machine that is alone %s", async (_how, more, isExpected, why) => {
  const { cwd, options, people, partner } = await running();
  const change = () => ({ callers: { robot: people.a, partner, ...more } });
  const { findings, untested } = await testedIn(PROBES, { cwd, options, change });
  expect(findings.filter(({ rule }) => /refusal|access|limit/.test(rule)).map(({ message }) => message)).toEqual([]);
  const what = "what belongs to one caller, asked for by another";
  expect(untested.filter((one) => one.what === what)).toMatchObject([{ isExpected, why: expect.stringMatching(why) }]);
  expect(untested.filter((one) => !one.isExpected)).toHaveLength(isExpected ? 0 : 1);
});

it("says that the gate lets in nobody, and not that it counts nothing", async () => {
  const { cwd, options, stranger, partner } = await running();
  const change = () => ({
    callers: { a: { ...stranger, scopes: ["read"], subject: "a" }, b: { ...stranger, scopes: ["read"] }, partner },
  });
  const { findings, untested } = await testedIn(PROBES, { cwd, options, change });
  expect(findings.map(({ rule }) => rule)).not.toContain("dynamic.limit-missing");
  expect(untested.filter(({ isExpected }) => !isExpected).map(({ why }) => why)).toContainEqual(
    expect.stringMatching(/^the gate does not let in who may use it: authentication\./),
  );
});
