// What processes cost, as the kernel counts it: CPU time and resident memory of one process and all it started.
import { readdirSync, readFileSync } from "node:fs";

/** Linux counts CPU time for /proc in hundredths of a second, whatever its timer does. */
const TICK_MS = 10;

/** CPU time, user and system, that the process and its descendants have used so far. */
export function cpuMs(pid: number): number {
  let ticks = 0;
  for (const each of family(pid)) {
    const fields = statFields(each);
    // Fields 14 and 15 of proc(5), counted from 1; the list begins with field 3.
    if (fields !== undefined) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * TICK_MS;
}

export function residentBytes(pid: number): number {
  let bytes = 0;
  for (const each of family(pid)) {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${each}/status`, "latin1"));
    if (line !== null) bytes += Number(line[1]) * 1_024;
  }
  return bytes;
}

function family(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const fields = statFields(Number(name));
    if (fields !== undefined) parents.set(Number(name), Number(fields[1]));
  }
  const members = new Set([pid]);
  for (let before = 0; before !== members.size;) {
    before = members.size;
    for (const [child, parent] of parents) if (members.has(parent)) members.add(child);
  }
  return [...members];
}

/** From the third field on: the second is the name in brackets, which may hold anything. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
