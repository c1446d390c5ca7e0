// Where destinations begin that the spool did not know: with what is in it, and not before.
import type { SystemEvent } from "../../core/record.ts";
import type { SpoolFiles } from "./files.ts";
import type { FoundSegments } from "./segments.ts";
import type { Remembered } from "./spool-port.ts";
import { cursorFile, type CursorState, newCursor, stateText } from "./state-file.ts";
import { sinkBeganEvent, sinkRenamedEvent } from "./words.ts";

export interface Beginning {
  readonly files: SpoolFiles;
  readonly destinations: readonly string[];
  /** The first position that is there. */
  readonly first: number;
  /** How many the spool has refused by now. */
  readonly refused: number;
  readonly broken: readonly string[];
  /** Names that destinations had until now. */
  readonly formerly?: ReadonlyMap<string, string> | undefined;
}

/** Adds a cursor for each that has none, durably. The result is what there is to say of it. */
export async function beginCursors(cursors: Map<string, CursorState>, beginning: Beginning): Promise<SystemEvent[]> {
  const { files, destinations, first, refused, broken, formerly } = beginning;
  const said: SystemEvent[] = [];
  for (const name of destinations) {
    const other = formerly?.get(name);
    if (other !== undefined) said.push(sinkRenamedEvent(name, other));
    if (cursors.has(name)) continue;
    const cursor = newCursor(first, refused);
    cursors.set(name, cursor);
    await files.replace(cursorFile(name), stateText(cursor));
    // What was named otherwise is not new: nothing excuses that its beginning is gone.
    if (first > 1 && other === undefined && !broken.includes(cursorFile(name))) said.push(sinkBeganEvent(name, first));
  }
  return said;
}

/** Where what comes now begins. */
export function beginsAt({ last }: FoundSegments, { state, cursors, setAside }: Remembered): number {
  let next = Math.max(last + 1, state.next);
  for (const cursor of cursors.values()) next = Math.max(next, cursor.next);
  // The loss of power may have taken a record and left its letter.
  for (const positions of setAside.values()) for (const one of positions) next = Math.max(next, one + 1);
  return next;
}
