// Runs every unit at one layer, in order, within the budget; what was done before an interruption is not done again.
import type { Finding, Report, Untested } from "../finding.ts";
import { CannotTest } from "./cannot-test.ts";
import { BudgetSpent, HeldBack } from "./client/budget.ts";
import type { OpenContext } from "./context.ts";
import type { SeededRandom } from "./random.ts";
import type { Done, RunState } from "./run-state.ts";
import type { Unit } from "./units.ts";

export interface LayerRun {
  readonly units: readonly Unit[];
  readonly context: OpenContext;
  readonly random: SeededRandom;
  readonly state: RunState;
  readonly signal: AbortSignal;
  readonly sent: () => number;
  readonly beforeUnit: () => Promise<void>;
  /** Units of all layers, and how many of them come before these. */
  readonly of: number;
  readonly before: number;
}

/** Throws what the signal was aborted with. Returns whether the budget held. */
export async function* runLayer(run: LayerRun): AsyncGenerator<Report, boolean> {
  const { units, context, random, state, signal, of, before } = run;
  for (const [i, unit] of units.entries()) {
    signal.throwIfAborted();
    yield { progress: { kind: "dynamic", done: before + i, of, what: `${context.target.layer}: ${unit.what}` } };
    let done = state.of(unit.id);
    if (done === undefined) {
      random.begin(unit.id);
      const found = await runUnit(unit, run); // oxlint-disable-line no-await-in-loop -- they share a target and a budget
      if (found === "spent") {
        const left = units.length - i;
        yield context.untested(
          `${left} of ${units.length} tests at the ${context.target.layer}`,
          "the budget is spent",
        );
        return false;
      }
      done = { ...found, unit: unit.id, sent: run.sent() };
      state.add(done);
    }
    yield* done.findings;
    yield* done.untested;
  }
  return true;
}

async function runUnit(unit: Unit, run: LayerRun): Promise<Pick<Done, "findings" | "untested"> | "spent"> {
  const findings: Finding[] = [];
  const untested: Untested[] = [];
  try {
    await run.beforeUnit();
    for await (const report of unit.run(run.context)) {
      if ("isExpected" in report) untested.push(report);
      else findings.push(report);
    }
  } catch (error) {
    run.signal.throwIfAborted();
    if (error instanceof BudgetSpent) return "spent";
    if (error instanceof CannotTest) throw error;
    const message = error instanceof Error ? error.message : String(error);
    untested.push(run.context.untested(unit.what, error instanceof HeldBack ? message : `it failed: ${message}`));
  }
  return { findings, untested };
}
