// Writes insertions as a unified diff, as patch and git apply read it.
import type { Insertion } from "./insertions.ts";

const CONTEXT_LINES = 3;
const NO_LINE_BREAK = "\\ No newline at end of file";

interface Change {
  /** First old line that it concerns, from 0. */
  readonly at: number;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** `name` as seen from the folder in which the diff is applied. */
export function unifiedDiff(name: string, text: string, insertions: readonly Insertion[]): string {
  const old = text.split("\n");
  const hasEnd = old.at(-1) === "";
  if (hasEnd) old.pop();
  const changes = changesOf(text, old, insertions);
  const lines = [`--- a/${name}`, `+++ b/${name}`];
  let shift = 0;
  for (const group of grouped(changes)) {
    const first = group[0] as Change;
    const last = group.at(-1) as Change;
    const start = Math.max(0, first.at - CONTEXT_LINES);
    const end = Math.min(old.length, last.at + last.removed.length + CONTEXT_LINES);
    const body: string[] = [];
    let next = start;
    let balance = 0;
    for (const { at, removed, added } of group) {
      for (; next < at; next += 1) body.push(...line(" ", next));
      for (const _ of removed) body.push(...line("-", next++));
      body.push(...added.map((one) => (one === NO_LINE_BREAK ? one : `+${one}`)));
      balance += added.filter((one) => one !== NO_LINE_BREAK).length - removed.length;
    }
    for (; next < end; next += 1) body.push(...line(" ", next));
    const count = end - start;
    // Without a line on one side, the hunk stands behind the line before it.
    const place = (from: number, lengthLines: number) => `${lengthLines === 0 ? from : from + 1},${lengthLines}`;
    lines.push(`@@ -${place(start, count)} +${place(start + shift, count + balance)} @@`, ...body);
    shift += balance;
  }
  return `${lines.join("\n")}\n`;

  function line(mark: string, index: number): string[] {
    const isOpenEnd = !hasEnd && index === old.length - 1;
    return isOpenEnd ? [`${mark}${old[index]}`, NO_LINE_BREAK] : [`${mark}${old[index]}`];
  }
}

function changesOf(text: string, old: readonly string[], insertions: readonly Insertion[]): Change[] {
  const changes: Change[] = [];
  let at = 0;
  let lineStart = 0;
  for (let i = 0; i < insertions.length;) {
    const { offset } = insertions[i] as Insertion;
    while (at < old.length && lineStart + (old[at] as string).length < offset)
      lineStart += (old[at++] as string).length + 1;
    const source = old[at];
    let result = "";
    let from = lineStart;
    let isInside = false;
    for (; i < insertions.length; i += 1) {
      const next = insertions[i] as Insertion;
      if (source === undefined ? next.offset > text.length : next.offset > lineStart + source.length) break;
      isInside ||= next.offset > lineStart || !next.text.endsWith("\n");
      result += text.slice(from, next.offset) + next.text;
      from = next.offset;
    }
    if (isInside) {
      const whole = result + text.slice(from, lineStart + (source ?? "").length);
      const added = whole.split("\n");
      if (lineStart + (source ?? "").length === text.length) {
        if (added.at(-1) === "") added.pop();
        else added.push(NO_LINE_BREAK);
      }
      changes.push({ at, removed: [source ?? ""], added });
    } else {
      changes.push({ at, removed: [], added: result.slice(0, -1).split("\n") });
    }
  }
  return changes;
}

/** Changes whose context would meet go into one hunk. */
function grouped(changes: readonly Change[]): Change[][] {
  const groups: Change[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const change of changes) {
    if (change.at - end <= CONTEXT_LINES * 2) groups.at(-1)?.push(change);
    else groups.push([change]);
    end = change.at + change.removed.length;
  }
  return groups;
}
