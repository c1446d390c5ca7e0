// `portcullis audit dead list|retry`: what a sink refused for good, and offering it again.
import { askRetry, deadOwner, readDeadLetters, type SpoolFiles } from "../../monitoring/index.ts";
import { EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { table } from "../table.ts";
import type { Run } from "./commands.ts";
import { spoolFolder } from "./spool-folder.ts";

export const deadCommands: readonly (readonly [string, Run])[] = [
  ["dead list", list],
  ["dead retry", retry],
];

async function list([sink, ...more]: readonly string[], given: Given, io: Io): Promise<number> {
  if (more.length > 0)
    throw new UsageError("audit dead list takes one sink", "Example: portcullis audit dead list splunk");
  const { files } = await spoolFolder(given, io);
  const rows: { sink: string; id: string; time: string; reason: string; event: unknown }[] = [];
  for (const name of await sinksWithDead(files, sink)) {
    for (const { id, timeMs, reason, json } of (await readDeadLetters(files, name)).values()) {
      const event = JSON.parse(json.toString("utf8")) as unknown;
      rows.push({ sink: name, id, time: new Date(timeMs).toISOString(), reason, event });
    }
  }
  if (given.has("json")) {
    for (const row of rows) io.stdout.write(`${JSON.stringify(row)}\n`);
    return EXIT_OK;
  }
  const shown = rows.map(({ sink, id, time, reason }) => [sink, id, time, reason]);
  io.stdout.write(
    rows.length === 0 ? "there are no dead letters\n" : table([["sink", "event", "time", "reason"], ...shown], io),
  );
  return EXIT_OK;
}

async function retry([sink, ...ids]: readonly string[], given: Given, io: Io): Promise<number> {
  if (sink === undefined) {
    throw new UsageError("audit dead retry needs a sink", "Example: portcullis audit dead retry elasticsearch");
  }
  const { files } = await spoolFolder(given, io);
  const letters = (await sinksWithDead(files, sink)).includes(sink)
    ? [...(await readDeadLetters(files, sink)).values()]
    : [];
  const unknown = ids.find((id) => !letters.some((letter) => letter.id === id));
  if (unknown !== undefined)
    throw new UsageError(`${sink} has no dead letter ${unknown}`, `See portcullis audit dead list ${sink}.`);
  const count = ids.length === 0 ? letters.length : ids.length;
  if (count > 0) await askRetry(files, sink, ids.length === 0 ? {} : { ids });
  const what = count === 1 ? "1 event is" : `${count} events are`;
  io.stdout.write(given.has("json") ? `${JSON.stringify({ sink, count })}\n` : `${what} offered to ${sink} again\n`);
  return EXIT_OK;
}

async function sinksWithDead(files: SpoolFiles, wanted: string | undefined): Promise<string[]> {
  const names = (await files.list()).map(deadOwner).filter((name) => name !== undefined);
  return names.filter((name) => wanted === undefined || name === wanted).sort();
}
