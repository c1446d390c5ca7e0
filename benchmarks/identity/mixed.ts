// Half an hour, or less, of all that people and programs do at once, at a moderate rate: does memory stay flat, is what ended cleaned away?
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Table } from "../table.ts";
import { Application, PASSWORD } from "./application.ts";
import { Protected } from "./protected.ts";
import { type Sample, Sampler } from "./samples.ts";

/** Short, so that within the run as much ends as begins. */
const LIFETIMES = { accessTokenLifetime: "1m", refreshTokenLifetime: "3m", sessionLifetime: "3m" };
const SAMPLE_EVERY_MS = 30_000;
const REGULARS = 20;

interface MixedResult {
  readonly tables: readonly Table[];
  /** How many requests went wrong, of whatever kind. */
  readonly failed: number;
}

export async function mixedLoad(minutes: number, progress: (text: string) => void): Promise<MixedResult> {
  const site = await Protected.start({ inspected: true, lifetimes: LIFETIMES });
  const sampler = new Sampler(site);
  const samples: Sample[] = [];
  try {
    const application = new Application(site);
    const secret = await site.newSecret("job");
    const regulars = Array.from({ length: REGULARS }, (_, i) => `regular-${i}@example.com`);
    for (const email of regulars) await application.register(email);
    const endMs = performance.now() + minutes * 60_000;
    /** Begins one each so often, however long each takes, and waits for the last. */
    const every = async (ms: number, step: (count: number) => Promise<unknown>) => {
      const under: Promise<unknown>[] = [];
      for (let count = 0; performance.now() < endMs; count += 1) {
        under.push(step(count));
        if (under.length > 50) await under.shift();
        await wait(ms);
      }
      await Promise.all(under);
    };
    const sampling = async () => {
      for (;;) {
        const sample = await sampler.take();
        samples.push(sample);
        progress(JSON.stringify(sample));
        const leftMs = endMs - performance.now();
        if (leftMs <= 0) return;
        await wait(Math.min(SAMPLE_EVERY_MS, Math.max(leftMs, 1)));
      }
    };
    await Promise.all([
      sampling(),
      every(2_000, () => beANewcomer(application)),
      every(700, (count) => beARegular(application, regulars[count % REGULARS] ?? "")),
      every(100, () => application.attempt("client credentials", () => application.clientCredentials(secret))),
      every(1_000, (count) => application.attempt("wrong passwords", () => guess(application, count))),
      every(10_000, () => forget(application)),
    ]);
    const { counts, failures } = application;
    const failed = [...failures.values()].reduce((sum, count) => sum + count, 0);
    const tables = [countsTable(counts, minutes), samplesTable(samples), failuresTable(failures)];
    return { tables: failed === 0 ? tables.slice(0, 2) : tables, failed };
  } finally {
    await sampler.close();
    await site.stop();
  }
}

async function beANewcomer(application: Application): Promise<void> {
  const email = await application.attempt("registrations", () =>
    application.register(`new-${randomUUID()}@example.com`),
  );
  // Who has no account cannot sign in: that would count one failure twice, and call a right answer a wrong one.
  if (email === undefined) return;
  const tokens = await application.attempt("sign-ins", () => application.signIn(application.newPerson(), email));
  if (tokens !== undefined) await application.attempt("revocations", () => application.revoke(tokens));
}

async function beARegular(application: Application, email: string): Promise<void> {
  let tokens = await application.attempt("sign-ins", () => application.signIn(application.newPerson(), email));
  for (let i = 0; tokens !== undefined && i < 3; i += 1) {
    const now = tokens;
    await application.attempt("calls of the API", () => application.callApi(now));
    tokens = await application.attempt("refreshes", () => application.refresh(now));
  }
}

/** Of accounts that nobody has: those that somebody has would be delayed by it. */
async function guess(application: Application, count: number): Promise<void> {
  const status = await application.guess(`nobody-${count % 500}@example.com`);
  if (![401, 429].includes(status)) throw new Error(`status ${status}`);
}

/** Signed in before and behind it: what was given before has ended by it. Each is somebody else: one address gets a few such mails an hour. */
async function forget(application: Application): Promise<void> {
  const person = application.newPerson();
  const steps: readonly [string, (email: string) => Promise<unknown>][] = [
    ["registrations", (email) => application.register(email)],
    ["sign-ins", (email) => application.signIn(person, email)],
    ["resets", (email) => application.reset(email, PASSWORD)],
    ["sign-ins", (email) => application.signIn(person, email)],
  ];
  const email = `forgetful-${randomUUID()}@example.com`;
  for (const [what, step] of steps) if ((await application.attempt(what, () => step(email))) === undefined) return;
}

function countsTable(counts: ReadonlyMap<string, number>, minutes: number): Table {
  const rows = [...counts].map(([what, count]) => [what, String(count), (count / (minutes * 60)).toFixed(1)]);
  return { title: `Mixed load, ${minutes} minutes`, head: ["what", "times", "a second"], rows };
}

function failuresTable(failures: ReadonlyMap<string, number>): Table {
  const sorted = [...failures].toSorted((a, b) => b[1] - a[1]);
  return {
    title: "What went wrong",
    head: ["what", "times"],
    rows: sorted.map(([kind, count]) => [kind, String(count)]),
  };
}

function samplesTable(samples: readonly Sample[]): Table {
  const models = [...new Set(samples.flatMap(({ rows }) => Object.keys(rows)))];
  const picked = [0, 0.1, 0.25, 0.5, 0.75, 1].map((part) => samples[Math.round(part * (samples.length - 1))] as Sample);
  const megabytes = (bytes: number) => (bytes / 1_000_000).toFixed(1);
  const lines: [string, (sample: Sample) => string][] = [
    ["gateway: resident MB", ({ gatewayRss }) => megabytes(gatewayRss)],
    ["gateway: live heap MB", ({ gatewayHeap }) => megabytes(gatewayHeap)],
    ["identity: resident MB", ({ identityRss }) => megabytes(identityRss)],
    ["identity: live heap MB", ({ identityHeap }) => megabytes(identityHeap)],
    ["database and WAL MB", ({ databaseBytes }) => megabytes(databaseBytes)],
    ...models.map((model): [string, (sample: Sample) => string] => [
      `rows: ${model}`,
      ({ rows }) => String(rows[model] ?? 0),
    ]),
  ];
  return {
    title: "Memory and rows by minute",
    head: ["what", ...picked.map(({ atSeconds }) => (atSeconds / 60).toFixed(1))],
    rows: lines.map(([name, of]) => [name, ...picked.map(of)]),
  };
}
