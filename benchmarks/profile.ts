// Reads what V8's sampling profiler wrote: the functions in which the time itself was spent.
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Table } from "./table.ts";

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const ROWS = 30;
const IDLE = new Set(["(idle)"]);

/** The functions with the most time of their own, of the time that was not idle. */
export async function topFunctions(folder: string): Promise<Table> {
  const file = (await readdir(folder)).find((name) => name.endsWith(".cpuprofile"));
  if (file === undefined) throw new Error(`no profile was written into ${folder}`);
  const profile = JSON.parse(await readFile(path.join(folder, file), "utf8")) as CpuProfile;
  const names = new Map(profile.nodes.map((node) => [node.id, placeOf(node.callFrame)]));
  const own = new Map<string, number>();
  let total = 0;
  profile.samples.forEach((id, i) => {
    const place = names.get(id) as string;
    const time = profile.timeDeltas[i] as number;
    if (IDLE.has(place)) return;
    total += time;
    own.set(place, (own.get(place) ?? 0) + time);
  });
  const sorted = [...own].toSorted((a, b) => b[1] - a[1]).slice(0, ROWS);
  const rows = sorted.map(([place, time]) => [place, ((100 * time) / total).toFixed(1), (time / 1_000).toFixed(0)]);
  return { title: `Profile of ${(total / 1e6).toFixed(1)} s busy`, head: ["function", "self %", "self ms"], rows };
}

function placeOf({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  const name = functionName === "" ? "(anonymous)" : functionName;
  if (url === "") return name;
  const at = url.replace(/^.*?\/(?=src\/|node_modules\/|benchmarks\/)/, "");
  return `${name} ${at}:${lineNumber + 1}`;
}
