// Which files a report reads, and what it knows of the API: from the command line, else from the configuration.
import { realpath } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { offlinePorts } from "../../configuration/compose.ts";
import { hasDay } from "../../configuration/days.ts";
import { codeOf } from "../../configuration/error-code.ts";
import type { LoadedSettings } from "../../configuration/load.ts";
import type { LoadedMonitoring } from "../../configuration/load-monitoring.ts";
import { duration, durationMs } from "../../configuration/schema/words.ts";
import { auditFiles } from "../../monitoring/index.ts";
import type { ApiDescription } from "../../openapi/api-description.ts";
import { DocumentSet } from "../../openapi/document.ts";
import { describeApi } from "../../openapi/operations.ts";
import { type Given, UsageError } from "../command.ts";
import { loadConfiguration } from "../configuration-flags.ts";
import type { Io } from "../io.ts";

export interface Known {
  readonly loaded: LoadedSettings;
  readonly api: ApiDescription;
}

/** Undefined where there is no configuration and files were named: then there is no document to patch. */
export async function whatIsKnown(given: Given, io: Io): Promise<Known | undefined> {
  let loaded: LoadedSettings;
  try {
    loaded = await loadConfiguration(given, io);
  } catch (error) {
    if (error instanceof UsageError && given.words.length > 0) return undefined;
    throw error;
  }
  const { readText } = offlinePorts(io.cwd);
  const set = await DocumentSet.load(loaded.settings.openapi, readText, (file) => realpath(resolve(io.cwd, file)));
  return { loaded, api: describeApi(set) };
}

/** The words of the command line, else the files of the configuration's file sink. */
export async function filesToRead(given: Given, io: Io, known: Known | undefined): Promise<readonly string[]> {
  return given.words.length > 0 ? given.words : configuredFiles(known?.loaded, io);
}

type WithSinks = Pick<LoadedMonitoring, "settings">;

export type FileSinkSettings = ReturnType<typeof fileSinksOf>[number];

export function fileSinksOf(loaded: WithSinks | undefined) {
  return loaded?.settings.monitoring.sinks.filter((sink) => sink.kind === "file") ?? [];
}

/** The file sink that has most: the first that takes everything. */
export function fileSinkOf(loaded: WithSinks | undefined): FileSinkSettings | undefined {
  const sinks = fileSinksOf(loaded);
  return sinks.find(({ level }) => level === "info") ?? sinks[0];
}

/** The files of that sink, the one that is written now last. */
export async function configuredFiles(
  loaded: WithSinks | undefined,
  io: Io,
  sink = fileSinkOf(loaded),
): Promise<readonly string[]> {
  if (sink === undefined) {
    throw new UsageError(
      "the configuration writes no audit file",
      "Name the files, or - for standard input; or write one: `monitoring: { sinks: [console, { file: audit.ndjson }] }`.",
    );
  }
  const path = resolve(io.cwd, sink.file);
  const files = await auditFiles(path).catch((error: unknown) => {
    throw new UsageError(`the folder of ${shown(path, io)} cannot be read: ${codeOf(error)}`);
  });
  if (files.length === 0) {
    throw new UsageError(`there is no ${shown(path, io)} yet`, "Start the gateway, send requests, and try again.");
  }
  return files.map((file) => shown(file, io));
}

export function shown(file: string, io: Io): string {
  const short = relative(io.cwd, file);
  return short.startsWith("..") ? file : short;
}

/** `24h`, `7d`, or a time as records have it: as RFC 3339 in UTC. `flag`: for messages. */
export function sinceOf(text: string | undefined, nowMs: number, flag = "since"): string | undefined {
  if (text === undefined) return undefined;
  if (duration.safeParse(text).success) return new Date(nowMs - durationMs(text)).toISOString();
  const timeMs = hasDay(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(timeMs)) {
    throw new UsageError(
      `--${flag} ${text} is no time`,
      "Write 30m, 24h or 7d, or a time such as 2026-11-26T08:00:00Z.",
    );
  }
  return new Date(timeMs).toISOString();
}
