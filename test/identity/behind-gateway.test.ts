// `portcullis start` with the built-in authorization server: sign-up to a call of the API, a crash, the end. Floods and revocation: attacks-at-gateway.test.ts.
import { once } from "node:events";
import * as client from "openid-client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { identityCookieNames } from "../../src/identity/cookie-names.ts";
import { totpCode, totpStep } from "../../src/identity/factors/totp.ts";
import type { AuditEvent } from "../../src/monitoring/index.ts";
import { CALLBACK, discoverAt, type RunningGateway, signUpAt, startGateway, tokensFor, until } from "./gateway.ts";
import { fromBase32 } from "./holder.ts";
import { Person } from "./person.ts";
import { PASSWORD } from "./serving.ts";
import { childrenOf } from "../servers/children.ts";

let gateway: RunningGateway;
let base: string;

beforeAll(async () => {
  gateway = await startGateway();
  ({ base } = gateway);
});

afterAll(() => gateway.close());

const run = (...args: string[]) => gateway.run(...args);
const orders = (token: string) => gateway.orders(token);

async function machineToken(): Promise<{ token: string; secret: string }> {
  const { secret } = JSON.parse(run("identity", "client", "secret", "job", "--json")) as { secret: string };
  const config = await discoverAt(gateway, "job", client.ClientSecretBasic(secret));
  const { access_token: token } = await client.clientCredentialsGrant(config, { scope: "orders:read" });
  return { token, secret };
}

it("a person signs up, consents, and calls the API by the gate that she signed in through", async () => {
  const person = await signUpAt(gateway, "ann@example.com");
  const config = await discoverAt(gateway, "spa");
  const verifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: "openid orders:read",
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    prompt: "consent",
  });
  const consent = await person.submit(await person.open(url.href), { email: "ann@example.com", password: PASSWORD });
  const back = await person.submit(consent, { answer: "allow" });
  const tokens = await client.authorizationCodeGrant(config, new URL(back.url), { pkceCodeVerifier: verifier });
  expect((await orders(tokens.access_token)).status).toBe(403);
  run("identity", "user", "grant", "ann@example.com", "customer");
  const asked = await person.open(
    client.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: "openid orders:read",
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    }).href,
  );
  // On loopback anybody's program could be the client: it is asked again each time (RFC 8252 8.6).
  const again = await person.submit(asked, { answer: "allow" });
  const fresh = await client.authorizationCodeGrant(config, new URL(again.url), { pkceCodeVerifier: verifier });
  expect((await orders(fresh.access_token)).status).toBe(200);
});

it("an operation asks to step up, the holder adds an app on the account page, and then it may be called", async () => {
  const person = new Person(CALLBACK);
  const config = await discoverAt(gateway, "spa");
  const call = async (signsIn: boolean, more: Record<string, string>) => {
    const verifier = client.randomPKCECodeVerifier();
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: "openid orders:read",
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      ...more,
    });
    const first = await person.open(url.href);
    const consent = signsIn ? await person.submit(first, { email: "ann@example.com", password: PASSWORD }) : first;
    const back = await person.submit(consent, { answer: "allow" });
    const { access_token: token } = await client.authorizationCodeGrant(config, new URL(back.url), {
      pkceCodeVerifier: verifier,
    });
    return fetch(`${base}/orders/7`, { headers: { authorization: `Bearer ${token}` } });
  };
  const refused = await call(true, {});
  expect(refused.status).toBe(401);
  const challenge = refused.headers.get("www-authenticate") ?? "";
  expect(challenge).toContain('error="insufficient_user_authentication"');
  const wanted = /acr_values="([^"]+)"/.exec(challenge)?.[1] as string;
  const page = await person.open(`${base}/identity/account/app`);
  expect(page.text).toContain("Add an authenticator app");
  const secret = /<p class="key"><code>([A-Z2-7 ]+)</.exec(page.text)?.[1] ?? "";
  const code = totpCode(fromBase32(secret), totpStep(Date.now() / 1000));
  expect((await person.submit(page, { code, name: "Phone" })).text).toContain("Your recovery codes");
  expect((await call(false, { acr_values: wanted })).status).toBe(200);
  const events = () => gateway.events();
  await until(() => Promise.resolve(events().includes("A second factor was added: authenticator app.")));
  expect(run("identity", "user", "factors", "ann@example.com")).toMatch(/Phone +totp .*\n10 recovery codes are left/);
  run("identity", "user", "reset-factors", "ann@example.com");
  await until(() => Promise.resolve(/"what":"factors-reset","actor_kind":"command"/.test(events())));
  expect((await person.open(`${base}/identity/account`)).text).toContain("Sign in to your account");
});

