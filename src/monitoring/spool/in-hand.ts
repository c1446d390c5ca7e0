// Of what a spool removed to make room, what a destination has in hand: read by the process that delivers, and in no file at the moment.
import type { SpoolFiles } from "./files.ts";
import { parseState, type Range, readCursor, STATE_FILE, without } from "./state-file.ts";

/** Not yet delivered; what the destination lacks is among it only until an event says so for certain. */
export async function inHand(files: SpoolFiles, sink: string): Promise<Range[]> {
  const cursor = await readCursor(files, sink).catch(() => undefined);
  const text = await files.readAll(STATE_FILE).catch(() => undefined);
  const state = parseState(text?.toString("utf8") ?? "");
  if (cursor === undefined || state === undefined) return [];
  const said = (state.lacked[sink] ?? []).filter(({ by }) => by > 0).map(({ first, last }): Range => [first, last]);
  return state.dropped
    .filter(([, last]) => last >= cursor.next)
    .flatMap(([first, last]) => without([Math.max(first, cursor.next), last], said));
}
