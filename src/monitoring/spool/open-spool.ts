// Opens a spool: reads what its folder remembers, and mends what a killed process left.
import { deadFile, setAsideFrom } from "./dead-letters.ts";
import { findSegments } from "./segments.ts";
import { Spool } from "./spool.ts";
import type { SpoolOptions } from "./spool-port.ts";
import {
  cursorFile,
  cursorOwner,
  type CursorState,
  newState,
  parseCursor,
  parseState,
  STATE_FILE,
} from "./state-file.ts";

/** Opens the spool of a folder and mends what a killed process left. Rejects where the folder cannot be used. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { files } = options;
  const names = await files.list();
  const stateBytes = await files.readAll(STATE_FILE);
  const state = stateBytes === undefined ? newState() : parseState(stateBytes.toString("utf8"));
  const cursors = new Map<string, CursorState>();
  const broken: string[] = state === undefined ? [STATE_FILE] : [];
  for (const [name, formerly] of options.formerly ?? []) {
    if (names.includes(cursorFile(name)) || !names.includes(cursorFile(formerly))) continue;
    for (const file of [deadFile, cursorFile]) {
      if (names.includes(file(formerly))) await files.rename(file(formerly), file(name));
    }
    await files.syncFolder();
    names.splice(names.indexOf(cursorFile(formerly)), 1, cursorFile(name));
    const lacked = state?.lacked[formerly];
    if (state !== undefined && lacked !== undefined) state.lacked[name] = lacked;
  }
  for (const name of names) {
    const owner = cursorOwner(name);
    if (owner === undefined) continue;
    const cursor = parseCursor((await files.readAll(name))?.toString("utf8") ?? "");
    if (!options.destinations.includes(owner)) await files.remove(name);
    else if (cursor === undefined) broken.push(name);
    else cursors.set(owner, cursor);
  }
  const found = await findSegments(files);
  const setAside = new Map<string, Set<number>>();
  for (const name of options.destinations) {
    const next = cursors.get(name)?.next ?? found.segments[0]?.first ?? 1;
    setAside.set(name, await setAsideFrom(files, name, next));
  }
  const spool = new Spool(options, { state: state ?? newState(), cursors, setAside }, found);
  await spool.begin(broken);
  return spool;
}
