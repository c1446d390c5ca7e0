// The dynamic tests: probes against a running gate, operation by operation, and where asked for also against the API beside it.
import type { Finding, Report, Untested } from "../finding.ts";
import { fingerprintOf } from "../fingerprint.ts";
import type { TestContext, Tester } from "../tester.ts";
import { CannotTest } from "./cannot-test.ts";
import { Budget } from "./client/budget.ts";
import { TargetClient } from "./client/client.ts";
import { openContext } from "./context.ts";
import type { Layer, OpenRun } from "./layer.ts";
import { runLayer } from "./layer-run.ts";
import { openRemoteRun } from "./remote-run.ts";
import { openOwnRun } from "./own-run.ts";
import { type Plan, planOf } from "./plan.ts";
import type { Probe } from "./probe.ts";
import { PROBES } from "./probes.ts";
import { SeededRandom } from "./random.ts";
import { createRequests } from "./requests/request-maker.ts";
import type { GivenValues } from "./requests.ts";
import { proveState, RunState } from "./run-state.ts";
import { Secrets } from "./secrets.ts";
import type { Subject } from "./subject.ts";
import { subjectsOf } from "./subjects.ts";
import { unitsOf } from "./units.ts";

export const dynamicTester: Tester = dynamicTesterWith(PROBES);

export function dynamicTesterWith(probes: readonly Probe[]): Tester {
  return { kind: "dynamic", run: (context) => runWith(probes, context) };
}

async function* runWith(probes: readonly Probe[], context: TestContext): AsyncGenerator<Report> {
  try {
    const plan = planOf(context, probes);
    proveState(plan.stateFile);
    yield { progress: { kind: "dynamic", done: 0, of: 0, what: "starting what is tested" } };
    const { url } = plan;
    const run = url === undefined ? await openOwnRun(context, plan) : await openRemoteRun(context, plan, url);
    try {
      for (const one of run.missing) yield { kind: "dynamic", ...one };
      yield* runAll(context, probes, plan, run);
    } finally {
      await run.close();
    }
  } catch (error) {
    // What was stopped by the user is said by whoever runs the tests.
    if (context.signal.aborted) return;
    if (!(error instanceof CannotTest)) throw error;
    yield untested("dynamic tests", error.message);
  }
}

async function* runAll(
  context: TestContext,
  probes: readonly Probe[],
  plan: Plan,
  run: OpenRun,
): AsyncGenerator<Report> {
  const { signal, composition } = context;
  const subjects = subjectsOf(composition);
  const state = new RunState(plan.stateFile, plan.id);
  if (state.size > 0) yield { progress: { kind: "dynamic", done: state.size, of: 0, what: "going on" } };
  const budget = new Budget(plan.limits, signal, state.sent);
  const secrets = new Secrets();
  const atGate = new Set<string>();
  const missed = new Set<string>();
  const layers = run.layers.map((layer) => ({ layer, units: unitsOf(probes, subjects, layer.target.layer) }));
  const of = layers.reduce((sum, { units }) => sum + units.length, 0);
  let before = 0;
  for (const [i, { layer, units }] of layers.entries()) {
    if (i > 0) await run.reset(); // oxlint-disable-line no-await-in-loop -- one layer after another: they share the API
    const random = new SeededRandom(plan.seed);
    const open = openLayer(layer, { context, plan, run, subjects, budget, secrets, random });
    try {
      const { beforeUnit } = run;
      const sent = () => budget.sent;
      const reports = runLayer({ ...open, units, random, state, signal, sent, beforeUnit, of, before });
      let next = await reports.next(); // oxlint-disable-line no-await-in-loop
      for (; next.done !== true; next = await reports.next()) {
        const report = next.value;
        if ("isExpected" in report) {
          const name = JSON.stringify([report.what, report.why]);
          if (!missed.has(name)) yield report;
          missed.add(name);
        } else if (!("rule" in report)) yield report;
        else if (layer.target.layer === "upstream") {
          if (!atGate.has(report.fingerprint)) yield besideOnly(report);
        } else {
          atGate.add(report.fingerprint);
          yield report;
        }
      }
      await run.afterLayer(); // oxlint-disable-line no-await-in-loop
      if (!next.value) break;
    } catch (error) {
      if (signal.aborted) {
        yield untested(`${of - state.size} of ${of} dynamic tests`, "interrupted; the same command goes on from there");
      }
      throw error;
    } finally {
      await open.close(); // oxlint-disable-line no-await-in-loop
    }
    before += units.length;
  }
  state.end();
}

interface LayerParts {
  readonly context: TestContext;
  readonly plan: Plan;
  readonly run: OpenRun;
  readonly subjects: readonly Subject[];
  readonly budget: Budget;
  readonly secrets: Secrets;
  readonly random: SeededRandom;
}

function openLayer(layer: Layer, { context, plan, run, subjects, budget, secrets, random }: LayerParts) {
  const { target, shownOrigin, openLimited, retryAfter } = layer;
  const { api, settings } = context.composition;
  const client = new TargetClient({ target, budget, retryAfter });
  const given = new Map<string, GivenValues>(Object.entries(context.testFile.written.values ?? {}));
  const { callers } = run;
  const left = new Set<() => Promise<void>>();
  const limited = async () => {
    const gate = await openLimited?.();
    const shown = new TargetClient({
      target: gate?.target ?? target,
      budget,
      retryAfter: retryAfter === "ours" ? "ours" : "shown",
    });
    const close = async () => {
      if (!left.delete(close)) return;
      shown.close();
      await gate?.close();
    };
    left.add(close);
    return { client: shown, isShared: retryAfter !== "ours", close };
  };
  const probeContext = openContext({
    api,
    settings,
    target,
    shownOrigin,
    subjects,
    client,
    callers,
    requests: createRequests({ api, subjects, client, callers, random: () => random.next(), given }),
    random,
    secrets,
    signal: context.signal,
    allowDestructive: plan.allowDestructive,
    limited,
    spending: plan.spending,
    reset: run.reset,
  });
  const close = async () => {
    probeContext.close();
    client.close();
    // Of a probe that was stopped before it could end them.
    await Promise.all([...left].map((end) => end()));
  };
  return { context: probeContext, close };
}

/** It is a flaw of the API all the same: the day the gate is not in front of it, it counts in full. */
function besideOnly(finding: Finding): Finding {
  return {
    ...finding,
    severity: finding.severity === "info" ? "info" : "low",
    message: `Beside the gate (the gate stops it): ${finding.message}`,
    fingerprint: fingerprintOf(finding.rule, undefined, finding.fingerprint, "beside the gate"),
  };
}

function untested(what: string, why: string): Untested {
  return { kind: "dynamic", what, why, isExpected: false };
}