it("the first administrator makes an account by the link that a command prints while the server runs", async () => {
  const { url } = JSON.parse(run("identity", "bootstrap", "--json")) as { url: string };
  const person = new Person(CALLBACK);
  const page = await person.submit(await person.open(url), { email: "root@example.com", password: PASSWORD });
  expect(page.text).toContain("add a second factor");
  expect(run("identity", "user", "list", "--role", "identity-administrator")).toContain("root@example.com");
  expect(() => run("identity", "bootstrap")).toThrow("Command failed");
  expect(run("identity", "bootstrap", "--another")).toMatch(/^http:\S+\/identity\/bootstrap\?token=[\w-]{43}\n$/);
  expect(gateway.events()).not.toContain(url.slice(-43));
});

it.each([
  ['"cookies"', null],
  ['"cache", "cookies"', '"cache"'],
  ['"*"', '"cache", "storage"'],
  ['"COOKIES",  "storage"', '"storage"'],
  ['"cache"', '"cache"'],
])("P17 the API signs nobody out of the pages beside it by Clear-Site-Data: %s", async (said, left) => {
  const { token } = await machineToken();
  const headers = { authorization: `Bearer ${token}`, "x-api-clears": said };
  const answer = await fetch(`${base}/products`, { headers });
  expect([answer.status, answer.headers.get("clear-site-data")]).toEqual([200, left]);
});

