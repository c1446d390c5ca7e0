// Where each destination goes on: where its place was fed last, whatever its name was; what is new begins with what is there, and its record says so.
import type { SpoolFiles } from "./files.ts";
import type { FoundSegments } from "./segments.ts";
import type { Fed, HeldRun, Remembered } from "./spool-port.ts";
import {
  type Beginning,
  cursorFile,
  type CursorState,
  type Left,
  newCursor,
  type SpoolState,
  STATE_FILE,
  stateText,
} from "./state-file.ts";

export interface Found {
  readonly files: SpoolFiles;
  readonly destinations: readonly Fed[];
  readonly state: SpoolState;
  /** By the names that destinations had. */
  readonly cursors: ReadonlyMap<string, CursorState>;
  /** The first position that is there. */
  readonly first: number;
  /** The hash of the event before a position, where the spool knows it. */
  readonly previousAt: (position: number) => Promise<string | undefined>;
  readonly endOf: (place: string) => Promise<HeldRun | undefined>;
  readonly broken: readonly string[];
}

/** Where what comes now begins. */
export function beginsAt({ last }: FoundSegments, { state, cursors, setAside }: Omit<Remembered, "held">): number {
  let next = Math.max(last + 1, state.next);
  for (const cursor of [...cursors.values(), ...Object.values(state.left)]) next = Math.max(next, cursor.next);
  // The loss of power may have taken a record and left its letter.
  for (const positions of setAside.values()) for (const one of positions) next = Math.max(next, one + 1);
  return next;
}

/** The hash that the next record names. */
export function headOf(found: FoundSegments, state: SpoolState): string {
  return found.last === 0 || found.last + 1 < state.next ? state.previous : found.previous;
}

/** Resolves to a cursor for each destination, all durable; those of others are remembered by place. */
export async function settleCursors(found: Found): Promise<Map<string, CursorState>> {
  const { files, state, destinations } = found;
  const kept = await staying(found);
  const joining = destinations.filter(({ name }) => !kept.has(name));
  const leaving = [...found.cursors].filter(([name]) => !kept.has(name));
  const hasChanged = leaving.length > 0 || joining.length > 0;
  if (hasChanged) state.generation += 1;
  for (const [name, cursor] of leaving) await leave(name, cursor, found);
  const joined = new Map<string, CursorState>();
  for (const one of joining) joined.set(one.name, await join(one, found));
  // First what was, then what is: whoever dies between finds what was, and does it again.
  if (hasChanged) await files.replace(STATE_FILE, stateText(state));
  for (const [name, cursor] of joined) await files.replace(cursorFile(name), stateText(cursor));
  for (const [name] of leaving) if (!joined.has(name)) await files.remove(cursorFile(name));
  for (const { place } of destinations) delete state.left[place];
  return new Map([...kept, ...joined]);
}

/** Those that feed what they fed before. Earlier versions did not note what that was. */
async function staying({ cursors, destinations, state }: Found): Promise<Map<string, CursorState>> {
  const kept = new Map<string, CursorState>();
  for (const { name, place, follows } of destinations) {
    const cursor = cursors.get(name);
    if (cursor === undefined) continue;
    const { place: was = place } = cursor;
    const isMoved = async () => state.left[place] === undefined && (await follows(was));
    if (was === place || (await isMoved())) kept.set(name, { ...cursor, place });
  }
  return kept;
}

async function leave(name: string, { next, place = name }: CursorState, found: Found): Promise<void> {
  const { state } = found;
  const known = state.left[place];
  if (known?.name === name && known.next >= next) return;
  const { [name]: lacked = [] } = state.lacked;
  const { [name]: begun = [] } = state.begun;
  // After a kill the place has more than was noted: as far as the spool has the same.
  const end = await confirmed(await found.endOf(place), next, found);
  const [from, previous] = end ?? [next, await found.previousAt(next)];
  state.left[place] = { next: from, previous, until: state.generation, name, lacked, begun };
  delete state.lacked[name];
  delete state.begun[name];
}

async function join(one: Fed, found: Found): Promise<CursorState> {
  const { state, cursors, first, broken } = found;
  const { name, place } = one;
  const held = (await one.holds()).at(-1);
  const left = await leftAt(one, state, held);
  // What comes next for its name goes to another place from now on.
  const own = left === undefined ? cursors.get(name) : undefined;
  const cursor = { ...(own ?? newCursor(Math.max(first, left?.next ?? first), state.refused)), place };
  const { next } = cursor;
  // What the place says of itself counts only where the spool says the same, or knows nothing of it: others can write there.
  const since = left?.next ?? Math.min(next, (held?.last ?? 0) + 1);
  const previous = left === undefined ? await found.previousAt(since) : left.previous;
  const formerly = left === undefined || left.name === name ? undefined : left.name;
  const { generation } = state;
  const until = left?.until ?? 0;
  const beginning: Beginning = { name, generation, since, previous, first: next, until, formerly, by: 0 };
  // From a broken cursor nothing follows, and what begins with the first event lacks none.
  const isSaid = left !== undefined || (next > 1 && !broken.includes(cursorFile(name)));
  const { lacked = state.lacked[name] ?? [], begun = state.begun[name] ?? [] }: Partial<Left> = left ?? {};
  state.lacked[name] = lacked.map((one) => unsaidWithin(one, since, next));
  state.begun[name] = begun.map((one) => unsaidWithin(one, since, next));
  if (isSaid) state.begun[name].push(beginning);
  return cursor;
}

/** Where the place goes on by what it holds, if the spool has the same event; and the hash of that. */
async function confirmed(held: HeldRun | undefined, next: number, { previousAt }: Found) {
  if (held === undefined || held.last < next) return undefined;
  const behind = held.last + 1;
  return (await previousAt(behind)) === held.hash ? ([behind, held.hash] as const) : undefined;
}

/** Where the place was fed last; or one that it follows, which is none of its own then: of several, the one that it holds. */
async function leftAt(
  { place, follows }: Fed,
  { left }: SpoolState,
  held: HeldRun | undefined,
): Promise<Left | undefined> {
  if (left[place] !== undefined) return left[place];
  const followed: (readonly [place: string, left: Left])[] = [];
  for (const [other, one] of Object.entries(left)) if (await follows(other)) followed.push([other, one]);
  const isIt = ({ next, previous }: Left) => held !== undefined && next === held.last + 1 && previous === held.hash;
  const found = followed.length > 1 ? followed.find(([, one]) => isIt(one)) : followed[0];
  if (found === undefined) return undefined;
  delete left[found[0]];
  return found[1];
}

/** What an event said that is never offered either must be said again. */
function unsaidWithin<Said extends { readonly by: number }>(said: Said, since: number, next: number): Said {
  return said.by >= since && said.by < next ? { ...said, by: 0 } : said;
}
