// The bench of the input attacks: one document behind the real gateway, guarded and with its validation taken out, before a recorder.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { compose, offlinePorts, type PlannedGuard } from "../../src/configuration/compose.ts";
import { loadSettings } from "../../src/configuration/load.ts";
import type { Exchange } from "../../src/core/exchange.ts";
import { bindGate, type Gate } from "../../src/core/gate.ts";
import type { Policy } from "../../src/core/policy.ts";
import { serve } from "../../src/gateway/serve.ts";
import { type Answer, ask, startUpstream, type Upstream } from "../gateway/harness.ts";

export interface Attempt {
  readonly method?: string;
  /** Path and query, as they go over the wire. */
  readonly target: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface Refusal {
  readonly status: number;
  readonly reason?: string;
  /** What the answer's sentences must hold. */
  readonly says?: string;
}

export interface Bench {
  readonly exchanges: Exchange[];
  readonly seen: Upstream["seen"];
  /** How often the gate has connected to the API. */
  readonly connections: Upstream["connections"];
  /** What `explain` says of the operation's guards. */
  readonly plan: (operation: string) => readonly PlannedGuard[] | undefined;
  readonly send: (attempt: Attempt) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

type Change = (policy: Policy) => Policy;

const LIMITS = { mode: "monitor", limits: [] };

/** The document of a test's operations, all of them public: who may pass is not what is tested here. */
export function documentOf(paths: unknown, schemas: unknown = {}, version = "3.1.0"): string {
  const info = { title: "Input", version: "1" };
  return JSON.stringify({ openapi: version, info, security: [], paths, components: { schemas } });
}

/** A gateway over that document before an API that notes what reaches it whole. */
export async function bench(document: string, validation: object = {}, change: Change = (policy) => policy) {
  const upstream = await startUpstream((request, response) => {
    request.on("end", () => response.end("{}"));
    request.resume();
  });
  const folder = mkdtempSync(path.join(tmpdir(), "portcullis-input-"));
  writeFileSync(path.join(folder, "api.json"), document);
  const object = {
    openapi: "api.json",
    upstream: upstream.origin,
    transport: { listen: "127.0.0.1:0", tls: "dangerouslyOff" as const },
    rateLimiting: LIMITS,
    validation,
    monitoring: { sinks: [] },
  };
  writeFileSync(path.join(folder, "portcullis.yaml"), JSON.stringify(object));
  const loaded = await loadSettings({ file: "portcullis.yaml", cwd: folder, env: {} });
  const settings = { ...loaded.settings, transport: { ...loaded.settings.transport, adminListen: undefined } };
  const composition = await compose({ ...loaded, settings }, offlinePorts(folder));
  const exchanges: Exchange[] = [];
  const recorder = Object.assign(composition.recorder, {
    exchange: (exchange: Exchange) => void exchanges.push(exchange),
  });
  const served = await serve({ ...composition, recorder, policy: change(composition.policy) });
  const made: Bench = {
    exchanges,
    seen: upstream.seen,
    connections: upstream.connections,
    plan: (operation) => composition.plans.get(operation),
    send: ({ method = "POST", target, fields = {}, body }) =>
      ask(served.url + target, { method, headers: fields, ...(body === undefined ? {} : { body }) }),
    close: async () => {
      await served.close();
      await upstream.close();
      rmSync(folder, { recursive: true });
    },
  };
  return made;
}

/** A runner: the guards of validation are in no gate, but those of these names. */
function withoutValidation(policy: Policy): Policy {
  const kept = <T extends { readonly practice: string }>(guards: readonly T[]) =>
    guards.filter(({ practice }) => practice !== "validation");
  const bind = (gate: Gate) =>
    bindGate({ ...gate, head: kept(gate.head), body: kept(gate.body), response: kept(gate.response) });
  return { version: policy.version, refused: bind(policy.refused), enter: (exchange) => bind(policy.enter(exchange)) };
}

export interface InputBench {
  readonly guarded: Bench;
  /** The attack passes where nothing guards, byte for byte; and is refused, with nothing of it reaching the API. */
  readonly refuses: (attempt: Attempt, refusal: Refusal) => Promise<void>;
  /** What is harmless passes the gate as it came. */
  readonly passes: (attempt: Attempt) => Promise<void>;
}

/** For one file of tests: both gateways, started before them and closed behind them. */
export function inputBench(document: string, validation: object = {}): InputBench {
  let guarded: Bench | undefined;
  let open: Bench | undefined;
  beforeAll(async () => {
    guarded = await bench(document, validation);
    open = await bench(document, validation, withoutValidation);
  });
  afterAll(async () => {
    await guarded?.close();
    await open?.close();
  });
  const arrives = async (through: Bench, attempt: Attempt): Promise<void> => {
    const before = through.seen.length;
    const answer = await through.send(attempt);
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: "{}" });
    const arrived = through.seen[before];
    expect(arrived?.url).toBe(attempt.target);
    expect(arrived?.body.equals(Buffer.from(attempt.body ?? ""))).toBe(true);
  };
  return {
    get guarded() {
      return guarded as Bench;
    },
    refuses: async (attempt, { status, reason = "validation.request-invalid", says }) => {
      await arrives(open as Bench, attempt);
      const { seen, connections, send, exchanges } = guarded as Bench;
      const before = seen.length;
      const connected = connections();
      const recorded = exchanges.length;
      const answer = await send(attempt);
      expect({ status: answer.status, ...reasonOf(answer) }).toEqual({ status, reason });
      if (says !== undefined) expect(answer.body).toContain(says);
      expect(seen.length).toBe(before);
      expect(connections()).toBe(connected);
      // On record is what is over, and the client may know first.
      await expect.poll(() => exchanges.slice(recorded).map(({ denial }) => denial?.reason)).toEqual([reason]);
    },
    passes: (attempt) => arrives(guarded as Bench, attempt),
  };
}

function reasonOf({ body }: Answer): { reason: unknown } {
  return { reason: body.startsWith("{") ? (JSON.parse(body) as { reason: unknown }).reason : body };
}
