// How a run is to go: what the command line says wins over the test file, and that over what is usual.
import { hash } from "node:crypto";
import path from "node:path";
import type { TestContext } from "../tester.ts";
import { CannotTest } from "./cannot-test.ts";
import type { BudgetLimits } from "./client/budget.ts";
import type { Probe } from "./probe.ts";
import { type Spending, spendingOf } from "./spending.ts";

export interface Plan {
  readonly limits: BudgetLimits;
  readonly spending: Spending;
  readonly seed: string;
  /** The gate that runs already; undefined: the run starts one. */
  readonly url: URL | undefined;
  /** Also beside the gate. */
  readonly isBeside: boolean;
  readonly isOwned: boolean;
  readonly allowDestructive: boolean;
  readonly stateFile: string;
  /** The same for runs that do the same: an interrupted one goes on only as itself. */
  readonly id: string;
}

const REQUESTS = 100_000;
const MINUTES = 30;
const STRANGE_PER_SECOND = 20;
const STATE_FILE = ".portcullis-test.state";

/** Throws CannotTest for what is no number, and no address. */
export function planOf({ options, testFile, composition, cwd }: TestContext, probes: readonly Probe[]): Plan {
  const { budget = {}, seed: writtenSeed } = testFile.written;
  const number = (name: string) => numberOf(name, options.text(name));
  const url = urlOf(options.text("url"));
  const perSecond = number("rate") ?? budget.perSecond ?? (url === undefined ? undefined : STRANGE_PER_SECOND);
  const seed = options.text("seed") ?? String(writtenSeed ?? 1);
  const isBeside = options.has("upstream");
  const allowDestructive = options.has("allow-destructive");
  const told = { ...testFile.written, budget: undefined };
  const parts = [
    composition.policy.version,
    told,
    budget.limitRequests,
    budget.addressLimitRequests,
    seed,
    url?.href,
    isBeside,
    allowDestructive,
    probes.map(({ id }) => id),
  ];
  return {
    limits: {
      requests: number("requests") ?? budget.requests ?? REQUESTS,
      durationMs: (number("minutes") ?? budget.minutes ?? MINUTES) * 60_000,
      perSecond,
    },
    spending: spendingOf(budget),
    seed,
    url,
    isBeside,
    isOwned: options.has("i-own-this-host"),
    allowDestructive,
    stateFile: path.resolve(cwd, options.text("state") ?? STATE_FILE),
    id: hash("sha256", JSON.stringify(parts), "hex"),
  };
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0)) throw new CannotTest(`--${name} ${text} is no number above 0`);
  return value;
}

function urlOf(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CannotTest(`--url ${text} is no address such as https://localhost:8443`);
  }
  return url;
}
