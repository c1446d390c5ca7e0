// A stopwatch for what must happen within seconds: it stands still while a busy machine keeps the processes concerned from working.
import { readdirSync, readFileSync } from "node:fs";
import { childrenOf } from "./children.ts";

/**
 * Milliseconds since it was begun, without those in which threads of this process, or of one that it has started, wanted a processor and had
 * none. Where the kernel does not tell, all that passed counts.
 */
export function stopwatch(): () => number {
  const begunMs = performance.now();
  const before = waitedMs(withChildren(process.pid));
  return () => performance.now() - begunMs - Math.max(0, waitedMs(withChildren(process.pid)) - before);
}

function withChildren(pid: number): number[] {
  try {
    return [pid, ...childrenOf(pid).flatMap(withChildren)];
  } catch {
    return [pid];
  }
}

/** `schedstat`: nanoseconds on a processor, nanoseconds waiting for one, turns (Linux, sched-stats). */
function waitedMs(pids: readonly number[]): number {
  return pids.flatMap(threadsOf).reduce((sum, file) => sum + waitedMsOf(file), 0);
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((id) => `/proc/${pid}/task/${id}/schedstat`);
  } catch {
    return [];
  }
}

/** Nothing of one that has ended. */
function waitedMsOf(file: string): number {
  try {
    return Number(readFileSync(file, "latin1").split(" ")[1]) / 1e6;
  } catch {
    return 0;
  }
}
