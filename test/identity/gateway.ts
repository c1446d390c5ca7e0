// `portcullis start` with the built-in authorization server, in a folder of its own and before an API that answers to everything.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as client from "openid-client";
import { Person } from "./person.ts";
import { PASSWORD } from "./serving.ts";
import { freePort } from "../servers/free-port.ts";

const COMMAND = path.join(import.meta.dirname, "../../bin/portcullis.js");
export const CALLBACK = "http://localhost:9/callback";
const PATIENCE_MS = 90_000;

/** Asked again until it holds: what happens in other processes tells nobody. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  const attempt = async () => holds();
  while (!(await attempt().catch(() => false))) {
    if (performance.now() > endMs) throw new Error("it did not happen in time");
    await wait(50);
  }
}

export interface RunningGateway {
  readonly base: string;
  readonly folder: string;
  /** Where its authorization server listens, for itself alone. */
  readonly identityPort: number;
  readonly process: ChildProcess;
  /** `portcullis …` in its folder: what it printed. */
  run(...args: string[]): string;
  /** What it recorded so far. */
  events(): string;
  /** Cookie fields of the requests that reached the API. It sets the cookies that `X-Api-Sets` names, parted by `|`. */
  readonly received: readonly string[];
  /** Mails to an address, the oldest first. */
  mailsTo(address: string): readonly string[];
  /** A call of the API with a token. */
  orders(token: string): Promise<Response>;
  close(): Promise<void>;
}

/** What is to be otherwise in other sections. */
interface Otherwise {
  readonly transport?: Readonly<Record<string, unknown>>;
  readonly monitoring?: Readonly<Record<string, unknown>>;
}

/** `identity`: more for that section. `paths`: more operations of the document, as YAML. */
export async function startGateway(
  identity: Readonly<Record<string, unknown>> = {},
  paths = "",
  { transport, monitoring }: Otherwise = {},
): Promise<RunningGateway> {
  const folder = mkdtempSync(path.join(tmpdir(), "portcullis-identity-"));
  const received: string[] = [];
  const api = createServer((request, response) => {
    const { cookie = "", "x-api-sets": cookies } = request.headers;
    received.push(cookie);
    if (typeof cookies === "string") response.setHeader("set-cookie", cookies.split("|"));
    const cleared = request.headers["x-api-clears"];
    if (typeof cleared === "string") response.setHeader("clear-site-data", cleared);
    response.setHeader("content-type", "application/json");
    response.end("[]");
  }).listen(0, "127.0.0.1");
  await once(api, "listening");
  const port = await freePort();
  const [adminPort, identityPort] = [await freePort(), await freePort()];
  const base = `http://localhost:${port}`;
  const document = readFileSync("examples/orders/openapi.yaml", "utf8");
  writeFileSync(path.join(folder, "openapi.yaml"), document.replace(/^paths:\n/m, `paths:\n${paths}`));
  const written = {
    openapi: "openapi.yaml",
    upstream: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    transport: { listen: port, tls: "dangerouslyOff", publicUrl: base, adminListen: adminPort, ...transport },
    authentication: { oauth: { issuer: "built-in", audience: "https://orders.example.com" } },
    authorization: { roles: { customer: {}, support: {} } },
    operations: {
      listOrders: { authorization: { roles: ["customer"] } },
      getOrder: { authentication: { level: "mfa" } },
    },
    monitoring: { sinks: [{ file: "audit.ndjson" }], ...monitoring },
    identity: {
      listen: identityPort,
      secrets: ["${IDENTITY_SECRET}"],
      mail: { folder: "mail" },
      clients: { spa: { profile: "public", redirectUris: [CALLBACK] }, job: { profile: "machine" } },
      ...identity,
    },
  };
  writeFileSync(path.join(folder, "portcullis.yaml"), JSON.stringify(written));
  const env = { ...process.env, IDENTITY_SECRET: randomBytes(32).toString("base64") };
  const gateway = spawn(process.execPath, [COMMAND, "start"], {
    cwd: folder,
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  await until(async () => (await fetch(`http://127.0.0.1:${adminPort}/readyz`)).ok);
  return {
    base,
    folder,
    identityPort,
    process: gateway,
    run: (...args) =>
      execFileSync(process.execPath, [COMMAND, ...args], {
        cwd: folder,
        env,
        stdio: ["ignore", "pipe", "ignore"],
      }).toString(),
    received,
    events: () => readFileSync(path.join(folder, "audit.ndjson"), "utf8"),
    mailsTo: (address) =>
      readdirSync(path.join(folder, "mail"))
        .filter((name) => name.endsWith(".txt"))
        .sort()
        .map((name) => readFileSync(path.join(folder, "mail", name), "utf8"))
        .filter((text) => text.startsWith(`To: ${address}\n`)),
    orders: (token) => fetch(`${base}/orders`, { headers: { authorization: `Bearer ${token}` } }),
    close: async () => {
      gateway.kill("SIGTERM");
      if (gateway.exitCode === null) await once(gateway, "exit");
      api.close();
      api.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Somebody whose address is confirmed. */
export async function signUpAt(gateway: RunningGateway, email: string): Promise<Person> {
  const person = new Person(CALLBACK);
  await person.submit(await person.open(`${gateway.base}/identity/register`), { email, password: PASSWORD });
  await until(() => Promise.resolve(gateway.mailsTo(email).length > 0));
  const link = /http\S+verify\S+/.exec(gateway.mailsTo(email)[0] ?? "")?.[0] as string;
  await person.submit(await person.open(link), {});
  return person;
}

export function discoverAt({ base }: RunningGateway, id: string, how = client.None()): Promise<client.Configuration> {
  return client.discovery(new URL(`${base}/identity`), id, undefined, how, { execute: [client.allowInsecureRequests] });
}

/** Goes the way to a token as the application asks for it, typing the password where that is asked for. */
export async function tokensFor(gateway: RunningGateway, person: Person, email: string, scope: string) {
  const config = await discoverAt(gateway, "spa");
  const verifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    prompt: "consent",
  });
  const first = await person.open(url.href);
  const isSignIn = first.text.includes('name="password"');
  const consent = isSignIn ? await person.submit(first, { email, password: PASSWORD }) : first;
  const back = await person.submit(consent, { answer: "allow" });
  return client.authorizationCodeGrant(config, new URL(back.url), { pkceCodeVerifier: verifier });
}
