// Guards runs at a gate that is there already: people sign in as described, and what cannot be tested that way is said.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { compose, systemPorts } from "../../../src/configuration/compose.ts";
import { loadSettings } from "../../../src/configuration/load.ts";
import { serve } from "../../../src/gateway/serve.ts";
import type { OperationProbe } from "../../../src/security-testing/dynamic/probe.ts";
import { addressLimits } from "../../../src/security-testing/dynamic/probes/address-limits.ts";
import { atOnce } from "../../../src/security-testing/dynamic/probes/at-once.ts";
import { guessing } from "../../../src/security-testing/dynamic/probes/guessing.ts";
import { limits } from "../../../src/security-testing/dynamic/probes/limits.ts";
import { openAsking } from "../../../src/security-testing/dynamic/sign-in/asking.ts";
import { SignedInCallers } from "../../../src/security-testing/dynamic/sign-in/signed-in-callers.ts";
import type { SignIn } from "../../../src/security-testing/dynamic/test-file/sign-in-schema.ts";
import { jsonOf } from "../../../src/security-testing/dynamic/wire.ts";
import { composed } from "../../configuration/composing.ts";
import { signUp } from "../../identity/flows.ts";
import { AUDIENCE, declareClients, PASSWORD, REDIRECT, serveIdentity, type Serving } from "../../identity/serving.ts";
import { freePort } from "../../servers/free-port.ts";
import { DOCUMENT, project, testedIn } from "./testing.ts";
import { type Routes, startTinyApi } from "./tiny-api.ts";

const RULE = "contract.object-open";

let serving: Serving;

beforeAll(async () => {
  serving = await serveIdentity();
  await declareClients(serving.identity);
  for (const email of ["ann@example.com", "ben@example.com"]) await signUp(serving, email); // oxlint-disable-line no-await-in-loop
});

afterAll(() => serving.close());

const byPages = (email: string, more = {}): SignIn => ({
  authorizationCode: {
    issuer: serving.issuer,
    clientId: "spa",
    redirectUri: REDIRECT,
    scope: "orders:read",
    email,
    password: PASSWORD,
    ...more,
  },
});

async function signedIn(signIns: Readonly<Record<string, SignIn | "none">>, origin = "http://127.0.0.1:1") {
  const { ask, close } = openAsking(undefined);
  onTestFinished(close);
  const composition = await composed(
    "authentication:\n  oauth: { issuer: https://i.example/, audience: a, claims: { roles: [roles] } }\n",
  );
  onTestFinished(() => composition.close());
  return SignedInCallers.signIn({ composition, signIns, origin, ask });
}

const KEYS = {
  a: { fixedHeaders: [{ name: "X-Key", value: "one" }] },
  b: { fixedHeaders: [{ name: "X-Key", value: "two" }] },
} satisfies Record<string, SignIn>;

