// What probes are tried with: a context at a tiny API in this process, beside a gate or behind one, with test keys.
import { onTestFinished } from "vitest";
import { gateStarter } from "../../../src/cli/test/gate.ts";
import { Budget } from "../../../src/security-testing/dynamic/client/budget.ts";
import { TargetClient } from "../../../src/security-testing/dynamic/client/client.ts";
import { openContext } from "../../../src/security-testing/dynamic/context.ts";
import { openOwnGate, type OwnGate } from "../../../src/security-testing/dynamic/own-gate.ts";
import type { Probe, ProbeContext } from "../../../src/security-testing/dynamic/probe.ts";
import { SeededRandom } from "../../../src/security-testing/dynamic/random.ts";
import type { GivenValues } from "../../../src/security-testing/dynamic/requests.ts";
import { Secrets } from "../../../src/security-testing/dynamic/secrets.ts";
import { spendingOf } from "../../../src/security-testing/dynamic/spending.ts";
import { subjectsOf } from "../../../src/security-testing/dynamic/subjects.ts";
import type { Target } from "../../../src/security-testing/dynamic/target.ts";
import type { Finding, Untested } from "../../../src/security-testing/finding.ts";
import { folderWith } from "../../configuration/folder.ts";
import { compose, offlinePorts } from "../../../src/configuration/compose.ts";
import { loadSettings } from "../../../src/configuration/load.ts";
import { createCallers } from "../../../src/security-testing/dynamic/callers/isolated-callers.ts";
import { createRequests } from "../../../src/security-testing/dynamic/requests/request-maker.ts";
import { type Routes, startTinyApi } from "./tiny-api.ts";

export interface TinyOptions {
  /** The OpenAPI document; `paths:` and below is enough: a head and the scheme `oauth` with scopes `read` and `write` are added. */
  readonly document: string;
  readonly api: Routes;
  /** Without `openapi` and `upstream`. */
  readonly configuration?: string;
  /** `upstream`: beside the gate, so that what the API does shows. Default. */
  readonly layer?: "gate" | "upstream";
  readonly allowDestructive?: boolean;
  readonly given?: ReadonlyMap<string, GivenValues>;
  /** Puts the API's state back. */
  readonly reset?: () => void;
  readonly seed?: string;
  /** As the test file's budget may say. */
  readonly limitRequests?: number;
  readonly addressLimitRequests?: number;
  /** Told the keys whose tokens are good, for an API that looks at them itself. */
  readonly believes?: (jwks: readonly object[]) => void;
}

const HEAD = `openapi: 3.1.0\ninfo: { title: Tiny, version: "1" }\nsecurity: [{ oauth: [read] }]\n`;
const SCHEMES = `
components:
  securitySchemes:
    oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://i.example/t", scopes: { read: r, write: w } } } }
`;
const OAUTH =
  "authentication:\n  oauth: { issuer: https://i.example/, audience: https://api.example, claims: { roles: [roles] } }\n";

/** Closed when the test ends. */
export async function tiny(options: TinyOptions): Promise<ProbeContext> {
  const { layer = "upstream", allowDestructive = false, seed = "tiny", reset, configuration = OAUTH } = options;
  const api = await startTinyApi(options.api);
  onTestFinished(() => api.close());
  const cwd = folderWith({
    "portcullis.yaml": `openapi: api.yaml\nupstream: ${api.origin}\n${configuration}`,
    "api.yaml": documentOf(options.document),
  });
  const loaded = await loadSettings({ file: "portcullis.yaml", cwd, env: {} });
  const composition = await compose(loaded, offlinePorts(cwd));
  onTestFinished(() => composition.close());
  const subjects = subjectsOf(composition);
  const callers = createCallers(composition);
  options.believes?.(callers.believed.jwks);
  const startGate = gateStarter(cwd);
  const gate = async (hasLimits: boolean): Promise<OwnGate> => {
    const opened = await openOwnGate({ loaded, believed: callers.believed, startGate, hasLimits });
    onTestFinished(() => opened.close());
    return opened;
  };
  const beside: Target = {
    layer: "upstream",
    host: "127.0.0.1",
    port: api.port,
    isTls: false,
    authority: `127.0.0.1:${api.port}`,
    ca: undefined,
  };
  const target = layer === "upstream" ? beside : (await gate(false)).target;
  const { signal } = new AbortController();
  const budget = new Budget({ requests: 10_000, durationMs: 60_000, perSecond: undefined }, signal);
  const open = (at: Target): TargetClient => {
    const client = new TargetClient({ target: at, budget, retryAfter: "ours" });
    onTestFinished(() => client.close());
    return client;
  };
  const client = open(target);
  const random = new SeededRandom(seed);
  const context = openContext({
    api: composition.api,
    settings: composition.settings,
    subjects,
    target,
    shownOrigin: layer === "gate" ? "https://localhost:8443" : api.origin,
    client,
    callers,
    requests: createRequests({
      api: composition.api,
      subjects,
      client,
      callers,
      random: () => random.next(),
      given: options.given ?? new Map(),
    }),
    random,
    secrets: new Secrets(),
    signal,
    allowDestructive,
    limited: async () => {
      const limited = layer === "upstream" ? undefined : await gate(true);
      return { client: open(limited?.target ?? target), isShared: false, close: async () => limited?.close() };
    },
    spending: spendingOf(options),
    reset: () => {
      reset?.();
      return Promise.resolve(reset !== undefined);
    },
  });
  onTestFinished(() => context.close());
  return context;
}

/** Runs a probe as a run does: at each operation, or once. */
export async function probed(
  probe: Probe,
  context: ProbeContext,
): Promise<{ findings: Finding[]; untested: Untested[] }> {
  const findings: Finding[] = [];
  const untested: Untested[] = [];
  const runs =
    probe.per === "api" ? [probe.run(context)] : context.subjects.map((subject) => probe.run(subject, context));
  for (const run of runs)
    for await (const report of run) {
      if ("isExpected" in report) untested.push(report);
      else findings.push(report);
    }
  return { findings, untested };
}

/** `rule method template parameter` of each finding, in order of the alphabet. */
export async function found(probe: Probe, options: TinyOptions): Promise<string[]> {
  const { findings } = await probed(probe, await tiny(options));
  return findings
    .map(({ rule, operation, parameter }) =>
      [rule, operation?.method, operation?.template, parameter].filter((part) => part !== undefined).join(" "),
    )
    .sort();
}

function documentOf(text: string): string {
  if (text.startsWith("openapi:")) return text;
  return `${HEAD}${text}${text.includes("components:") ? "" : SCHEMES}`;
}
