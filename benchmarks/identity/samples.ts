// What both processes hold, minute by minute: resident memory, live heap, rows, and the size of the files.
import { existsSync, readFileSync, statSync } from "node:fs";
import type { IdentityTables } from "../../src/identity/tables.ts";
import { isPostgres, openSql } from "../../src/stores/sql-database.ts";
import type { Protected } from "./protected.ts";

export interface Sample {
  readonly atSeconds: number;
  readonly gatewayRss: number;
  readonly identityRss: number;
  /** Bytes that are still used after a collection. */
  readonly gatewayHeap: number;
  readonly identityHeap: number;
  readonly databaseBytes: number;
  readonly rows: Readonly<Record<string, number>>;
}

const TABLES = ["account", "revocation", "sign_in_failure"] as const satisfies readonly (keyof IdentityTables)[];

export class Sampler {
  readonly #site: Protected;
  readonly #startedMs = performance.now();
  readonly #database;
  #debuggers: ReadonlyMap<number, string> | undefined;

  constructor(site: Protected) {
    this.#site = site;
    this.#database = openSql<IdentityTables>({ address: site.database });
  }

  async take(): Promise<Sample> {
    const { gatewayPid, database } = this.#site;
    const identityPid = this.#site.identityPid();
    this.#debuggers ??= await debuggersIn(this.#site.log());
    const heap = (pid: number) => liveHeap(this.#debuggers?.get(pid));
    return {
      atSeconds: Math.round((performance.now() - this.#startedMs) / 1_000),
      gatewayHeap: await heap(gatewayPid),
      identityHeap: await heap(identityPid),
      gatewayRss: rss(gatewayPid),
      identityRss: rss(identityPid),
      databaseBytes: isPostgres(database) ? 0 : size(database) + size(`${database}-wal`),
      rows: await this.#rows(),
    };
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  async #rows(): Promise<Record<string, number>> {
    const { queries } = this.#database;
    const rows: Record<string, number> = {};
    for (const table of TABLES) {
      const found = await queries
        .selectFrom(table)
        .select((all) => all.fn.countAll<number>().as("count"))
        .executeTakeFirstOrThrow();
      rows[table] = found.count;
    }
    const models = await queries
      .selectFrom("artifact")
      .select((all) => ["model", all.fn.countAll<number>().as("count")])
      .groupBy("model")
      .execute();
    for (const { model, count } of models) rows[model] = count;
    return rows;
  }
}

/** Of this process alone. */
function rss(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
  return Number(line?.[1] ?? 0) * 1_024;
}

function size(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}

/** By process: where its debugger listens. */
async function debuggersIn(log: string): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  for (const [, url = ""] of log.matchAll(/Debugger listening on (ws:\S+)/g)) {
    const pid = await ask(url, [["Runtime.evaluate", { expression: "process.pid" }]]).catch(() => undefined);
    if (typeof pid === "number") found.set(pid, url);
  }
  return found;
}

async function liveHeap(url: string | undefined): Promise<number> {
  if (url === undefined) return 0;
  const expression = "process.memoryUsage().heapUsed";
  const bytes = await ask(url, [
    ["HeapProfiler.collectGarbage", {}],
    ["Runtime.evaluate", { expression }],
  ]);
  return Number(bytes);
}

/** Speaks the debugger's protocol: what the last call evaluates to. */
async function ask(url: string, calls: readonly (readonly [string, Readonly<Record<string, unknown>>])[]) {
  const socket = new WebSocket(url);
  try {
    await heard(socket, "open");
    let value: unknown;
    for (const [id, [method, params]] of calls.entries()) {
      const answer = heard(socket, "message");
      socket.send(JSON.stringify({ id, method, params }));
      const { data } = (await answer) as MessageEvent;
      value = (JSON.parse(String(data)) as { result?: { result?: { value?: unknown } } }).result?.result?.value;
    }
    return value;
  } finally {
    socket.close();
  }
}

function heard(socket: WebSocket, what: "open" | "message"): Promise<Event> {
  return new Promise((resolve, reject) => {
    socket.addEventListener(what, resolve, { once: true });
    socket.addEventListener("error", () => reject(new Error(`no answer from ${socket.url}`)), { once: true });
  });
}
