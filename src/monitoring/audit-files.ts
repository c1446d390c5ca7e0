// Finds the files of an audit log: rotated by us or by others, packed or not, and the one that is written now.
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { regularFiles, rotatedFiles } from "./file-rotation.ts";

/** As logrotate names them: `.1` is younger than `.2`, and with `dateext` the day is in the name. */
const NUMBERED = /^\.(\d{1,4})(?:\.gz)?$/;
const DATED = /^-(\d{8}(?:-?\d{1,10})?)(?:\.gz)?$/;

/** How names of rotated files end, the oldest kind first: as those two, and as ours. */
const ENDS: readonly RegExp[] = [
  /\.(\d{1,4})(?:\.gz)?$/,
  /-(\d{8}(?:-?\d{1,10})?)(?:\.gz)?$/,
  /\.(\d{8}T\d{9}Z-\d{6})(?:\.gz)?$/,
];

/** All that are there, the oldest first. Rejects where the folder cannot be read. */
export async function auditFiles(path: string): Promise<string[]> {
  const base = basename(path);
  const folder = dirname(path);
  const behind = (await readdir(folder)).filter((name) => name.startsWith(base)).map((name) => name.slice(base.length));
  const numbered = behind.filter((name) => NUMBERED.test(name)).sort((a, b) => numberOf(b) - numberOf(a));
  const dated = behind.filter((name) => DATED.test(name)).sort();
  const others = await regularFiles(
    folder,
    [...numbered, ...dated].map((name) => base + name),
  );
  const current = behind.includes("") ? [base] : [];
  const rotated = await rotatedFiles(path);
  const names = new Set(rotated);
  // One that was just packed is there twice for a moment.
  const once = rotated.filter((name) => !names.has(`${name}.gz`));
  return [...others, ...once, ...current].map((name) => join(folder, name));
}

/** Whose file it is by its name, and which of them: in the order of text, the oldest first. */
export function ageByName(path: string): { readonly record: string; readonly age: string } {
  for (const [rank, end] of ENDS.entries()) {
    const found = end.exec(path);
    if (found === null) continue;
    const [whole, mark = ""] = found;
    const age = rank === 0 ? String(9_999 - Number(mark)).padStart(4, "0") : mark;
    return { record: path.slice(0, -whole.length), age: `${rank} ${age}` };
  }
  return { record: path, age: String(ENDS.length) };
}

function numberOf(name: string): number {
  return Number(NUMBERED.exec(name)?.[1]);
}
