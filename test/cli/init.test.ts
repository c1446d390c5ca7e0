// Guards `portcullis init`: few questions, nothing overwritten, and a file that the product itself accepts and that states the defaults truly.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { presetByMetadata, presetByName } from "../../src/cli/init/presets.ts";
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
    const { out } = await run(["init", "--yes", ...KNOWN], { cwd });
    expect(out).toContain("The document says nothing of security for ");
    expect(out).toContain("Where that shall be public, write `security: []` in the document");
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
