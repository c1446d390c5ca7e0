// `portcullis check`: judges document and configuration without starting anything or asking anybody.
import { compose, offlinePorts } from "../configuration/compose.ts";
import type { LoadedSettings } from "../configuration/load.ts";
import { systemClock } from "../core/clock.ts";
import { type Problem, ProblemsError } from "../openapi/located.ts";
import { loadCertificate } from "../transport/certificates.ts";
import { coloursFor } from "./colours.ts";
import { type Command, EXIT_CANNOT_TELL, EXIT_FINDINGS, EXIT_OK, type Given, UsageError } from "./command.ts";
import { CONFIGURATION_OPTIONS, loadConfiguration } from "./configuration-flags.ts";
import type { Io } from "./io.ts";
import { countLine, problemLines } from "./problems.ts";
import { toSarif } from "./sarif.ts";
import { packageVersion } from "./version.ts";

export const checkCommand: Command = {
  name: "check",
  summary: "judge the document and the configuration without starting",
  words: "",
  wordsMax: 0,
  options: {
    ...CONFIGURATION_OPTIONS,
    format: { value: "text|json|sarif", what: "how findings are written; default text" },
    strict: { what: "warnings count as findings too" },
  },
  notes: [
    "Exit codes: 0 nothing stops the start, 1 errors (with --strict: or warnings), 2 it could not be judged.",
    "Nothing is fetched: whether an issuer can be reached shows at the start.",
  ],
  run: check,
};

/** What was to be judged is not there. */
const UNREADABLE = new Set(["configuration.file-unreadable", "configuration.document-unreadable"]);
const FORMATS = ["text", "json", "sarif"];

async function check(given: Given, io: Io): Promise<number> {
  const format = given.text("format") ?? "text";
  if (!FORMATS.includes(format)) throw new UsageError(`--format ${format} is none of ${FORMATS.join(", ")}`);
  const { problems, summary } = await judge(given, io);
  if (format === "sarif") io.stdout.write(`${JSON.stringify(toSarif(problems, packageVersion()), undefined, 2)}\n`);
  else if (format === "json") io.stdout.write(`${JSON.stringify({ problems: problems.map(plain) }, undefined, 2)}\n`);
  else writeText(problems, summary, io);
  if (problems.some(({ rule }) => UNREADABLE.has(rule))) return EXIT_CANNOT_TELL;
  const counts = given.has("strict") ? ["error", "warning"] : ["error"];
  return problems.some(({ severity }) => counts.includes(severity)) ? EXIT_FINDINGS : EXIT_OK;
}

async function judge(given: Given, io: Io): Promise<{ problems: readonly Problem[]; summary: string }> {
  try {
    const loaded = await loadConfiguration(given, io);
    const certificate = await certificateProblems(loaded);
    const composition = await compose(loaded, offlinePorts(io.cwd));
    await composition.close();
    const count = composition.api.operations.length;
    const summary = `${composition.api.title}: ${count} operation${count === 1 ? "" : "s"}, policy ${composition.policy.version}`;
    return { problems: [...certificate, ...composition.notices], summary };
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return { problems: error.problems, summary: "" };
  }
}

/** What would stop the listener, or stands before its end. */
async function certificateProblems(loaded: LoadedSettings): Promise<Problem[]> {
  const { tls, publicUrl } = loaded.settings.transport;
  if (tls.kind !== "files") return [];
  const at = loaded.position(["transport", "tls"], "key");
  const placed = (problems: readonly Problem[]) =>
    problems.map((problem) => ({ ...problem, position: problem.position ?? at }));
  try {
    return placed((await loadCertificate(tls, systemClock.nowMs(), publicUrl)).warnings);
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return placed(error.problems);
  }
}

function writeText(problems: readonly Problem[], summary: string, io: Io): void {
  const lines = problemLines(problems, coloursFor(io.stdout, io.env));
  const end = [summary, countLine(problems)].filter((part) => part !== "").join("; ");
  io.stdout.write([...lines, ...(lines.length === 0 ? [] : [""]), end, ""].join("\n"));
}

/** A problem's position may be worked out when asked: written out here. */
function plain({ severity, rule, message, remedy, position }: Problem): unknown {
  return { severity, rule, message, remedy, position };
}
