// Which spool an audit command looks into: the one that is named, else that of the configuration.
import { stat } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { codeOf } from "../../configuration/error-code.ts";
import { diskFiles, type SpoolFiles } from "../../monitoring/index.ts";
import { type Given, UsageError } from "../command.ts";
import { loadMonitoringOnly } from "../configuration-flags.ts";
import type { Io } from "../io.ts";

export interface SpoolFolder {
  /** As messages show it. */
  readonly shown: string;
  readonly files: SpoolFiles;
}

export async function spoolFolder(given: Given, io: Io): Promise<SpoolFolder> {
  const folder = resolve(io.cwd, given.text("spool") ?? (await configured(given, io)));
  const short = relative(io.cwd, folder);
  const shown = short.startsWith("..") || short === "" ? folder : short;
  try {
    if (!(await stat(folder)).isDirectory()) throw new UsageError(`${shown} is no folder`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`the spool ${shown} cannot be read: ${codeOf(error)}`, "A gateway makes it when it starts.");
  }
  return { shown, files: diskFiles(folder) };
}

async function configured(given: Given, io: Io): Promise<string> {
  const { spool } = (await loadMonitoringOnly(given, io)).settings.monitoring;
  if (spool !== undefined) return spool.folder;
  throw new UsageError(
    "the configuration has no spool",
    "There is one as soon as a sink confirms, or with `monitoring: { spool: {} }`. Or name its folder: --spool audit-spool",
  );
}