it("P17 the cookies of somebody who signed in do not reach the API, which can set none of them", async () => {
  const person = await signUpAt(gateway, "eve@example.com");
  const page = await person.open(`${base}/identity/account`);
  await person.submit(page, { email: "eve@example.com", password: PASSWORD });
  const jar = [...person.cookies].map(([name, { value }]) => `${name}=${value}`);
  // Whatever it sets is in the registry.
  const known = identityCookieNames(`${base}/identity`);
  expect([...person.cookies.keys()].filter((name) => !known.has(name))).toEqual([]);
  expect([...person.cookies.keys()]).toEqual(expect.arrayContaining(["portcullis-session", "portcullis-form"]));
  const { token } = await machineToken();
  const before = gateway.received.length;
  const answer = await fetch(`${base}/products`, {
    headers: {
      authorization: `Bearer ${token}`,
      cookie: ["theme=dark", ...jar].join("; "),
      "x-api-sets": "portcullis-session=fixed; Path=/|theme=light|=portcullis-form=fixed",
    },
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.getSetCookie()).toEqual(["theme=light"]);
  expect(gateway.received.slice(before)).toEqual(["theme=dark"]);
});

/** The one event of an answer, once it is written. */
async function eventOf(answer: Response): Promise<AuditEvent> {
  const id = `"request":{"id":"${answer.headers.get("x-request-id") ?? "none"}"`;
  const lines = () =>
    gateway
      .events()
      .split("\n")
      .slice(0, -1)
      .filter((line) => line.includes(id));
  await until(() => Promise.resolve(lines().length > 0));
  expect(lines()).toHaveLength(1);
  return JSON.parse(lines()[0] as string) as AuditEvent;
}

const basic = (id: string, secret: string) => ({ authorization: `Basic ${btoa(`${id}:${secret}`)}` });
const WRONG = "a-wrong-one";
const MACHINE = { grant_type: "client_credentials" };
const CODE = { grant_type: "authorization_code", code: WRONG, redirect_uri: CALLBACK, code_verifier: "v".repeat(43) };

it.each<[string, string, Record<string, string>, Record<string, string>, readonly [number, string, string, string?]]>([
  ["a secret", "token", MACHINE, basic("job", WRONG), [401, "authn_login_fail", "invalid_client", "job"]],
  [
    "a secret, of somebody who wants a page",
    "token",
    MACHINE,
    { ...basic("job", WRONG), accept: "text/html" },
    [401, "authn_login_fail", "invalid_client", "job"],
  ],
  ["an id", "token", MACHINE, basic("who-is-that", WRONG), [401, "authn_login_fail", "invalid_client"]],
  [
    "a secret for an introspection",
    "token/introspection",
    { token: WRONG },
    basic("job", WRONG),
    [401, "authn_login_fail", "invalid_client", "job"],
  ],
  [
    "a secret for a revocation",
    "token/revocation",
    { token: WRONG },
    basic("job", WRONG),
    [401, "authn_login_fail", "invalid_client", "job"],
  ],
  [
    "a secret for a pushed request",
    "request",
    { response_type: "code" },
    basic("job", WRONG),
    [401, "authn_login_fail", "invalid_client", "job"],
  ],
  ["a code", "token", { ...CODE, client_id: "spa" }, {}, [400, "authn_login_fail", "invalid_grant", "spa"]],
  [
    "a refresh token",
    "token",
    { grant_type: "refresh_token", refresh_token: WRONG, client_id: "spa" },
    {},
    [400, "authn_login_fail", "invalid_grant", "spa"],
  ],
  ["an access token", "me", {}, { authorization: `Bearer ${WRONG}` }, [401, "authn_login_fail", "invalid_token"]],
])("who shows the wrong thing is recorded as refused, once: %s", async (_, at, form, headers, expected) => {
  const body = new URLSearchParams(form);
  const answer = await fetch(`${base}/identity/${at}`, { method: "POST", headers, body });
  const [status, action, reason, clientId] = expected;
  expect([answer.status, answer.headers.has("x-portcullis-refused")]).toEqual([status, false]);
  const event = await eventOf(answer);
  expect(event.event).toMatchObject({ action, reason, outcome: "failure" });
  expect([event.log.level, event.event.type.includes("allowed")]).toEqual(["warn", false]);
  expect(event.portcullis.authentication).toEqual(clientId === undefined ? undefined : { client_id: clientId });
  expect(gateway.events()).not.toMatch(/a-wrong-one|who-is-that/);
});

it("who asks for more, or shows a refresh token that was revoked, is recorded as refused, and a good request as before", async () => {
  const person = await signUpAt(gateway, "ida@example.com");
  const tokens = await tokensFor(gateway, person, "ida@example.com", "openid offline_access orders:read");
  const send = (at: string, form: Record<string, string>) =>
    fetch(`${base}/identity/${at}`, { method: "POST", body: new URLSearchParams({ client_id: "spa", ...form }) });
  const again = { grant_type: "refresh_token", refresh_token: tokens.refresh_token ?? "" };
  const wider = await eventOf(await send("token", { ...again, scope: "orders:write" }));
  expect([wider.event.action, wider.event.reason, wider.log.level]).toEqual(["authz_fail", "invalid_scope", "warn"]);
  const revoked = await eventOf(await send("token/revocation", { token: tokens.refresh_token ?? "" }));
  expect([revoked.event.action, revoked.event.outcome, revoked.event.reason]).toEqual([
    "api_access",
    "success",
    undefined,
  ]);
  const { event, log } = await eventOf(await send("token", again));
  expect([event.action, event.reason, log.level]).toEqual(["authn_login_fail", "invalid_grant", "warn"]);
});

it("the administration tells the gate whom it refused itself", async () => {
  const answer = await fetch(`http://127.0.0.1:${gateway.identityPort}/identity/admin/v1/users`);
  expect([answer.status, answer.headers.get("x-portcullis-refused")]).toEqual([
    401,
    "authentication.credentials-missing",
  ]);
});

it("its process is started again when it dies, and the feed goes on", async () => {
  const [child = 0] = childrenOf(gateway.process.pid);
  process.kill(child, "SIGKILL");
  // Not before another one is there: it may answer again sooner than a busy machine asks.
  await until(() => Promise.resolve(childrenOf(gateway.process.pid).some((id) => id !== child)));
  await until(async () => (await fetch(`${base}/identity/jwks`)).status === 200);
  expect((await machineToken()).token).not.toBe("");
});

it("nothing but what is served to the outside is reached, whatever is said about the way", async () => {
  expect((await fetch(`${base}/revocations?since=0`)).status).toBe(404);
  expect((await fetch(`${base}/identity/reg`, { method: "POST" })).status).toBe(404);
  const forged = await fetch(`${base}/identity/.well-known/openid-configuration`, {
    headers: { "x-forwarded-host": "evil.example" },
  });
  expect(await forged.text()).not.toContain("evil.example");
});

it("ends with the gateway, and no event was lost to a bug", async () => {
  gateway.process.kill("SIGTERM");
  const [code] = (await once(gateway.process, "exit")) as [number];
  expect(code).toBe(0);
  const events = gateway.events();
  expect(events).not.toContain("event-failed");
  expect(events).toContain("identity.ended");
  await expect(fetch(`${base}/identity/jwks`)).rejects.toThrow("fetch failed");
});
