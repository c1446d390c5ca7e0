// Runs npm audit in each folder that has a lock file of npm. It asks the registry that npm is set to.
import path from "node:path";
import type { Untested } from "../../finding.ts";
import { projectFiles } from "../../project-files.ts";
import type { FolderContext } from "../../tester.ts";
import type { Foreign } from "../foreign.ts";
import { npmAuditForm } from "../forms/npm-audit.ts";
import { ReportError } from "../report-error.ts";
import { type Driven, type Driver, MISSING, type Missing } from "./driver.ts";
import { runProgram } from "./program.ts";

const LOCK = /(?:^|\/)package-lock\.json$/;
/** The lock file alone: nothing is installed, and nothing that is installed is asked. */
const WORDS = ["audit", "--json", "--package-lock-only", "--ignore-scripts"];

export const npmAuditDriver: Driver = {
  name: "npm-audit",
  kind: "dependencies",
  program: "npm",
  install: "it comes with Node.js",
  run,
};

async function run(program: string, context: FolderContext): Promise<Driven | Missing> {
  const foreign: Foreign[] = [];
  const untested: Untested[] = [];
  const given = context.options.all("lockfile");
  const files = given.length > 0 ? given : await projectFiles(context);
  for (const file of files.filter((name) => LOCK.test(name))) {
    const folder = path.posix.dirname(file);
    const running = { ...context, cwd: path.resolve(context.cwd, folder) };
    // oxlint-disable-next-line no-await-in-loop -- one after another: a registry holds back who asks for all at once
    const said = await runProgram(program, WORDS, running);
    if (said === undefined) return MISSING;
    try {
      const report = npmAuditForm.read(JSON.parse(said.out), running);
      foreign.push(...report.map((one) => inFolder(one, folder)));
    } catch (error) {
      if (!(error instanceof ReportError) && !(error instanceof SyntaxError)) throw error;
      const why = error instanceof ReportError ? error.message : `npm audit failed: ${said.complaint}`;
      untested.push({ kind: "dependencies", what: `${file} by npm audit`, why, isExpected: false });
    }
  }
  return { foreign, untested };
}

function inFolder(foreign: Foreign, folder: string): Foreign {
  const { place } = foreign;
  if (place === undefined || folder === ".") return foreign;
  return {
    ...foreign,
    place: { ...place, file: path.posix.join(folder, place.file) },
    what: `${foreign.what} ${folder}`,
  };
}
