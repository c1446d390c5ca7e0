// A protected shop for attacks on limits: the real gateway over an API that counts, tokens, API keys and time of the test's own.
import { generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type JWK, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { onTestFinished } from "vitest";
import { makeApiKey } from "../../src/authentication/api-key-text.ts";
import { compose, systemPorts } from "../../src/configuration/compose.ts";
import { loadSettings } from "../../src/configuration/load.ts";
import { serve } from "../../src/gateway/serve.ts";
import { memoryCounter, type MemoryCounterOptions } from "../../src/rate-limiting/index.ts";
import { type Answer, type Asking, type Client, http1Client } from "../conformance/asking.ts";
import { without } from "../conformance/without.ts";

const DOCUMENT = `openapi: 3.1.0
info: { title: Shop, version: "1" }
paths:
  /products:
    get: { operationId: products, security: [], responses: { default: { description: any } } }
  /products/{id}:
    get:
      operationId: product
      security: []
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { default: { description: any } }
  /orders:
    get: { operationId: orders, security: [{ oauth: [] }, { key: [] }], responses: { default: { description: any } } }
components:
  securitySchemes:
    oauth: { type: http, scheme: bearer }
    key: { type: apiKey, in: header, name: x-api-key }
`;

export const ISSUER = "https://login.example.com/";
const AUDIENCE = "https://shop.example.com";
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

/** What the API's owner gave out, and what somebody made up who knows its id. */
export const ANNS_KEY = makeApiKey();

export interface TokenOptions {
  readonly claims?: JWTPayload;
  /** Signed by somebody else. */
  readonly forged?: boolean;
  readonly unsigned?: boolean;
}

let tokens = 0;

/** Another token each time. */
export async function token(subject: string, { claims, forged, unsigned }: TokenOptions = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  tokens += 1;
  const common = { iss: ISSUER, aud: AUDIENCE, sub: subject, client_id: "app", iat: now, exp: now + 600 };
  const payload = { ...common, jti: `token-${tokens}`, ...claims };
  if (unsigned === true) return new UnsecuredJWT(payload).encode();
  const jwt = new SignJWT(payload).setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "1" });
  return jwt.sign(forged === true ? stranger : privateKey);
}

export interface Shop {
  readonly url: string;
  readonly ask: Client["ask"];
  /** How many requests reached the API. */
  readonly reached: () => number;
}

export interface ShopOptions {
  /** Below `rateLimiting:`; limits that are left out are too high to be met. */
  readonly limits?: string;
  /** Guards that are taken out of the policy. */
  readonly off?: readonly string[];
  /** Whether the loopback is a proxy whose word is believed. */
  readonly proxied?: boolean;
  readonly tls?: { readonly certificate: string; readonly key: string; readonly ca: string };
  readonly counter?: Partial<MemoryCounterOptions>;
  readonly more?: string;
}

const WIDE = "{ limit: 1000000, window: 1m }";

/** Closed when the test ends. */
export async function openShop(options: ShopOptions = {}): Promise<Shop> {
  const { limits = "", off = [], proxied = false, tls, counter = {}, more = "" } = options;
  let reached = 0;
  const api = createServer((request, response) => {
    reached += 1;
    request.resume();
    response.end("{}");
  });
  await new Promise<void>((resolve) => void api.listen(0, "127.0.0.1", resolve));
  const cwd = mkdtempSync(path.join(tmpdir(), "portcullis-limits-"));
  const jwk: JWK = { ...(publicKey.export({ format: "jwk" }) as JWK), kid: "1", alg: "ES256", use: "sig" };
  writeFileSync(path.join(cwd, "jwks.json"), JSON.stringify({ keys: [jwk] }));
  writeFileSync(path.join(cwd, "openapi.yaml"), DOCUMENT);
  const secure = tls === undefined ? "dangerouslyOff" : `{ certificate: ${tls.certificate}, key: ${tls.key} }`;
  const general = (key: string) => (limits.includes(`${key}:`) ? "" : `  ${key}: ${key === "limits" ? "[]" : WIDE}\n`);
  writeFileSync(
    path.join(cwd, "portcullis.yaml"),
    `openapi: openapi.yaml
upstream: http://127.0.0.1:${(api.address() as AddressInfo).port}
transport: { listen: "127.0.0.1:0", tls: ${secure}, trustedProxies: [${proxied ? '"127.0.0.1"' : ""}] }
authentication:
  oauth: { issuer: "${ISSUER}", audience: "${AUDIENCE}", jwks: jwks.json }
  key: { keys: [{ id: "${ANNS_KEY.id}", hash: "${ANNS_KEY.hash}", name: ann, created: "2026-01-01T00:00:00Z" }] }
rateLimiting:
${general("limits")}${general("addressCeiling")}${general("failedAuthentication")}${limits.replace(/^/gm, "  ")}
monitoring: { sinks: [] }
${more}
`,
  );
  const ports = systemPorts(cwd);
  const loaded = await loadSettings({ file: "portcullis.yaml", cwd, env: {} });
  const settings = { ...loaded.settings, transport: { ...loaded.settings.transport, adminListen: undefined } };
  const composition = await compose(
    { ...loaded, settings },
    { ...ports, counter: memoryCounter({ clock: ports.clock, ...counter }) },
  );
  const policy = off.length === 0 ? composition.policy : without(off)(composition.policy);
  const served = await serve({ ...composition, policy }, { drainTimeoutMs: 100 });
  const client = http1Client(served.url, tls?.ca);
  onTestFinished(async () => {
    client.close();
    await served.close();
    await new Promise((resolve) => {
      api.close(resolve);
      api.closeAllConnections();
    });
    rmSync(cwd, { recursive: true });
  });
  return { url: served.url, ask: client.ask, reached: () => reached };
}

