// Which file sink of the configuration an audit command is about.
import type { LoadedMonitoring } from "../../configuration/load-monitoring.ts";
import { type Given, UsageError } from "../command.ts";
import { fileSinkOf, type FileSinkSettings, fileSinksOf } from "../report/input.ts";

/** The one that is named, else the one that has most; undefined where there is none. */
export function auditSink(loaded: LoadedMonitoring, given: Given): FileSinkSettings | undefined {
  const wanted = given.text("sink");
  if (wanted === undefined) return fileSinkOf(loaded);
  const sinks = fileSinksOf(loaded);
  const found = sinks.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const names = sinks.map(({ name }) => name).join(", ");
  const remedy = names === "" ? "The configuration writes no audit file." : `Those of the configuration: ${names}.`;
  throw new UsageError(`--sink ${wanted} is no file sink`, remedy);
}

/** Those whose files can be verified too. */
export function othersThan(sink: FileSinkSettings, loaded: LoadedMonitoring | undefined): readonly FileSinkSettings[] {
  return fileSinksOf(loaded).filter((one) => one.name !== sink.name && one.level === "info");
}

/** What is below the level of a sink is missing in its files, as it should be: no chain says more. */
export function judgeLevel({ name, level }: FileSinkSettings): void {
  if (level === "info") return;
  throw new UsageError(
    `${name} takes only ${level} and above: it has gaps by design, and nobody can say which of them are none`,
    "Verify a file that takes everything: --sink NAME, or { file: audit.ndjson } in monitoring.sinks.",
  );
}