describe("signing in", () => {
  it("on the pages of the built-in authorization server, by code and PKCE", async () => {
    const { a, b } = await signedIn({ a: byPages("ann@example.com"), b: byPages("ben@example.com") });
    expect(a.name).toBe("user A");
    expect(a.fields).toEqual([["Authorization", expect.stringMatching(/^Bearer eyJ/)]]);
    expect(a.rights.scopes).toEqual(["orders:read"]);
    expect(a.subject).not.toBe(b.subject);
  });

  it("with client credentials", async () => {
    const clientSecret = (await serving.identity.clients.addSecret("job")) ?? "";
    const tokenUrl = `${serving.issuer}/token`;
    const clientCredentials = { tokenUrl, clientId: "job", clientSecret, scope: "orders:read" };
    const callers = await signedIn({ ...KEYS, machine: { clientCredentials } });
    const machine = await callers.withRights({ scopes: ["orders:read"], roles: [], permissions: [] });
    expect(machine?.subject).toBe("job");
  });

  const login: Routes = {
    "POST /login": ({ json, text }) =>
      json?.password === "pw" || text === "user=ann&password=pw"
        ? {
            headers: { "x-token": "in-head", "set-cookie": ["sid=c1; HttpOnly", "gone=; Max-Age=0"] },
            body: { data: { "a/b": "in-body" } },
          }
        : { status: 401 },
  };
  const loginAt = { verb: "POST", endpoint: "/login" } as const;
  const payload = { username: "ann", password: "pw", usernameField: "user", passwordField: "password" };
  it.each([
    [
      "its body",
      {
        extractFrom: "body",
        extractSelector: "/data/a~1b",
        sendIn: "header",
        sendName: "Authorization",
        sendFormat: "Bearer {token}",
      },
      { fields: [["Authorization", "Bearer in-body"]], query: [] },
    ],
    [
      "a header",
      { extractFrom: "header", extractSelector: "X-Token", sendIn: "query", sendName: "t" },
      { fields: [], query: [["t", "in-head"]] },
    ],
    [
      "its body, as a cookie",
      { extractFrom: "body", extractSelector: "/data/a~1b", sendIn: "cookie", sendName: "s" },
      { fields: [["Cookie", "s=in-body"]], query: [] },
    ],
    ["its cookies", undefined, { fields: [["Cookie", "sid=c1"]], query: [] }],
  ] as const)("with a login request, by %s", async (_name, token, carried) => {
    const api = await startTinyApi(login);
    onTestFinished(() => api.close());
    const by = { ...loginAt, payloadUserPwd: payload, ...(token === undefined ? { expectCookies: true } : { token }) };
    const { a } = await signedIn({ ...KEYS, a: { loginEndpointAuth: by } }, api.origin);
    expect({ fields: a.fields, query: a.query }).toEqual(carried);
  });

  it("sends what is no JSON as a form, and a body as it stands", async () => {
    const api = await startTinyApi(login);
    onTestFinished(() => api.close());
    const contentType = "application/x-www-form-urlencoded";
    const raw = { payloadRaw: '{"password":"pw"}', expectCookies: true };
    const { a, b } = await signedIn(
      {
        a: { loginEndpointAuth: { ...loginAt, payloadUserPwd: payload, contentType, expectCookies: true } },
        b: { loginEndpointAuth: { verb: "POST", externalEndpointURL: `${api.origin}/login`, ...raw } },
      },
      api.origin,
    );
    expect([a.fields, b.fields]).toEqual([[["Cookie", "sid=c1"]], [["Cookie", "sid=c1"]]]);
  });

  it.each([
    ["nobody said how anybody signs in", {}, "callers.a is missing in the test file"],
    ["only that there is no second one", { b: "none" }, "callers.a is missing in the test file"],
    [
      "a password that is wrong",
      { ...KEYS, a: () => byPages("ann@example.com", { password: "wrong" }) },
      'callers.a could not sign in: the page says "E-mail address or password are not right, or the address was not confirmed yet."',
    ],
    [
      "a place to come back to that the client has not",
      { ...KEYS, a: () => byPages("ann@example.com", { redirectUri: "https://elsewhere.example/" }) },
      'callers.a could not sign in: the page says "invalid_redirect_uri ',
    ],
    [
      "a scope that the client has not",
      { ...KEYS, a: () => byPages("ann@example.com", { scope: "root" }) },
      "came back without a code: access_denied",
    ],
    [
      "an issuer that is none",
      { ...KEYS, a: () => byPages("ann@example.com", { issuer: `${serving.issuer}x` }) },
      "there is no authorization server",
    ],
    [
      "a client secret that is wrong",
      {
        ...KEYS,
        a: () => ({
          clientCredentials: { tokenUrl: `${serving.issuer}/token`, clientId: "job", clientSecret: "wrong" },
        }),
      },
      "callers.a got no token, but 401: invalid_client",
    ],
    [
      "two of the same name",
      { a: { ...KEYS.a, subject: "x" }, b: { ...KEYS.b, subject: "x" } },
      "callers a and b are the same person",
    ],
  ])("says why it cannot be done: %s", async (_name, signIns, why) => {
    const told = Object.fromEntries(
      Object.entries(signIns).map(([name, one]) => [name, typeof one === "function" ? one() : one]),
    );
    await expect(signedIn(told as Record<string, SignIn>)).rejects.toThrow(why);
  });
});

describe("rights", () => {
  it("are what is told, else what the token says; who may use an operation is found by them", async () => {
    const callers = await signedIn({
      ...KEYS,
      b: { scopes: ["read"], fixedHeaders: [{ name: "authorization", value: "Bearer two" }] },
      admin: { scopes: ["write"], roles: ["admin"], fixedHeaders: [{ name: "Authorization", value: "Bearer three" }] },
    });
    expect((await callers.allowed("getOrder"))?.name).toBeUndefined();
    expect((await callers.allowed("getOrder", "b"))?.name).toBe("user B");
    expect((await callers.allowed("putOrder"))?.name).toBe("admin");
    expect((await callers.allowed("health"))?.name).toBe("user A");
    expect(await callers.forged()).toEqual([]);
  });
});

