// Drives wrk: fixed connections, bounded time, every answer's status counted.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { CONNECTIONS, NETWORKS_PER_BLOCK } from "../contenders/setting.ts";
import type { Workload } from "./requests.ts";

export interface Load {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers of another status than 2xx or 3xx, and socket errors: any makes the run invalid. */
  readonly wrong: number;
}

/** The end of every script: what `load` reads. */
export const DONE = `done = function(summary, latency, requests)
  local errors = summary.errors
  local wrong = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('\\nRESULT {"requests":%d,"seconds":%f,"p50Ms":%f,"p99Ms":%f,"wrong":%d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, wrong))
end
`;

/** Requests are built once; wrk takes them in turn. */
export async function writeScript(file: string, workload: Workload): Promise<void> {
  const body = workload.body === undefined ? "nil" : `[==[${workload.body}]==]`;
  const type = workload.body === undefined ? "" : `["Content-Type"] = "application/json", `;
  await writeFile(
    file,
    `local tokens = { ${workload.tokens.map((token) => `"${token}"`).join(", ")} }
local requests, turn = {}, 0
init = function(args)
  for i, token in ipairs(tokens) do
    requests[i] = wrk.format("${workload.method}", "${workload.path}",
      { ${type}["Authorization"] = "Bearer " .. token, ["Host"] = wrk.headers["Host"] }, ${body})
  end
end
request = function()
  turn = turn % #requests + 1
  return requests[turn]
end
${DONE}`,
  );
}

/** The same from a client of another address each time: of one network, or of many. */
export async function writeAddressScript(file: string, workload: Workload, networkBlocks: number): Promise<void> {
  const many = `string.format("2001:db8:%x:%x::1", math.random(0, ${networkBlocks - 1}), math.random(0, ${NETWORKS_PER_BLOCK - 1}))`;
  const one = `string.format("2001:db8:0:0::%x:%x", math.random(1, 15), math.random(1, ${NETWORKS_PER_BLOCK - 1}))`;
  await writeScript(file, workload);
  const script = await readFile(file, "utf8");
  await writeFile(
    file,
    script.replace(
      /^request = function\(\)[^]*?^end$/m,
      `request = function()
  turn = turn % #requests + 1
  return (requests[turn]:gsub("\\r\\n", "\\r\\nX-Forwarded-For: " .. ${networkBlocks > 0 ? many : one} .. "\\r\\n", 1))
end`,
    ),
  );
}

export async function load(url: string, script: string, seconds: number): Promise<Load> {
  const args = ["-t", "1", "-c", String(CONNECTIONS), "-d", `${seconds}s`, "--timeout", "5s", "-s", script, url];
  const { stdout } = await promisify(execFile)("wrk", args, { timeout: (seconds + 30) * 1_000 });
  const line = /^RESULT (.*)$/m.exec(stdout);
  if (line === null) throw new Error(`wrk gave no result:\n${stdout}`);
  return JSON.parse(line[1] as string) as Load;
}
