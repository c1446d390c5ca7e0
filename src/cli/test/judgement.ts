// Lays decisions and baseline over what was found. Both are files that are kept beside the code.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { codeOf, whyUnreadable } from "../../configuration/error-code.ts";
import { Baseline } from "../../security-testing/baseline.ts";
import { Decisions, DECISIONS_FILE } from "../../security-testing/decisions.ts";
import type { TestResult } from "../../security-testing/result.ts";
import type { Gathered } from "../../security-testing/run.ts";
import { type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { provenPlace } from "./writable.ts";

export interface Judges {
  readonly decisions: Decisions;
  readonly baseline: Baseline | undefined;
  /** Where the new baseline goes. */
  readonly writeTo: string | undefined;
}

const DAY_LENGTH = "2026-12-31".length;

/** Read before anything runs: a test of minutes should not end at a misspelled name. */
export async function judgesOf(given: Given, io: Io, nowMs: number): Promise<Judges> {
  const named = given.text("decisions");
  const file = named ?? DECISIONS_FILE;
  const today = new Date(nowMs).toISOString().slice(0, DAY_LENGTH);
  const text = await readOptional(file, io.cwd, named === undefined);
  const decisions = text === undefined ? Decisions.none() : Decisions.parse(file, text, today);
  const at = given.text("baseline");
  const isWritten = given.has("write-baseline");
  if (at === undefined && isWritten)
    throw new UsageError("--write-baseline needs a file", "Name it: --baseline portcullis-baseline.json");
  if (at === undefined) return { decisions, baseline: undefined, writeTo: undefined };
  const known = await readOptional(at, io.cwd, isWritten);
  const baseline = known === undefined ? Baseline.empty() : Baseline.parse(known);
  if (baseline === undefined)
    throw new UsageError(`${at} is no baseline`, "Write one: portcullis test --baseline FILE --write-baseline");
  const writeTo = isWritten ? path.resolve(io.cwd, at) : undefined;
  if (writeTo !== undefined) await provenPlace("--baseline", writeTo);
  return { decisions, baseline, writeTo };
}

async function readOptional(file: string, cwd: string, mayBeMissing: boolean): Promise<string | undefined> {
  try {
    return await readFile(path.resolve(cwd, file), "utf8");
  } catch (error) {
    if (mayBeMissing && codeOf(error) === "ENOENT") return undefined;
    throw new UsageError(`${file} cannot be read: ${whyUnreadable(error)}`);
  }
}

type Judged = Pick<TestResult, "findings" | "gone" | "mistakes" | "hasBaseline">;

/** With a baseline to be written everything is known from now on. */
export async function judged({ findings, whole }: Gathered, judges: Judges): Promise<Judged> {
  const { decisions, baseline, writeTo } = judges;
  const decided = findings.map((finding) => ({
    ...finding,
    state: writeTo === undefined ? (baseline?.stateOf(finding) ?? ("new" as const)) : ("unchanged" as const),
    decision: decisions.of(finding),
  }));
  if (writeTo !== undefined) await writeFile(writeTo, (baseline as Baseline).renewed(findings, whole));
  return {
    findings: decided,
    gone: baseline?.gone(findings, whole) ?? [],
    mistakes: [...decisions.broken, ...decisions.unused(whole)],
    hasBaseline: baseline !== undefined,
  };
}
