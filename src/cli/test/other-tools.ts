// What other tools said beforehand: reports that the command line names, read before anything runs.
import type { Untested } from "../../security-testing/finding.ts";
import type { ApiContext } from "../../security-testing/run.ts";
import type { Heard } from "../../security-testing/scanners/joining.ts";
import { ReportError } from "../../security-testing/scanners/report-error.ts";
import { type Given, type OptionHelp, UsageError } from "../command.ts";
import type { Io } from "../io.ts";

/** The word for a run of nothing else. */
export const OTHER_TOOLS = "scanners";

export const OTHER_TOOL_OPTIONS: Readonly<Record<string, OptionHelp>> = {
  import: {
    value: "[tool:]file",
    what: "add what another tool found: SARIF, or JSON of ZAP, Snyk, Semgrep, osv-scanner, npm audit, gitleaks, Schemathesis",
    several: true,
  },
};

/** Throws UsageError where one cannot be read: a run of minutes should not end at a misspelled name. */
export async function importedBy(given: Given, io: Io): Promise<Heard> {
  const files = given.all("import");
  if (files.length === 0) return { foreign: [], untested: [], told: new Set() };
  const { readReport } = await import("../../security-testing/scanners/reading.ts");
  try {
    const reports = await Promise.all(files.map((file) => readReport(file, io.cwd)));
    const foreign = reports.flatMap((report) => report.foreign);
    const told = new Set([
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
