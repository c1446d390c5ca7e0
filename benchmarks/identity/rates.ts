// Tokens and sign-ins a second, what of them is the hashing alone, and what hashing costs whoever calls the API meanwhile.
import { argon2, type Argon2Parameters, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { postgresPrograms, startPostgres } from "../../test/identity/postgres.ts";
import { cpuMs } from "../processes.ts";
import type { Table } from "../table.ts";
import { DONE, load } from "../workload/wrk.ts";
import { Application, PASSWORD } from "./application.ts";
import { Protected } from "./protected.ts";

/** As many as the server hashes at once. */
const HASHES_AT_ONCE = 3;
/** As the server hashes (src/identity/accounts/password-hash.ts). */
const COST = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 };
const SIGN_INS_AT_ONCE = 6;
/** Of hashes alone and of sign-ins. */
const TURNS = 4;
const CALL_EVERY_MS = 5;

export async function identityRates(seconds: number, progress: (text: string) => void): Promise<readonly Table[]> {
  const tokens: string[][] = [];
  progress("tokens, on SQLite");
  const site = await Protected.start();
  try {
    tokens.push(await tokenRate("SQLite", site, site.identityOrigin, seconds));
    progress("tokens, on SQLite, through the gateway");
    tokens.push(await tokenRate("SQLite, through the gateway", site, site.base, seconds));
    progress("sign-ins");
    const signIns = await signInTable(site, seconds);
    progress("calls of the API while passwords are hashed");
    const calls = await callsTable(site, seconds);
    const programs = postgresPrograms();
    if (programs !== undefined) {
      progress("tokens, on PostgreSQL");
      tokens.push(await onPostgres(programs, seconds));
    }
    const head = ["client credentials (ES256)", "tokens/s", "p50 ms", "p99 ms", "identity CPU µs/token"];
    return [{ title: "Tokens", head, rows: tokens }, signIns, calls];
  } finally {
    await site.stop();
  }
}

async function onPostgres(programs: string, seconds: number): Promise<string[]> {
  const postgres = await startPostgres(programs, { durable: true });
  const site = await Protected.start({ database: postgres.database("identity") });
  try {
    return await tokenRate("PostgreSQL", site, site.identityOrigin, seconds);
  } finally {
    await site.stop();
    await postgres.stop();
  }
}

