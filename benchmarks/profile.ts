// Reads what V8's sampling profiler wrote: the parts and functions in which the time itself was spent.
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Table } from "./table.ts";

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const ROWS = 25;

/** Of the time that was not idle: the share of each part of the process, and the functions with most time of their own. */
export async function profileTables(folder: string, of: string): Promise<Table[]> {
  const file = (await readdir(folder)).find((name) => name.endsWith(".cpuprofile"));
  if (file === undefined) throw new Error(`no profile was written into ${folder}`);
  const profile = JSON.parse(await readFile(path.join(folder, file), "utf8")) as CpuProfile;
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const parts = new Map<string, number>();
  const functions = new Map<string, number>();
  profile.samples.forEach((id, i) => {
    const frame = frames.get(id) as CallFrame;
    const time = profile.timeDeltas[i] as number;
    if (frame.functionName === "(idle)") return;
    add(parts, partOf(frame), time);
    add(functions, placeOf(frame), time);
  });
  return [table(`${of}: parts`, "part", parts), table(`${of}: functions`, "function", functions)];
}

function add(sums: Map<string, number>, key: string, time: number): void {
  sums.set(key, (sums.get(key) ?? 0) + time);
}

function table(title: string, what: string, sums: ReadonlyMap<string, number>): Table {
  const total = [...sums.values()].reduce((sum, time) => sum + time, 0);
  const sorted = [...sums].toSorted((a, b) => b[1] - a[1]).slice(0, ROWS);
  const rows = sorted.map(([name, time]) => [name, ((100 * time) / total).toFixed(1), (time / 1_000).toFixed(0)]);
  return { title, head: [what, "self %", "self ms"], rows };
}

/** A folder of ours, a package, Node's own JavaScript, or what runs below it. */
function partOf({ functionName, url }: CallFrame): string {
  const name = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (name !== undefined) return name;
  const own = /\/dist\/([^/]+)\//.exec(url)?.[1];
  if (own !== undefined) return `src/${own}`;
  if (url.startsWith("node:")) return "node (JavaScript)";
  if (url.startsWith("wasm:")) return "undici";
  if (functionName === "(garbage collector)") return "garbage collector";
  return functionName.startsWith("write") ? "system calls: write" : "native and compiled at run time";
}

function placeOf({ functionName, url, lineNumber }: CallFrame): string {
  const name = functionName === "" ? "(anonymous)" : functionName;
  if (url === "") return name;
  const at = url.replace(/^.*?\/(?=dist\/|node_modules\/|benchmarks\/)/, "");
  return `${name} ${at}:${lineNumber + 1}`;
}
