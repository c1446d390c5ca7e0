// Where each destination goes on: where its place was fed last, whatever its name was; what is new begins with what is there, and its record says so.
import type { SpoolFiles } from "./files.ts";
import type { FoundSegments } from "./segments.ts";
import type { Fed, Remembered } from "./spool-port.ts";
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
  readonly broken: readonly string[];
}

/** Where what comes now begins. */
export function beginsAt({ last }: FoundSegments, { state, cursors, setAside }: Remembered): number {
  let next = Math.max(last + 1, state.next);
  for (const cursor of [...cursors.values(), ...Object.values(state.left)]) next = Math.max(next, cursor.next);
  // The loss of power may have taken a record and left its letter.
  for (const positions of setAside.values()) for (const one of positions) next = Math.max(next, one + 1);
  return next;
}

/** Resolves to a cursor for each destination, all durable; those of others are remembered by place. */
export async function settleCursors(found: Found): Promise<Map<string, CursorState>> {
  const { files, state, destinations } = found;
  const kept = staying(found);
  const joining = destinations.filter(({ name }) => !kept.has(name));
  const leaving = [...found.cursors].filter(([name]) => !kept.has(name));
  const hasChanged = leaving.length > 0 || joining.length > 0;
  if (hasChanged) state.generation += 1;
  for (const [name, cursor] of leaving) leave(name, cursor, state);
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
function staying({ cursors, destinations }: Found): Map<string, CursorState> {
  const kept = new Map<string, CursorState>();
  for (const { name, place } of destinations) {
    const cursor = cursors.get(name);
    if (cursor !== undefined && (cursor.place ?? place) === place) kept.set(name, { ...cursor, place });
  }
  return kept;
}

function leave(name: string, { next, place = name }: CursorState, state: SpoolState): void {
  const known = state.left[place];
  if (known?.name === name && known.next === next) return;
  const { [name]: lacked = [] } = state.lacked;
  const { [name]: begun = [] } = state.begun;
  state.left[place] = { next, until: state.generation, name, lacked, begun };
  delete state.lacked[name];
  delete state.begun[name];
}

async function join(one: Fed, { state, cursors, first, broken }: Found): Promise<CursorState> {
  const { name, place } = one;
  const left = state.left[place];
  // What comes next for its name goes to another place from now on.
  const own = left === undefined ? cursors.get(name) : undefined;
  const cursor = { ...(own ?? newCursor(Math.max(first, left?.next ?? first), state.refused)), place };
  const { next } = cursor;
  // The place itself may know more: after a kill, or where nothing was noted of it.
  const since = Math.min(next, Math.max(left?.next ?? 1, (await one.holds()) + 1));
  const formerly = left === undefined || left.name === name ? undefined : left.name;
  const { generation } = state;
  const beginning: Beginning = { name, generation, since, first: next, until: left?.until ?? 0, formerly, by: 0 };
  // From a broken cursor nothing follows, and what begins with the first event lacks none.
  const isSaid = left !== undefined || (next > 1 && !broken.includes(cursorFile(name)));
  const { lacked = state.lacked[name] ?? [], begun = state.begun[name] ?? [] }: Partial<Left> = left ?? {};
  state.lacked[name] = lacked.map((one) => unsaidWithin(one, since, next));
  state.begun[name] = begun.map((one) => unsaidWithin(one, since, next));
  if (isSaid) state.begun[name].push(beginning);
  return cursor;
}

/** What an event said that is never offered either must be said again. */
function unsaidWithin<Said extends { readonly by: number }>(said: Said, since: number, next: number): Said {
  return said.by >= since && said.by < next ? { ...said, by: 0 } : said;
}