/** What people write: a count for each key in a window that begins anew, in front of everything else. */
export interface NaiveOptions {
  readonly limit: number;
  readonly keyOf: (request: IncomingMessage) => string;
  readonly nowMs?: () => number;
  readonly windowMs?: number;
  /** As a cache that forgets the oldest when it is full. */
  readonly keysMax?: number;
  /** Reads the count, waits for the store, writes it back. */
  readonly slowStore?: boolean;
  /** Only what is authenticated is counted, as by a limiter behind the authentication. */
  readonly statusOf?: (request: IncomingMessage) => number;
}

/** A server with such a limiter; `passed` were not refused by it. Closed when the test ends. */
export async function openNaive(options: NaiveOptions): Promise<{ ask: Client["ask"]; passed: () => number }> {
  const { limit, keyOf, nowMs = Date.now, windowMs = 60_000, keysMax = Infinity, slowStore, statusOf } = options;
  const counts = new Map<string, { count: number; window: number }>();
  let passed = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const status = statusOf?.(request) ?? 200;
    const key = keyOf(request);
    const window = Math.floor(nowMs() / windowMs);
    const found = counts.get(key);
    const count = found?.window === window ? found.count : 0;
    if (slowStore === true) await new Promise((resolve) => void setImmediate(resolve));
    if (status === 200) {
      counts.delete(key);
      counts.set(key, { count: count + 1, window });
      if (counts.size > keysMax) counts.delete(counts.keys().next().value as string);
    }
    const isOver = status === 200 && count >= limit;
    if (!isOver) passed += 1;
    request.resume();
    response.writeHead(isOver ? 429 : status).end();
  };
  const api = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => void api.listen(0, "127.0.0.1", resolve));
  const client = http1Client(`http://127.0.0.1:${(api.address() as AddressInfo).port}`);
  onTestFinished(async () => {
    client.close();
    await new Promise((resolve) => {
      api.close(resolve);
      api.closeAllConnections();
    });
  });
  return { ask: client.ask, passed: () => passed };
}

/** A `GET` with these fields. */
export const get = (target: string, headers: Readonly<Record<string, string>> = {}): Asking => ({
  method: "GET",
  path: target,
  headers,
});

export const bearer = (text: string) => ({ authorization: `Bearer ${text}` });

/** One after another, since the order counts. */
export async function askAll(ask: Client["ask"], askings: readonly Asking[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  // oxlint-disable-next-line no-await-in-loop -- one after another
  for (const asking of askings) answers.push(await ask(asking));
  return answers;
}

/** `200 200 429`, shortened: `200×2 429×1`. */
export function tally(answers: readonly Answer[]): string {
  const runs: [status: number, count: number][] = [];
  for (const { status } of answers) {
    const last = runs.at(-1);
    if (last?.[0] === status) last[1] += 1;
    else runs.push([status, 1]);
  }
  return runs.map(([status, count]) => `${status}×${count}`).join(" ");
}

export const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
