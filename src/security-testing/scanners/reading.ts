// Takes over the report of another tool: read to a bound, recognised by what it says, never believed in what it does not say.
import { constants, open } from "node:fs/promises";
import path from "node:path";
import { whyUnreadable } from "../../configuration/error-code.ts";
import { suggestion } from "../../configuration/did-you-mean.ts";
import type { Foreign } from "./foreign.ts";
import type { ReportForm } from "./form.ts";
import { FORMS } from "./forms/forms.ts";
import { ReportError } from "./report-error.ts";

export const REPORT_BYTES_MAX = 128 * 1024 * 1024;
const FINDINGS_MAX = 100_000;
/** Reports are flat: one that nests deeper is made to exhaust whoever walks it. */
const DEPTH_MAX = 100;
const NAMED = /^([a-z][a-z-]+):(.+)$/s;

export interface Report {
  /** As it was given. */
  readonly file: string;
  readonly form: ReportForm;
  readonly foreign: readonly Foreign[];
}

/** `FILE`, or `zap:FILE` where the content alone does not tell. Throws ReportError with the file's name in it. */
export async function readReport(given: string, cwd: string): Promise<Report> {
  const named = NAMED.exec(given);
  const wanted = named === null ? undefined : FORMS.find(({ name }) => name === named[1]);
  if (named !== null && wanted === undefined && !/^[a-z]$/.test(named[1] as string)) {
    const names = FORMS.map(({ name }) => name);
    const remedy = suggestion(named[1] as string, names) ?? `Known are ${names.join(", ")}.`;
    throw new ReportError(`--import ${given}: there is no tool "${named[1]}"`, remedy);
  }
  const file = wanted === undefined ? given : (named?.[2] as string);
  try {
    const value = parsed(await textOf(path.resolve(cwd, file)));
    const form = wanted ?? FORMS.find((one) => one.recognises(value));
    if (form === undefined) throw unknownForm(value);
    if (wanted !== undefined && !wanted.recognises(value) && !isEmptyList(value))
      throw new ReportError(`it is not ${wanted.what}`, otherForm(value));
    const foreign = form.read(value, { cwd });
    if (foreign.length > FINDINGS_MAX)
      throw new ReportError(`it has ${foreign.length} findings, and ${FINDINGS_MAX} are taken`, "Split it.");
    return { file, form, foreign };
  } catch (error) {
    if (!(error instanceof ReportError)) throw error;
    throw new ReportError(`${file} cannot be taken over: ${error.message}`, error.remedy);
  }
}

/** Never more than the bound, whatever the file says of its own size: it may be a pipe. */
async function textOf(file: string): Promise<string> {
  try {
    // Without O_NONBLOCK opening a pipe waits for who writes to it.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const about = await handle.stat();
      if (about.isDirectory()) throw new ReportError("it is a folder", "Name the file in it.");
      if (!about.isFile()) throw new ReportError("it is no file", "Write the report to a file first.");
      if (about.size > REPORT_BYTES_MAX) {
        const megabytes = REPORT_BYTES_MAX / 1024 / 1024;
        throw new ReportError(`it has more than ${megabytes} MB`, "Have the tool report less, or to several files.");
      }
      const bytes = await handle.readFile();
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof ReportError) throw error;
    if (error instanceof TypeError) throw new ReportError("it is no UTF-8 text", "Have the tool write JSON.");
    throw new ReportError(whyUnreadable(error));
  }
}

function parsed(text: string): unknown {
  if (text.trim() === "") throw new ReportError("it is empty", "The tool did not come to its end: see what it said.");
  if (depthOf(text) > DEPTH_MAX) throw new ReportError(`it nests deeper than ${DEPTH_MAX} levels`);
  try {
    return JSON.parse(text);
  } catch {
    const isXml = text.trimStart().startsWith("<");
    const why = isXml ? "it is XML" : "it is no JSON, or not all of it";
    throw new ReportError(why, "Have the tool write JSON or SARIF, to its end.");
  }
}

function depthOf(text: string): number {
  let [depth, deepest] = [0, 0];
  let isString = false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (isString) {
      if (code === BACKSLASH) i += 1;
      else if (code === QUOTE) isString = false;
    } else if (code === QUOTE) isString = true;
    else if (code === BRACE || code === BRACKET) deepest = Math.max(deepest, (depth += 1));
    else if (code === BRACE + 2 || code === BRACKET + 2) depth -= 1;
  }
  return deepest;
}

const [QUOTE, BACKSLASH, BRACE, BRACKET] = [0x22, 0x5c, 0x7b, 0x5b] as const;

function unknownForm(value: unknown): ReportError {
  if (isEmptyList(value))
    return new ReportError("an empty list does not say which tool wrote it", "Say so: --import gitleaks:FILE");
  const known = FORMS.map(({ name, what }) => `${what} (${name})`).join("; ");
  return new ReportError("it is none of the reports that are known", `Known are: ${known}.`);
}

function otherForm(value: unknown): string {
  const other = FORMS.find((form) => form.recognises(value));
  return other === undefined ? "Name the tool that wrote it." : `It is ${other.what}: --import ${other.name}:FILE`;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
