// `portcullis audit stats`: whether every event that was taken is accounted for, for each sink.
import { type SpoolStats, spoolStats } from "../../monitoring/index.ts";
import { coloursFor } from "../colours.ts";
import { EXIT_FINDINGS, EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { table } from "../table.ts";
import { spoolFolder } from "./spool-folder.ts";

export async function statsCommand(words: readonly string[], given: Given, io: Io): Promise<number> {
  if (words.length > 0) throw new UsageError(`audit stats does not take "${words[0] as string}"`);
  const { shown, files } = await spoolFolder(given, io);
  const stats = await spoolStats(files);
  if (stats === undefined) {
    throw new UsageError(`${shown} changes too quickly to be counted`, "Try again, or at a quieter time.");
  }
  io.stdout.write(given.has("json") ? `${JSON.stringify(stats)}\n` : text(stats, shown, io));
  return stats.isWhole ? EXIT_OK : EXIT_FINDINGS;
}

const COLUMNS = ["accepted", "delivered", "spooled", "held", "dead", "filtered", "dropped", "lost"] as const;
const HEADINGS: Partial<Record<(typeof COLUMNS)[number], string>> = { filtered: "below level", held: "in hand" };

function text({ bytes, records, last, oldestMs, destinations, isWhole }: SpoolStats, shown: string, io: Io): string {
  const colours = coloursFor(io.stdout, io.env);
  const age = oldestMs === undefined ? "" : `, the oldest of ${new Date(oldestMs).toISOString()}`;
  const columns = COLUMNS.filter((column) => column !== "held" || destinations.some(({ held }) => held > 0));
  const heading = ["sink", ...columns.map((column) => HEADINGS[column] ?? column)];
  const rows = destinations.map((one) => [one.name, ...columns.map((column) => one[column].toLocaleString("en"))]);
  const missing = destinations
    .filter(({ unaccounted }) => unaccounted !== 0)
    .map(
      ({ name, unaccounted }) => `${name}: ${Math.abs(unaccounted)} ${unaccounted > 0 ? "are missing" : "too many"}`,
    );
  const verdict = isWhole
    ? colours.green("whole: every event is accounted for")
    : colours.red(`not whole: ${missing.join("; ")}`);
  return (
    `${shown}: ${records.toLocaleString("en")} events in ${(bytes / 1_048_576).toFixed(1)} MiB${age}; last position ${last.toLocaleString("en")}\n` +
    `${table([heading, ...rows], io)}${verdict}\n`
  );
}
