// `portcullis report`: what monitor would have denied, and what is used and not declared, from the audit files; with a patch of the document.
import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ProblemsError } from "../openapi/located.ts";
import { coloursFor } from "./colours.ts";
import { type Command, EXIT_CANNOT_TELL, EXIT_FINDINGS, EXIT_OK, type Given, UsageError } from "./command.ts";
import { CONFIGURATION_OPTIONS } from "./configuration-flags.ts";
import type { Io } from "./io.ts";
import { countLine, problemLines } from "./problems.ts";
import { Findings } from "./report/findings.ts";
import { filesToRead, type Known, sinceOf, whatIsKnown } from "./report/input.ts";
import type { Item } from "./report/items.ts";
import { toJson } from "./report/json.ts";
import { hasFindings, type Report, rowsOf } from "./report/outline.ts";
import { type Patch, patchOf } from "./report/patch.ts";
import { progressOn } from "./report/progress.ts";
import { guesserFor, propose, undocumented } from "./report/proposal.ts";
import { readAudit, type Read, STANDARD_INPUT } from "./report/reading.ts";
import { reportLines } from "./report/text.ts";

const { config, openapi } = CONFIGURATION_OPTIONS as Required<typeof CONFIGURATION_OPTIONS>;

export const reportCommand: Command = {
  name: "report",
  summary: "list what monitor would have denied, and what the document lacks",
  words: "[files…]",
  wordsMax: Number.POSITIVE_INFINITY,
  options: {
    config: config as NonNullable<typeof config>,
    openapi: openapi as NonNullable<typeof openapi>,
    since: { value: "time", what: "only requests since then: 30m, 24h, 7d, or 2026-11-26T08:00:00Z" },
    top: { value: "number", what: "how many rows of each list are shown; default 20" },
    format: { value: "text|json", what: "how the report is written; default text" },
    patch: { value: "file", what: "write the proposed patch there, for git apply or patch -p1" },
    overlay: { what: "propose an OpenAPI Overlay 1.0 instead of a unified diff: for generated documents" },
  },
  notes: [
    "Without files it reads those of the configuration's file sink, rotated and packed ones too; - is standard input.",
    "Example: portcullis report --since 24h --patch proposed.patch; less proposed.patch",
    "Exit codes: 0 nothing to decide, 1 something would have been denied or is used and not declared,",
    "            2 it could not be read, or not to its end.",
  ],
  run: report,
};

const TOP_DEFAULT = 20;
const FORMATS = ["text", "json"];

async function report(given: Given, io: Io): Promise<number> {
  const format = given.text("format") ?? "text";
  if (!FORMATS.includes(format)) throw new UsageError(`--format ${format} is none of ${FORMATS.join(", ")}`);
  const top = topOf(given.text("top"), format);
  const since = sinceOf(given.text("since"), Date.now());
  let known: Known | undefined;
  try {
    known = await whatIsKnown(given, io);
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    const lines = problemLines(error.problems, coloursFor(io.stderr, io.env));
    io.stderr.write([...lines, "", countLine(error.problems), ""].join("\n"));
    return EXIT_CANNOT_TELL;
  }
  const patchFile = given.text("patch");
  if (patchFile !== undefined) await refuseToReplace(patchFile, io, known);
  const files = await filesToRead(given, io, known);
  const findings = new Findings(guesserFor(known?.api));
  const read = await readAll(files, findings, since, io);
  const made = await reportOf(read, findings, known, given.has("overlay"), io);
  await write(made, { format, top, patchFile }, io);
  if (read.wasStopped || read.troubles.length > 0) return EXIT_CANNOT_TELL;
  const isForeign = read.events + read.system + read.older === 0 && read.foreign + read.broken > 0;
  if (isForeign) return EXIT_CANNOT_TELL;
  return hasFindings(made) ? EXIT_FINDINGS : EXIT_OK;
}

async function readAll(files: readonly string[], findings: Findings, since: string | undefined, io: Io): Promise<Read> {
  const stop = new AbortController();
  void io.untilStopped().then(() => stop.abort());
  const progress = progressOn(io.stderr);
  const read = await readAudit({
    files,
    cwd: io.cwd,
    stdin: files.includes(STANDARD_INPUT) ? io.stdin : undefined,
    since,
    stop: stop.signal,
    onEvent: (event) => findings.add(event),
    onProgress: progress.show,
  });
  progress.end();
  return read;
}

async function reportOf(
  read: Read,
  findings: Findings,
  known: Known | undefined,
  asOverlay: boolean,
  io: Io,
): Promise<Report> {
  const hasDefault =
    known !== undefined &&
    (known.loaded.settings.authentication.default !== undefined ||
      known.loaded.settings.authentication.schemes.has("*"));
  const proposal = known === undefined ? undocumented(findings) : propose(findings, known.api, hasDefault);
  const patch = known === undefined ? undefined : await patchOf(proposal, { ...known, cwd: io.cwd, asOverlay });
  const isNoise = ({ kind, because }: Item) => kind === "operation" && because !== undefined;
  return {
    read,
    rows: rowsOf(findings),
    used: proposal.items.filter((item) => !isNoise(item)),
    noise: proposal.items.filter(isNoise),
    hidden: findings.hidden,
    unknownOperations: proposal.unknownOperations,
    patch,
    hasDocument: known !== undefined,
    reached: [...findings.room.reached],
  };
}

interface Wanted {
  readonly format: string;
  readonly top: number;
  readonly patchFile: string | undefined;
}

async function write(made: Report, { format, top, patchFile }: Wanted, io: Io): Promise<void> {
  const { patch } = made;
  const colours = coloursFor(io.stdout, io.env);
  if (format === "json") io.stdout.write(`${JSON.stringify(toJson(made, top), undefined, 2)}\n`);
  else io.stdout.write(`${reportLines(made, top, colours).join("\n")}\n`);
  if (patchFile !== undefined) {
    if (patch === undefined) io.stderr.write(`nothing is proposed: ${patchFile} is not written\n`);
    else await writeFile(resolve(io.cwd, patchFile), patch.text);
  }
  if (format === "json" || patch === undefined) return;
  io.stdout.write(`\n${colours.bold(wordsFor(patch, patchFile))}\n`);
  if (patchFile === undefined) io.stdout.write(`\n${patch.text}`);
}

function wordsFor({ kind }: Patch, file: string | undefined): string {
  if (kind === "overlay") return `Proposed overlay${file === undefined ? ":" : `: ${file}`}`;
  return file === undefined
    ? "Proposed patch; --patch FILE writes it:"
    : `Proposed patch: ${file}; read it, then git apply ${file}`;
}

function topOf(text: string | undefined, format: string): number {
  if (text === undefined) return format === "json" ? Number.POSITIVE_INFINITY : TOP_DEFAULT;
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new UsageError(`--top ${text} is no number of rows`, "Write --top 50.");
  return Number(text);
}

/** What stands there and is no patch of ours is somebody's: the document itself, one letter away. */
async function refuseToReplace(file: string, io: Io, known: Known | undefined): Promise<void> {
  if (known === undefined) {
    throw new UsageError("without a document there is nothing to patch", "Name it: --openapi openapi.yaml");
  }
  const text = await readFile(resolve(io.cwd, file), "utf8").catch(() => "");
  if (text === "" || text.startsWith("--- a/") || text.startsWith("overlay:")) return;
  throw new UsageError(`${file} is there already, and is no patch`, "Name another file, or remove it.");
}
