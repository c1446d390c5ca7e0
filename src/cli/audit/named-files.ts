// The order of files that are named: a shell names `audit.ndjson` before what was rotated from it.
import { resolve } from "node:path";
import { ageByName, linkOf } from "../../monitoring/index.ts";
import { firstInEach } from "../report/first-in.ts";

interface Named {
  readonly file: string;
  /** As it was named. */
  readonly place: number;
  /** Whose file it is by its name, and which of them. */
  readonly record: string;
  readonly age: string;
  /** Of the first event in it. */
  readonly first: number | undefined;
}

/**
 * By the position of the first event that each holds. What a file claims of itself hides nothing: every line is judged in
 * the place that it gets, and the chain fits in one order only.
 */
export async function inOrderOfChain(files: readonly string[], cwd: string): Promise<readonly string[]> {
  if (files.length < 2) return files;
  const paths = files.map((file) => resolve(cwd, file));
  const firsts = await firstInEach(paths, (line) => linkOf(line)?.position);
  const named = files.map((file, place): Named => ({
    file,
    place,
    ...ageByName(paths[place] as string),
    first: firsts[place],
  }));
  const ordered = named
    .filter(({ first }) => first !== undefined)
    .sort((a, b) => (a.first as number) - (b.first as number) || compare(a, b));
  for (const one of named) {
    if (one.first !== undefined) continue;
    const behind = ordered.findIndex((other) => compare(one, other) < 0);
    ordered.splice(behind < 0 ? ordered.length : behind, 0, one);
  }
  return ordered.map(({ file }) => file);
}

/** Files of one record by their names; others as they were named. */
function compare(a: Named, b: Named): number {
  if (a.record !== b.record || a.age === b.age) return a.place - b.place;
  return a.age < b.age ? -1 : 1;
}
