// Opens a spool: reads what its folder remembers, and mends what a killed process left.
import { beginsAt, headOf, settleCursors } from "./cursors.ts";
import { setAsideFrom } from "./dead-letters.ts";
import { previousOf } from "./drops.ts";
import { passLostTail } from "./lost-tail.ts";
import { inOrder, type Range } from "./ranges.ts";
import { readRefused } from "./refused-count.ts";
import { findSegments, firstThere } from "./segments.ts";
import { Spool } from "./spool.ts";
import type { SpoolOptions } from "./spool-port.ts";
import { cursorOwner, type CursorState, newState, parseCursor, parseState, STATE_FILE } from "./state-file.ts";

/** Opens the spool of a folder and mends what a killed process left. Rejects where the folder cannot be used. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { files, destinations } = options;
  const stateBytes = await files.readAll(STATE_FILE);
  const parsed = stateBytes === undefined ? newState() : parseState(stateBytes.toString("utf8"));
  const state = parsed ?? newState();
  // A kill came before the state had it.
  if (parsed !== undefined && stateBytes !== undefined)
    state.refused = Math.max(state.refused, await readRefused(files));
  const { cursors, broken } = await readCursors(options);
  if (parsed === undefined) broken.push(STATE_FILE);
  const found = await findSegments(files);
  const setAside = new Map<string, Set<number>>();
  for (const { name, place } of destinations) {
    const next = state.left[place]?.next ?? cursors.get(name)?.next ?? found.segments[0]?.first ?? 1;
    setAside.set(name, await setAsideFrom(files, name, next));
  }
  const gone = await passLostTail(files, found, { state, cursors, setAside }, destinations);
  const next = beginsAt(found, { state, cursors, setAside });
  const first = firstThere(found) ?? next;
  const previousAt = async (position: number) => {
    if (position >= next) return headOf(found, state);
    const segment = found.segments.find((one) => position >= one.first && position <= one.last);
    if (segment === undefined) return undefined;
    return (await previousOf(files, segment, new Set([position]))).get(position);
  };
  const endOf = options.endOf ?? (() => Promise.resolve(undefined));
  const settled = await settleCursors({ files, destinations, state, cursors, first, previousAt, endOf, broken });
  for (const [name, { next }] of settled) {
    const positions = setAside.get(name);
    for (const one of positions ?? []) if (one < next) positions?.delete(one);
  }
  const held = new Map<string, readonly Range[]>();
  if (options.whenFull === "drop-oldest" || state.dropped.length > 0) {
    for (const { name, holds } of destinations) {
      held.set(name, inOrder((await holds()).map(({ first, last }): Range => [first, last])));
    }
  }
  const spool = new Spool(options, { state, cursors: settled, setAside, held }, found);
  const damages = broken.map((name) => `${name} cannot be read and is begun anew`);
  await spool.begin(gone === undefined ? damages : [...damages, gone]);
  return spool;
}

/** By the name of the destination. What is broken is named, unless nobody needs it. */
async function readCursors({ files, destinations }: SpoolOptions) {
  const cursors = new Map<string, CursorState>();
  const broken: string[] = [];
  for (const name of await files.list()) {
    const owner = cursorOwner(name);
    if (owner === undefined) continue;
    const cursor = parseCursor((await files.readAll(name))?.toString("utf8") ?? "");
    if (cursor !== undefined) cursors.set(owner, cursor);
    else if (destinations.some((one) => one.name === owner)) broken.push(name);
    else await files.remove(name);
  }
  return { cursors, broken };
}
