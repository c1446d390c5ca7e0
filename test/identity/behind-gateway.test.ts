// `portcullis start` with the built-in authorization server: sign-up to a call of the API, revocation, a crash, the end.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as client from "openid-client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { totpCode, totpStep } from "../../src/identity/factors/totp.ts";
import { fromBase32 } from "./holder.ts";
import { Person } from "./person.ts";
import { PASSWORD } from "./serving.ts";

const COMMAND = path.join(import.meta.dirname, "../../bin/portcullis.js");
const CALLBACK = "http://localhost:9/callback";
const PATIENCE_MS = 30_000;

let folder: string;
let api: Server;
let gateway: ChildProcess;
let base: string;
let admin: string;
let port: number;
const env = { ...process.env, IDENTITY_SECRET: randomBytes(32).toString("base64") };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Asked again until it holds: what happens in other processes tells nobody. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!(await holds().catch(() => false))) {
    if (performance.now() > endMs) throw new Error("it did not happen in time");
    await wait(50);
  }
}

const ready = () => until(async () => (await fetch(`${admin}/readyz`)).ok);

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "portcullis-identity-"));
  api = createServer((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end("[]");
  }).listen(0, "127.0.0.1");
  await once(api, "listening");
  [port] = [await freePort()];
  const [adminPort, identityPort] = [await freePort(), await freePort()];
  base = `http://localhost:${port}`;
  admin = `http://127.0.0.1:${adminPort}`;
  copyFileSync("examples/orders/openapi.yaml", path.join(folder, "openapi.yaml"));
  const written = {
    openapi: "openapi.yaml",
    upstream: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    transport: { listen: port, tls: "dangerouslyOff", publicUrl: base, adminListen: adminPort },
    authentication: { oauth: { issuer: "built-in", audience: "https://orders.example.com" } },
    authorization: { roles: { customer: {}, support: {} } },
    operations: {
      listOrders: { authorization: { roles: ["customer"] } },
      getOrder: { authentication: { level: "mfa" } },
    },
    monitoring: { sinks: [{ file: "audit.ndjson" }] },
    identity: {
      listen: identityPort,
      secrets: ["${IDENTITY_SECRET}"],
      mail: { folder: "mail" },
      clients: { spa: { profile: "public", redirectUris: [CALLBACK] }, job: { profile: "machine" } },
    },
  };
  writeFileSync(path.join(folder, "portcullis.yaml"), JSON.stringify(written));
  gateway = spawn(process.execPath, [COMMAND, "start"], { cwd: folder, env, stdio: ["ignore", "ignore", "inherit"] });
  await ready();
}, 60_000);

afterAll(async () => {
  gateway.kill("SIGTERM");
  if (gateway.exitCode === null) await once(gateway, "exit");
  api.close();
  api.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: string[]) =>
  execFileSync(process.execPath, [COMMAND, ...args], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "ignore"],
  }).toString();
const orders = (token: string) => fetch(`${base}/orders`, { headers: { authorization: `Bearer ${token}` } });

async function machineToken(): Promise<{ token: string; secret: string }> {
  const { secret } = JSON.parse(run("identity", "client", "secret", "job", "--json")) as { secret: string };
  const config = await client.discovery(
    new URL(`${base}/identity`),
    "job",
    undefined,
    client.ClientSecretBasic(secret),
    { execute: [client.allowInsecureRequests] },
  );
  const { access_token: token } = await client.clientCredentialsGrant(config, { scope: "orders:read" });
  return { token, secret };
}

it("a person signs up, consents, and calls the API by the gate that she signed in through", async () => {
  const person = new Person(CALLBACK);
  await person.submit(await person.open(`${base}/identity/register`), { email: "ann@example.com", password: PASSWORD });
  const mails = () => readdirSync(path.join(folder, "mail")).filter((name) => name.endsWith(".txt"));
  await until(async () => Promise.resolve(mails().length === 1));
  const [mail = ""] = mails();
  const link = /http\S+verify\S+/.exec(readFileSync(path.join(folder, "mail", mail), "utf8"))?.[0] as string;
  await person.submit(await person.open(link), {});
  const config = await client.discovery(new URL(`${base}/identity`), "spa", undefined, client.None(), {
    execute: [client.allowInsecureRequests],
  });
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
  const config = await client.discovery(new URL(`${base}/identity`), "spa", undefined, client.None(), {
    execute: [client.allowInsecureRequests],
  });
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
  const events = () => readFileSync(path.join(folder, "audit.ndjson"), "utf8");
  await until(() => Promise.resolve(events().includes("A second factor was added: authenticator app.")));
  expect(run("identity", "user", "factors", "ann@example.com")).toMatch(/Phone +totp .*\n10 recovery codes are left/);
  run("identity", "user", "reset-factors", "ann@example.com");
  await until(() => Promise.resolve(/"what":"factors-reset","actor_kind":"command"/.test(events())));
  expect((await person.open(`${base}/identity/account`)).text).toContain("Sign in to your account");
});

it("T19 a revoked token is refused within two seconds", async () => {
  const { token, secret } = await machineToken();
  const before = (await orders(token)).status;
  expect(before).not.toBe(401);
  const authorization = `Basic ${Buffer.from(`job:${secret}`).toString("base64")}`;
  await fetch(`${base}/identity/token/revocation`, {
    method: "POST",
    headers: { authorization },
    body: new URLSearchParams({ token }),
  });
  const start = performance.now();
  await until(async () => (await orders(token)).status === 401);
  expect(performance.now() - start).toBeLessThan(2_000);
});

it("P13 a flood of sign-ups does not starve the gate", async () => {
  const { token } = await machineToken();
  const flood = Array.from({ length: 40 }, (_, i) =>
    fetch(`${base}/identity/api/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: `flood-${i}@example.com`, password: PASSWORD }),
    }).then(({ status }) => status),
  );
  const times: number[] = [];
  for (let i = 0; i < 20; i += 1) {
    const start = performance.now();
    expect((await fetch(`${base}/products`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    times.push(performance.now() - start);
  }
  const statuses = await Promise.all(flood);
  expect(statuses.filter((status) => status === 202).length).toBeGreaterThan(10);
  expect(statuses.every((status) => [202, 429, 503].includes(status))).toBe(true);
  expect(times.sort((a, b) => a - b)[10]).toBeLessThan(250);
});

it("its process is started again when it dies, and the feed goes on", async () => {
  const [child = ""] = execFileSync("pgrep", ["-P", String(gateway.pid)])
    .toString()
    .trim()
    .split("\n");
  process.kill(Number(child), "SIGKILL");
  await until(async () => (await fetch(`${base}/identity/jwks`)).status !== 200);
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
  gateway.kill("SIGTERM");
  const [code] = (await once(gateway, "exit")) as [number];
  expect(code).toBe(0);
  const events = readFileSync(path.join(folder, "audit.ndjson"), "utf8");
  expect(events).not.toContain("event-failed");
  expect(events).toContain("identity.ended");
  await expect(fetch(`${base}/identity/jwks`)).rejects.toThrow("fetch failed");
});