async function tokenRate(name: string, site: Protected, origin: string, seconds: number): Promise<string[]> {
  const authorization = Buffer.from(`job:${await site.newSecret("job")}`).toString("base64");
  const folder = await mkdtemp(path.join(tmpdir(), "portcullis-tokens-"));
  try {
    const script = path.join(folder, "tokens.lua");
    await writeTokenScript(script, authorization);
    await load(`${origin}/`, script, 2);
    const before = cpuMs(site.identityPid());
    const { requests, seconds: took, p50Ms, p99Ms, wrong } = await load(`${origin}/`, script, seconds);
    const cpu = (cpuMs(site.identityPid()) - before) * 1_000;
    if (wrong > 0) throw new Error(`${wrong} of ${requests} answers were no tokens`);
    return [name, (requests / took).toFixed(0), p50Ms.toFixed(1), p99Ms.toFixed(1), (cpu / requests).toFixed(0)];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Of another address each time: the gate has a ceiling for all requests of one. */
async function writeTokenScript(file: string, authorization: string): Promise<void> {
  await writeFile(
    file,
    `local head = { ["Content-Type"] = "application/x-www-form-urlencoded", ["Authorization"] = "Basic ${authorization}" }
request = function()
  head["X-Forwarded-For"] = string.format("10.%d.%d.%d", math.random(0, 255), math.random(0, 255), math.random(1, 254))
  return wrk.format("POST", "/identity/token", head, "grant_type=client_credentials&scope=orders:read")
end
${DONE}`,
  );
}

async function signInTable(site: Protected, seconds: number): Promise<Table> {
  const application = new Application(site);
  const emails = Array.from({ length: SIGN_INS_AT_ONCE }, (_, i) => `sign-in-${i}@example.com`);
  for (const email of emails) await application.register(email);
  let [count, tookMs, spentMs] = [0, 0, 0];
  let endMs = 0;
  const again = async (email: string) => {
    while (performance.now() < endMs) {
      const person = application.newPerson();
      const consent = await person.submit(
        await application.openSignIn(person),
        { email, password: PASSWORD },
        {},
        "/sign-in",
      );
      if (!consent.text.includes("asks for access")) throw new Error(`no consent: ${consent.status}`);
      count += 1;
    }
  };
  const bare: { perSecond: number; cpuMs: number }[] = [];
  // In turns: the machine may have other work, now more, now less.
  for (let turn = 0; turn < TURNS; turn += 1) {
    bare.push(await bareHashes(seconds / TURNS));
    const before = cpuMs(site.identityPid());
    const startedMs = performance.now();
    endMs = startedMs + (seconds * 1_000) / TURNS;
    await Promise.all(emails.map(again));
    tookMs += performance.now() - startedMs;
    spentMs += cpuMs(site.identityPid()) - before;
  }
  const perSecond = (count * 1_000) / tookMs;
  const mean = (of: "perSecond" | "cpuMs") => bare.reduce((sum, each) => sum + each[of], 0) / TURNS;
  const cpu = spentMs / count;
  return {
    title: "Sign-ins",
    head: ["", "a second", "CPU ms each"],
    rows: [
      [
        `Argon2id alone, ${HASHES_AT_ONCE} at once, nothing else`,
        mean("perSecond").toFixed(0),
        mean("cpuMs").toFixed(1),
      ],
      [
        `sign-ins through the gateway, ${SIGN_INS_AT_ONCE} at once, from the first request to the page behind the password`,
        perSecond.toFixed(0),
        cpu.toFixed(1),
      ],
      ["sign-ins by hashes", (perSecond / mean("perSecond")).toFixed(2), (cpu / mean("cpuMs")).toFixed(2)],
    ],
  };
}

async function bareHashes(seconds: number): Promise<{ perSecond: number; cpuMs: number }> {
  const derive = promisify(argon2 as (algorithm: string, parameters: Argon2Parameters, done: Done) => void);
  const startedMs = performance.now();
  const before = process.cpuUsage();
  let count = 0;
  const again = async () => {
    while (performance.now() - startedMs < seconds * 1_000) {
      await derive("argon2id", { message: randomBytes(32), nonce: randomBytes(16), ...COST });
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: HASHES_AT_ONCE }, again));
  const { user, system } = process.cpuUsage(before);
  const took = (performance.now() - startedMs) / 1_000;
  return { perSecond: count / took, cpuMs: (user + system) / 1_000 / count };
}

type Done = (error: Error | null, key: Buffer) => void;

/** One call of the API each few milliseconds, without and with as many registrations as the server takes. */
async function callsTable(site: Protected, seconds: number): Promise<Table> {
  const application = new Application(site);
  const secret = await site.newSecret("job");
  const quiet = await callTimes(application, secret, seconds);
  const over = new AbortController();
  const flood = Array.from({ length: SIGN_INS_AT_ONCE }, async () => {
    let hashes = 0;
    for (; !over.signal.aborted; hashes += 1) await application.startRegistration();
    return hashes;
  });
  const flooded = await callTimes(application, secret, seconds);
  over.abort();
  const hashes = (await Promise.all(flood)).reduce((sum, each) => sum + each, 0);
  const row = (name: string, times: readonly number[]) => [
    name,
    ...[0.5, 0.95, 0.99].map((part) => (times[Math.floor(times.length * part)] ?? 0).toFixed(1)),
  ];
  return {
    title: "Calls of the API with a token, while passwords are hashed",
    head: ["", "p50 ms", "p95 ms", "p99 ms"],
    rows: [row("nothing is hashed", quiet), row(`${(hashes / seconds).toFixed(0)} passwords a second`, flooded)],
  };
}

async function callTimes(application: Application, secret: string, seconds: number): Promise<readonly number[]> {
  const endMs = performance.now() + seconds * 1_000;
  const times: number[] = [];
  while (performance.now() < endMs) {
    // Verified anew each time, as a token that was not seen before.
    const access = await application.machineToken(secret);
    const startedMs = performance.now();
    await application.callApi({ access, refresh: "" });
    times.push(performance.now() - startedMs);
    await wait(CALL_EVERY_MS);
  }
  return times.sort((a, b) => a - b);
}