describe("--url", () => {
  const asking: OperationProbe = {
    id: "asking",
    per: "operation",
    rules: [RULE],
    async *run(subject, { callers, client, requests, finding }) {
      const caller = (await callers.allowed(subject.operation.id)) ?? callers.nobody;
      const values = await requests.prepare(subject, caller);
      if ("why" in values) throw new Error(values.why);
      const exchange = await client.send(requests.wire(subject, values, caller));
      const said = exchange.reply && (jsonOf(exchange.reply) as { by?: string } | undefined);
      const what = `${exchange.reply?.status} ${said?.by?.slice(0, 6) ?? ""}`;
      yield finding({ rule: RULE, subject, what, message: what, evidence: [exchange] });
    },
  };

  /** A gate of the owner's own over a project's API, with real tokens; and a test file that says how two people sign in. */
  async function running() {
    let came = 0;
    const api = await startTinyApi({
      "*": ({ request }) => {
        came += 1;
        return { body: { by: request.headers.authorization ?? "nobody" } };
      },
    });
    onTestFinished(() => api.close());
    const { cwd } = await project("", {
      "api.yaml": DOCUMENT.replaceAll("[read]", '["orders:read"]').replace("read: r", '"orders:read": r'),
      "portcullis.yaml": `openapi: api.yaml\nupstream: ${api.origin}\ntransport: { listen: "127.0.0.1:0", adminListen: "off" }\nmonitoring: { sinks: [{ file: audit.ndjson }] }\nauthentication:\n  oauth: { issuer: "${serving.issuer}", audience: ${AUDIENCE}, jwks: "${serving.issuer}/jwks" }\n`,
      "portcullis-test.yaml": "",
    });
    const loaded = await loadSettings({ file: "portcullis.yaml", cwd, env: {} });
    const gateway = await serve(await compose(loaded, systemPorts(cwd)), { developmentFolder: cwd });
    onTestFinished(() => void gateway.close());
    writeFileSync(path.join(cwd, "ca.pem"), readFileSync(gateway.authorityFile ?? ""));
    const { port } = new URL(gateway.url);
    const callers = { a: byPages("ann@example.com"), b: byPages("ben@example.com") };
    const options = { url: `https://localhost:${port}`, ca: "ca.pem", rate: "200" };
    return { cwd, options, api, asked: () => came, change: () => ({ callers }) };
  }

  it("asks there as whoever signed in, says what it could not test, and shows no token", async () => {
    const { api: _, asked: _count, ...run } = await running();
    const { findings, untested } = await testedIn([asking], run);
    expect(findings.map(({ operation, message }) => [operation?.id, message])).toEqual([
      ["listNotes", "200 Bearer"],
      ["getNote", "200 Bearer"],
      ["health", "200 nobody"],
    ]);
    expect(untested).toEqual([
      expect.objectContaining({ what: expect.stringContaining("forged and stale tokens"), isExpected: true }),
      expect.objectContaining({ what: expect.stringContaining("limits"), isExpected: true }),
    ]);
    expect(JSON.stringify(findings)).not.toContain("eyJ");
    expect(findings[0]?.evidence[0]?.curl).toContain(run.options.url);
  });

  it("spends no limit there, and guesses nothing", async () => {
    const { api: _, asked, ...run } = await running();
    const { findings, untested } = await testedIn([limits, addressLimits, atOnce, guessing], run);
    expect(findings).toEqual([]);
    expect(asked()).toBeLessThan(20);
    expect(untested.filter(({ isExpected }) => !isExpected)).toEqual([]);
    expect(untested.map(({ what }) => what)).toContain("limits from a full budget");
  });

  it("does not go where its certificate is not trusted, and says so", async () => {
    const { cwd, options, change } = await running();
    const { findings, untested } = await testedIn([asking], { cwd, change, options: { url: options.url } });
    expect(findings).toEqual([]);
    expect(untested.map(({ why }) => why)).toEqual([
      expect.stringMatching(/cannot be asked: .*--ca names the authority/),
    ]);
  });

  it("says that nobody listens there, and nothing of a certificate that nobody showed", async () => {
    const { cwd, change } = await running();
    const url = `https://localhost:${await freePort()}`;
    const { untested } = await testedIn([asking], { cwd, change, options: { url } });
    expect(untested.map(({ why }) => why)).toEqual([`${url} cannot be asked: ECONNREFUSED; nothing listens there`]);
  });
});
