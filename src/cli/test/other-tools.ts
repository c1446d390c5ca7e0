// What other tools say: reports that the command line names, read before anything runs, and tools that it asks to run.
import { suggestion } from "../../configuration/did-you-mean.ts";
import type { Progress, Untested } from "../../security-testing/finding.ts";
import type { ApiContext } from "../../security-testing/run.ts";
import { type Asked, askedTools, DRIVEN } from "../../security-testing/scanners/asked.ts";
import type { Heard } from "../../security-testing/scanners/joining.ts";
import { ReportError } from "../../security-testing/scanners/report-error.ts";
import type { FolderContext } from "../../security-testing/tester.ts";
import { type Given, type OptionHelp, UsageError } from "../command.ts";
import type { Io } from "../io.ts";

/** The word for a run of nothing else. */
export const OTHER_TOOLS = "scanners";

export const OTHER_TOOL_OPTIONS: Readonly<Record<string, OptionHelp>> = {
  import: {
    value: "[tool:]file",
    what: "add what another tool found: SARIF, or JSON of ZAP, Snyk, Semgrep, osv-scanner, npm audit, gitleaks, Schemathesis; sonarqube:https://…?project=KEY asks a server",
    several: true,
  },
  with: {
    value: "tool[=program],…",
    what: `run these, too, where they are installed: ${DRIVEN.join(", ")}`,
    several: true,
  },
};

/** Throws UsageError where one is not known, and where other tools alone are asked for and none is named: nothing would be tested. */
export function toolsToRun(given: Given): readonly Asked[] {
  const asked = askedTools(given);
  const isAlone = given.words.length > 0 && given.words.every((word) => word === OTHER_TOOLS);
  if (isAlone && asked.length === 0 && given.all("import").length === 0)
    throw new UsageError(`"${OTHER_TOOLS}" alone tests nothing`, "Name reports with --import, or tools with --with.");
  for (const { name } of asked) {
    if (!(DRIVEN as readonly string[]).includes(name))
      throw new UsageError(`--with ${name} is none of ${DRIVEN.join(", ")}`, suggestion(name, DRIVEN));
  }
  return asked;
}

/** After our own tests: they share the machine. */
export async function heardBy(
  asked: readonly Asked[],
  imported: Heard,
  folder: FolderContext,
  progress: (progress: Progress["progress"]) => void,
): Promise<Heard> {
  if (asked.length === 0) return imported;
  const { drive } = await import("../../security-testing/scanners/driving/drive.ts");
  const driven = await drive(asked, folder, progress);
  return {
    foreign: [...imported.foreign, ...driven.foreign],
    untested: [...imported.untested, ...driven.untested],
    told: new Set([...imported.told, ...driven.told]),
  };
}

/** Throws UsageError where one cannot be read: a run of minutes should not end at a misspelled name. */
export async function importedBy(given: Given, io: Io): Promise<Heard> {
  const files = given.all("import");
  if (files.length === 0) return { foreign: [], untested: [], told: new Set() };
  const { readReport } = await import("../../security-testing/scanners/reading.ts");
  const { askSonarQube, SONARQUBE } = await import("../../security-testing/scanners/sonarqube.ts");
  const servers = files.filter((file) => file.startsWith(`${SONARQUBE}:`));
  try {
    const reports = await Promise.all(
      files.filter((file) => !servers.includes(file)).map((file) => readReport(file, io.cwd)),
    );
    const asked = await Promise.all(servers.map((file) => askSonarQube(file.slice(SONARQUBE.length + 1), io.env)));
    const foreign = [...reports.flatMap((report) => report.foreign), ...asked.flat()];
    const told = new Set([
      ...(asked.length > 0 ? [`source.${SONARQUBE}`] : []),
      ...reports.flatMap(({ form }) => form.finds.map((kind) => `${kind}.${form.name}`)),
      ...foreign.map(({ kind, tool }) => `${kind}.${tool}`),
    ]);
    return { foreign, untested: [], told };
  } catch (error) {
    if (error instanceof ReportError) throw new UsageError(error.message, error.remedy);
    throw error;
  }
}

/** Findings about requests stand at the line of their operation, unless there is no document. */
export function unplaced({ foreign }: Heard, api: ApiContext): readonly Untested[] {
  if (!("why" in api) || foreign.every(({ request }) => request === undefined)) return [];
  return [
    { kind: "dynamic", what: "lines of the document for what other tools found", why: api.why, isExpected: true },
  ];
}
