// What a spool lost though destinations have it, as the loss of power may where nothing is synced: numbers and chain go on behind it.
import { beginsAt } from "./cursors.ts";
import type { SpoolFiles } from "./files.ts";
import type { FoundSegments } from "./segments.ts";
import type { Fed, HeldRun, Remembered } from "./spool-port.ts";
import { cursorFile, type CursorState, stateText } from "./state-file.ts";

/** Makes what is remembered go on there. What there is to say of it; undefined where nothing is lost. */
export async function passLostTail(
  files: SpoolFiles,
  found: FoundSegments,
  remembered: Omit<Remembered, "held">,
  destinations: readonly Fed[],
): Promise<string | undefined> {
  const { state, cursors } = remembered;
  const known = Math.max(found.last, state.next - 1);
  const { count = 0, hash } = state.signed ?? {};
  const signed = hash === undefined ? 0 : count;
  const confirmed = Math.max(beginsAt(found, remembered) - 1, signed);
  // What a file has more without that was put there by anybody: only what the spool itself knows to be gone is looked for.
  if (confirmed <= known) return undefined;
  let end: Pick<HeldRun, "last" | "hash"> | undefined;
  if (hash !== undefined && signed === confirmed) end = { last: signed, hash };
  for (const one of destinations) {
    const cursor = cursors.get(one.name);
    const run = (await one.holds()).at(-1);
    if (cursor === undefined || run === undefined || (cursor.place ?? one.place) !== one.place) continue;
    if (run.first > Math.min(cursor.next, known + 1)) continue;
    await goOnBehind(run, one.name, cursor, files);
    if (run.last >= confirmed && run.last > (end?.last ?? 0)) end = run;
  }
  if (end !== undefined) Object.assign(state, { next: end.last + 1, previous: end.hash });
  const gone = `the events ${known + 1} to ${end?.last ?? confirmed}, which were delivered before, are no longer in it`;
  const chain =
    end === undefined ? "no file has them, and the chain is broken there" : "the record goes on behind them";
  return `${gone}: ${chain}`;
}

/** After a kill a file has more than was noted. */
async function goOnBehind({ last }: HeldRun, name: string, cursor: CursorState, files: SpoolFiles): Promise<void> {
  if (last < cursor.next) return;
  cursor.delivered += last + 1 - cursor.next;
  cursor.next = last + 1;
  await files.replace(cursorFile(name), stateText(cursor));
}
