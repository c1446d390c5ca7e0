// Runs gitleaks over the files of the project and over what git remembers. It is told to show no secret, not even to us.
import { stat } from "node:fs/promises";
import path from "node:path";
import type { Untested } from "../../finding.ts";
import { projectFiles } from "../../project-files.ts";
import type { FolderContext } from "../../tester.ts";
import type { Foreign } from "../foreign.ts";
import { gitleaksForm } from "../forms/gitleaks.ts";
import { type Driven, type Driver, MISSING, type Missing } from "./driver.ts";
import { runProgram } from "./program.ts";

const WORDS = [
  "--report-format",
  "json",
  "--report-path",
  "-",
  "--redact",
  "--no-banner",
  "--no-color",
  "--exit-code",
  "0",
];

export const gitleaksDriver: Driver = {
  name: "gitleaks",
  kind: "secrets",
  program: "gitleaks",
  install: "go install github.com/zricethezav/gitleaks/v8@v8.30.0",
  run,
};

async function run(program: string, context: FolderContext): Promise<Driven | Missing> {
  const files = await scan(program, "dir", context);
  if (files === MISSING) return MISSING;
  // It reads all that lies in the folder: what git ignores is not the project's.
  const ours = new Set(await projectFiles(context));
  const current = files.foreign.filter(({ place }) => place !== undefined && ours.has(place.file));
  if (context.options.has("no-history") || !(await hasHistory(context)))
    return { foreign: current, untested: files.untested };
  const history = await scan(program, "git", context);
  if (history === MISSING) return MISSING;
  return { foreign: [...current, ...history.foreign], untested: [...files.untested, ...history.untested] };
}

async function scan(program: string, what: "dir" | "git", context: FolderContext): Promise<Driven | Missing> {
  const said = await runProgram(program, [what, ...WORDS, "."], context);
  if (said === undefined) return MISSING;
  const failed = (why: string): Untested => ({
    kind: "secrets",
    what: `${what === "dir" ? "files" : "history of git"} by gitleaks`,
    why,
    isExpected: false,
  });
  if (said.code !== 0)
    return { foreign: [], untested: [failed(`gitleaks failed (${said.code ?? "stopped"}): ${said.complaint}`)] };
  // Where it finds nothing it says so by an empty list.
  if (said.out.trim() === "") return { foreign: [], untested: [failed("gitleaks said nothing: is it that program?")] };
  const foreign = gitleaksForm.read(JSON.parse(said.out) as unknown, context);
  return { foreign: foreign.map(withoutPrefix), untested: [] };
}

/** It names files as it was given the folder. */
function withoutPrefix(foreign: Foreign): Foreign {
  const { place } = foreign;
  return place === undefined ? foreign : { ...foreign, place: { ...place, file: path.posix.normalize(place.file) } };
}

async function hasHistory({ cwd }: FolderContext): Promise<boolean> {
  return (await stat(path.join(cwd, ".git")).catch(() => undefined)) !== undefined;
}
