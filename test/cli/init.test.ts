// Guards `portcullis init`: few questions, nothing overwritten, and a file that the product itself accepts and that states the defaults truly.
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { presetByMetadata, presetByName } from "../../src/cli/init/presets.ts";
import { DEFAULTS } from "../../src/configuration/defaults.ts";
import { configurationJsonSchema } from "../../src/configuration/schema-words.ts";
import { loadSettings } from "../../src/configuration/load.ts";
import { DOCUMENT, WITH_SILENT } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { begin, run } from "./running.ts";

const KNOWN = ["--issuer", "http://127.0.0.1:9/", "--audience", "https://shop.example"]; // port 9 discards: nobody answers

const written = (cwd: string) => readFileSync(path.join(cwd, "portcullis.yaml"), "utf8");

/** An issuer that answers discovery as `metadata` says. */
async function issuer(realm: string, metadata: (origin: string) => object): Promise<string> {
  const server = createServer((request, response) => {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const isAsked = request.url === `${realm}/.well-known/openid-configuration`;
    response.writeHead(isAsked ? 200 : 404, { "Content-Type": "application/json" });
    response.end(JSON.stringify(isAsked ? metadata(origin) : {}));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${realm}`;
}

/** Of no use without a decision, or parts of what is shown as a whole. */
const LEFT_OUT: readonly string[] = [
  "identity",
  "rateLimiting.concurrency.claim",
  "rateLimiting.concurrency.queue",
  "rateLimiting.concurrency.timeout",
  "rateLimiting.concurrency.name",
  "authentication.forward.jwt",
  "transport.cors.allowedHeaders",
  "transport.cors.exposedHeaders",
  "transport.cors.credentials",
  "transport.cors.maxAge",
];

/** What stands in the file for each default; undefined: of a part that is not there by default. A new one must be added. */
const SAID: Record<keyof typeof DEFAULTS, string | undefined> = {
  listen: "\n  listen: 127.0.0.1:8443",
  adminListen: "\n  adminListen: 127.0.0.1:9901",
  hsts: `\n  # hsts: "${DEFAULTS.hsts}"`,
  clientAddressField: "\n  # clientAddressField: x-forwarded-for",
  corsMaxAgeMs: undefined,
  upstreamConnectTimeoutMs: "timeouts: { connect: 5s,",
  upstreamAnswerTimeoutMs: " answer: 30s,",
  upstreamIdleTimeoutMs: " idle: 60s }",
  upstreamConnectionsMax: "\n  connectionsMax: 256",
  limit: "\n    - limit: 100 ",
  addressCeiling: "\n  addressCeiling: { limit: 1000, window: 1m }",
  failedAuthentication: "\n  failedAuthentication: { limit: 20, window: 15m }",
  ipv4Prefix: "\n  ipv4Prefix: 32",
  ipv6Prefix: "\n  ipv6Prefix: 64",
  delayMs: undefined,
  delayMaxMs: undefined,
  concurrencyQueue: undefined,
  concurrencyTimeoutMs: undefined,
  callerTokenMs: undefined,
  requests: "\n  requests: enforce",
  responses: "\n  responses: monitor",
  unknownParameters: "\n  unknownParameters: monitor",
  injection: "\n  injection: monitor",
  bodyBytesMax: "\n  bodyBytesMax: 1MiB",
  responseBytesMax: "\n  responseBytesMax: 1MiB",
  identityPath: undefined,
  identityListen: undefined,
  identityLimit: undefined,
  identityDatabase: undefined,
  accessTokenLifetimeMs: undefined,
  refreshTokenLifetimeMs: undefined,
  sessionLifetimeMs: undefined,
  fileBytesMax: "fileBytesMax: 100MiB",
  filesMax: "filesMax: 10",
};

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly anyOf?: readonly SchemaNode[];
}

/** Keys of two levels and more, as `transport.tls.key`; those of the built-in server and of single operations are theirs to say. */
function keysOf(node: SchemaNode, at: readonly string[] = []): string[] {
  const found = new Set<string>();
  for (const one of [node, ...(node.anyOf ?? [])]) {
    for (const [key, inner] of Object.entries(one.properties ?? {})) {
      found.add([...at, key].join("."));
      if (key === "identity" || key === "operations") continue;
      for (const below of keysOf(inner, [...at, key])) found.add(below);
    }
  }
  return [...found].sort();
}

/** In its section: `key:`, also behind a comment sign. */
function isSaid(at: string, text: string): boolean {
  const keys = at.split(".");
  const section = new RegExp(String.raw`^(?:# )?${keys[0] as string}:[^]*?(?=^(?:# )?[a-zA-Z]+:|(?![^]))`, "m").exec(
    text,
  )?.[0];
  return section !== undefined && new RegExp(String.raw`(?:^|[\s{])${keys.at(-1) as string}:`, "m").test(section);
}

describe("init", () => {
  it("writes what check accepts, with the schema for editors", async () => {
    const cwd = folderWith({ "openapi.yaml": DOCUMENT });
    const { code, out } = await run(["init", "--yes", ...KNOWN], { cwd });
    expect(code).toBe(0);
    expect(out).toContain("wrote portcullis.yaml for Shop (3 operations of openapi.yaml)");
    const [first] = written(cwd).split("\n");
    const schema = (first ?? "").replace("# yaml-language-server: $schema=", "");
    expect(JSON.parse(readFileSync(path.resolve(cwd, schema), "utf8"))).toMatchObject({ title: "portcullis.yaml" });
    expect(await run(["check", "--strict"], { cwd })).toMatchObject({ code: 0 });
  });

  it("states the defaults as they are", async () => {
    const cwd = folderWith({ "openapi.yaml": DOCUMENT });
    await run(["init", "--yes", ...KNOWN], { cwd });
    const load = async (file: string) => {
      const { settings } = await loadSettings({ file, cwd, env: {} });
      const { upstream, transport, authentication, authorization, rateLimiting, validation, monitoring } = settings;
      const { mode, forward, denied } = authentication;
      const told = { upstream, mode, forward, denied, authorization, transport, rateLimiting, validation, monitoring };
      return JSON.parse(JSON.stringify(told, (key, value: unknown) => (key === "at" ? undefined : value))) as unknown;
    };
    const minimal = `openapi: openapi.yaml\nupstream: http://127.0.0.1:3000\nauthentication: { oauth: { issuer: https://i.example, audience: a } }\n`;
    writeFileSync(path.join(cwd, "minimal.yaml"), minimal);
    expect(await load("portcullis.yaml")).toEqual(await load("minimal.yaml"));
  });

  it("writes every key of the configuration, as it is by default or as a comment", async () => {
    const cwd = folderWith({ "openapi.yaml": DOCUMENT });
    await run(["init", "--yes", ...KNOWN], { cwd });
    const text = written(cwd);
    const missing = keysOf(configurationJsonSchema()).filter((at) => !isSaid(at, text));
    expect(missing.filter((at) => !missing.some((other) => at.startsWith(`${other}.`)))).toEqual(LEFT_OUT.toSorted());
  });

  it("and every default of the product is in the file, or belongs to what is not there by default", async () => {
    const cwd = folderWith({ "openapi.yaml": DOCUMENT });
    await run(["init", "--yes", ...KNOWN], { cwd });
    const text = written(cwd);
    const unsaid = Object.entries(SAID).filter(([, said]) => said !== undefined && !text.includes(said));
    expect(unsaid).toEqual([]);
  });

  it("trusts no placeholder: what nobody answered stays a comment, and the start says what is missing", async () => {
    const cwd = folderWith({ "openapi.yaml": DOCUMENT });
    expect((await run(["init"], { cwd })).code).toBe(0);
    expect(written(cwd)).toContain("#     issuer: https://login.example.com/");
    const { code, out } = await run(["check"], { cwd });
    expect(code).toBe(1);
    expect(out).toContain('nothing verifies the security scheme "oauth"');
  });

  it("never overwrites", async () => {
    const cwd = folderWith({ "openapi.yaml": DOCUMENT, "portcullis.yml": "mine" });
    const { code, err } = await run(["init", "--yes"], { cwd });
    expect(code).toBe(2);
    expect(err).toContain("portcullis.yml exists already and is never overwritten");
    expect(() => written(cwd)).toThrow("ENOENT");
  });

  it("asks three questions at most, and none that a flag answers", async () => {
    const cwd = folderWith({ "openapi.yaml": DOCUMENT, "docs/api.json": '{"openapi": "3.0.3", "info": {}}' });
    const asked = begin(["init"], { cwd, answers: ["", "http://127.0.0.1:9/", "https://shop.example", "unasked"] });
    expect((await asked.ended).code).toBe(0);
    expect(asked.questions.map((question) => question.slice(0, 12))).toEqual([
      "Which docume",
      "Who issues t",
      "By which aud",
    ]);
    expect(written(cwd)).toMatch(/^upstream:\n {2}url: http:\/\/127\.0\.0\.1:3000 /m);

    const other = folderWith({ "openapi.yaml": DOCUMENT });
    const told = begin(["init", ...KNOWN], { cwd: other, answers: ["http://10.0.0.1:80"] });
    expect((await told.ended).code).toBe(0);
    expect(told.questions).toHaveLength(1);
    expect(written(other)).toMatch(/^upstream:\n {2}url: http:\/\/10\.0\.0\.1:80 /m);
  });

  it("asks again where an answer is no URL, and believes who insists", async () => {
    const cwd = folderWith({ "openapi.yaml": DOCUMENT });
    const asked = begin(["init", ...KNOWN], { cwd, answers: ["my-api", "http://10.0.0.1:80"] });
    expect((await asked.ended).code).toBe(0);
    expect(asked.questions[1]).toMatch(/^That is no http or https URL\. Where does the API listen\?/);
    expect(written(cwd)).toMatch(/^upstream:\n {2}url: http:\/\/10\.0\.0\.1:80 /m);

    const other = folderWith({ "openapi.yaml": DOCUMENT });
    const insisting = begin(["init", ...KNOWN], { cwd: other, answers: ["a", "b", "c"] });
    await insisting.ended;
    expect(insisting.questions).toHaveLength(3);
    expect((await run(["check"], { cwd: other })).out).toContain("upstream.url must be an http or https URL");
  });

  it("asks nobody for an issuer where nothing needs one", async () => {
    const cwd = folderWith({ "openapi.yaml": DOCUMENT.replaceAll(/security: \[\{.*\}\]/g, "security: []") });
    const asked = begin(["init"], { cwd, answers: [""] });
    await asked.ended;
    expect(asked.questions.map((question) => question.slice(0, 5))).toEqual(["Where"]);
    expect((await run(["check"], { cwd })).code).toBe(0);
  });

  it("finds documents below, by what they are and not by their name, the likeliest first", async () => {
    const cwd = folderWith({
      "package.json": '{"openapi": "no version"}',
      "config.yaml": "a: 1\n",
      "node_modules/x/openapi.yaml": DOCUMENT,
      ".hidden/openapi.yaml": DOCUMENT,
      "spec/v1/service.yml": DOCUMENT,
      "spec/openapi.yaml": DOCUMENT,
    });
    const { out } = await run(["init", "--yes", ...KNOWN], { cwd });
    expect(out).toContain("of spec/openapi.yaml)");
    const asked = begin(["init"], {
      cwd: folderWith({ "b.json": '{"openapi":"3.1.0"}', "a/b.yaml": DOCUMENT }),
      answers: ["a/b.yaml"],
    });
    await asked.ended;
    expect(asked.questions[0]).toBe("Which document? b.json, a/b.yaml [b.json] ");
  });

  it("says how to name a document where there is none, and what is wrong with one", async () => {
    const none = await run(["init", "--yes"], { cwd: folderWith({}) });
    expect(none).toMatchObject({ code: 2 });
    expect(none.err).toContain("portcullis init --openapi path/to/openapi.yaml");
    const broken = await run(["init", "--yes"], { cwd: folderWith({ "openapi.yaml": "openapi: 3.1.0\npaths: 5\n" }) });
    expect(broken.code).toBe(1);
    expect(broken.err).toContain("openapi.yaml:2:");
  });

  it("recognises Keycloak and writes the issuer as it names itself", async () => {
    const metadata = (origin: string) => ({
      issuer: `${origin}/realms/shop`,
      token_endpoint: `${origin}/realms/shop/protocol/openid-connect/token`,
    });
    const url = await issuer("/realms/shop", metadata);
    const cwd = folderWith({ "openapi.yaml": DOCUMENT });
    const { out } = await run(["init", "--yes", "--issuer", `${url}/`, "--audience", "a"], { cwd });
    expect(out).toContain("The issuer is Keycloak: its preset is set.");
    expect(written(cwd)).toContain(`    issuer: ${url}\n`);
    expect(written(cwd)).toContain("    preset: keycloak");
    expect((await run(["check"], { cwd })).code).toBe(0);
  });

  it("recognises Ory Hydra by where its endpoints stand", async () => {
    const url = await issuer("", (origin) => ({
      issuer: origin,
      authorization_endpoint: `${origin}/oauth2/auth`,
      token_endpoint: `${origin}/oauth2/token`,
      jwks_uri: `${origin}/.well-known/jwks.json`,
    }));
    const cwd = folderWith({ "openapi.yaml": DOCUMENT });
    const { out } = await run(["init", "--yes", "--issuer", url, "--audience", "a"], { cwd });
    expect(out).toContain("The issuer is Ory Hydra: its preset is set.");
    expect(written(cwd)).toContain("    preset: hydra");
    expect((await run(["check"], { cwd })).code).toBe(0);
  });

  it.each([
    ["https://acme.eu.auth0.com/", "auth0"],
    ["https://acme.auth0.com", "auth0"],
    ["https://login.microsoftonline.com/72f988bf-86f1/v2.0", "entra"],
    ["https://sts.windows.net/72f988bf-86f1/", "entra"],
    ["https://acme.okta.com/oauth2/default", "okta"],
    ["https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc", "cognito"],
    ["https://acme.auth0.com.evil.example/", undefined],
    ["https://evil.example/?https://acme.auth0.com/", undefined],
    ["https://acme.okta.com", undefined],
    ["https://login.example.com/", undefined],
  ])("knows %s by its name", (url, preset) => {
    expect(presetByName(url)).toBe(preset);
    expect(presetByMetadata({ issuer: url })).toBe(preset);
  });

  it("knows Auth0 and Okta behind names of one's own by their endpoints", () => {
    const issuer = "https://login.example.com/";
    const at = (paths: readonly [string, string, string]) =>
      presetByMetadata({
        issuer,
        authorization_endpoint: `https://login.example.com${paths[0]}`,
        token_endpoint: `https://login.example.com${paths[1]}`,
        jwks_uri: `https://login.example.com${paths[2]}`,
      });
    expect(at(["/authorize", "/oauth/token", "/.well-known/jwks.json"])).toBe("auth0");
    expect(at(["/v1/authorize", "/v1/token", "/v1/keys"])).toBe("okta");
    expect(at(["/authorize", "/token", "/keys"])).toBeUndefined();
    expect(presetByMetadata({})).toBeUndefined();
  });

  it("proposes a file of keys where the document asks for a key in the head", async () => {
    const document = `${DOCUMENT}    key: { type: apiKey, in: header, name: X-API-Key }\n`.replace(
      "security: []",
      "security: [{ key: [] }]",
    );
    const cwd = folderWith({ "openapi.yaml": document });
    await run(["init", "--yes", ...KNOWN], { cwd });
    expect(written(cwd)).toMatch(/^# {3}key: \{ keys: keys\.json \}/m);
  });

  it("does not take another issuer's name for the one that was given", async () => {
    const url = await issuer("/realms/shop", () => ({ issuer: "https://evil.example/realms/shop" }));
    const cwd = folderWith({ "openapi.yaml": DOCUMENT });
    const { out } = await run(["init", "--yes", "--issuer", url, "--audience", "a"], { cwd });
    expect(out).toContain("names itself otherwise");
    expect(written(cwd)).toContain(`    issuer: ${url}\n`);
  });

  it("writes a default for operations that say nothing, and names schemes that only the API can check", async () => {
    const document = `${WITH_SILENT}    cookie: { type: apiKey, in: cookie, name: sid }\n`.replace(
      "security: []",
      "security: [{ cookie: [] }]",
    );
    const cwd = folderWith({ "openapi.yaml": document });
    await run(["init", "--yes", ...KNOWN], { cwd });
    expect(written(cwd)).toMatch(/^ {2}default: \[oauth\] /m);
    expect(written(cwd)).toMatch(/^# {3}cookie: \{ checkedByUpstream: true \}/m);
    expect((await run(["check"], { cwd })).out).toContain('nothing verifies the security scheme "cookie"');
  });

  it("lets no title or name write configuration of its own", async () => {
    const document = DOCUMENT.replace("title: Shop", String.raw`title: "Shop\ntransport: { tls: dangerouslyOff }"`);
    const cwd = folderWith({ "open api: x.yaml": document });
    const { code } = await run(["init", "--yes", ...KNOWN], { cwd });
    expect(code).toBe(0);
    expect(written(cwd)).not.toMatch(/^transport: \{ tls/m);
    expect((await run(["check"], { cwd })).code).toBe(0);
  });
});
