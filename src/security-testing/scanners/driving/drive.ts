// Runs the other tools that were asked for, one after another: a missing or failing one is what was not tested, never silence.
import type { Progress } from "../../finding.ts";
import type { FolderContext } from "../../tester.ts";
import type { Asked } from "../asked.ts";
import type { Foreign } from "../foreign.ts";
import type { Heard } from "../joining.ts";
import { ReportError } from "../report-error.ts";
import { type Driver, MISSING } from "./driver.ts";
import { gitleaksDriver } from "./gitleaks.ts";
import { npmAuditDriver } from "./npm-audit.ts";
import { osvScannerDriver } from "./osv-scanner.ts";

const DRIVERS: readonly Driver[] = [osvScannerDriver, npmAuditDriver, gitleaksDriver];

export async function drive(
  asked: readonly Asked[],
  context: FolderContext,
  progress: (progress: Progress["progress"]) => void,
): Promise<Heard> {
  const foreign: Foreign[] = [];
  const untested: Heard["untested"][number][] = [];
  const told = new Set<string>();
  for (const [i, { name, program }] of asked.entries()) {
    const driver = DRIVERS.find((one) => one.name === name) as Driver;
    const { kind } = driver;
    const missed = (why: string) => untested.push({ kind, what: `what ${name} finds`, why, isExpected: false });
    progress({ kind, done: i, of: asked.length, what: name });
    try {
      // oxlint-disable-next-line no-await-in-loop -- they share the machine
      const driven = context.signal.aborted ? "stopped" : await driver.run(program ?? driver.program, context);
      if (driven === "stopped") missed("the run was stopped");
      else if (driven === MISSING) missed(`${program ?? driver.program} cannot be run; install it (${driver.install})`);
      else {
        foreign.push(...driven.foreign);
        untested.push(...driven.untested);
        if (driven.untested.length === 0) told.add(`${kind}.${name}`);
      }
    } catch (error) {
      if (!(error instanceof ReportError) && !(error instanceof SyntaxError)) throw error;
      missed(`what it said cannot be read: ${error.message}`);
    }
  }
  return { foreign, untested, told };
}
