// What the folder of a spool knows of a destination's record, for whoever judges that: how far it goes, and what need not stand there.
import type { SpoolFiles } from "./files.ts";
import { type Range, without } from "./ranges.ts";
import { spooledEvents } from "./spooled-events.ts";
import { type Anchor, cursorOwner, parseState, readCursor, type Signed, STATE_FILE } from "./state-file.ts";

export interface Known {
  /** Position of the first event that need not be there. */
  readonly next: number;
  /** What it was never offered before that. */
  readonly lacked: readonly Range[];
  /** How many events it was never offered as they could not be read. */
  readonly lost: number;
  /**
   * Of what was removed to make room, what it has in hand: read by the process that delivers, and in no file at the
   * moment. What it lacks is among it only until an event says so for certain.
   */
  readonly held: readonly Range[];
  /** The last checkpoint that was written. */
  readonly signed: Signed | undefined;
  readonly anchors: readonly Anchor[];
}

/** Undefined where the folder has none, or cannot be read. */
export async function knownOf(files: SpoolFiles, sink: string): Promise<Known | undefined> {
  const cursor = await readCursor(files, sink).catch(() => undefined);
  const text = await files.readAll(STATE_FILE).catch(() => undefined);
  const state = parseState(text?.toString("utf8") ?? "");
  if (cursor === undefined || state === undefined) return undefined;
  const { next, lost } = cursor;
  const all = state.lacked[sink] ?? [];
  const said = all.filter(({ by }) => by > 0).map(({ first, last }): Range => [first, last]);
  const held = state.dropped
    .filter(([, last]) => last >= next)
    .flatMap(([first, last]) => without([Math.max(first, next), last], said));
  const lacked = all.map(({ first, last }): Range => [first, last]);
  return { next, lacked, lost, held, signed: state.signed, anchors: state.anchors };
}

/** The last position that it ever had, or one that is as far as asked for; undefined where nobody can tell. */
export async function lastSpooled(files: SpoolFiles, enough: number): Promise<number | undefined> {
  const before = await lastTold(files);
  if (before === undefined || before >= enough) return before;
  let last = before;
  for await (const { position } of spooledEvents(files)) last = Math.max(last, position);
  // What went away meanwhile, every cursor had passed before.
  return Math.max(last, (await lastTold(files)) ?? Infinity);
}

/** As its state and all cursors have it. */
async function lastTold(files: SpoolFiles): Promise<number | undefined> {
  const text = await files.readAll(STATE_FILE).catch(() => undefined);
  const state = parseState(text?.toString("utf8") ?? "");
  if (state === undefined) return undefined;
  let { next } = state;
  for (const left of Object.values(state.left)) next = Math.max(next, left.next);
  for (const owner of (await files.list().catch((): string[] => [])).map(cursorOwner)) {
    const cursor = owner === undefined ? undefined : await readCursor(files, owner).catch(() => undefined);
    next = Math.max(next, cursor?.next ?? 0);
  }
  return next - 1;
}
