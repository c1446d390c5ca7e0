// How long a process was kept from working by the machine, not by itself: waiting for a processor, as the kernel counts it, or for the disk, as another writer sees it.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const EVERY_MS = 10;
/** Where the kernel does not say it: what tests were seen to wait on a busy machine. */
const UNKNOWN_MS = 380;

export interface Busyness {
  /** The longest that the process may have been held up between two moments (`performance.now`). */
  heldUpMs(fromMs: number, toMs: number): number;
  stop(): Promise<void>;
}

/** Watches a process, and the disk of a folder, until it is stopped. */
export function watchBusyness(pid: number, folder: string): Busyness {
  const waits: { readonly atMs: number; readonly waitedMs: number }[] = [];
  const writes: { readonly fromMs: number; readonly toMs: number }[] = [];
  const stopping = new AbortController();
  /** By thread: one that has ended waited no less. */
  const waited = new Map<string, number>();
  const isKnown = look(pid, waited);
  const watch = async () => {
    const own = mkdtempSync(join(folder, "witness-"));
    const file = await open(join(own, "bytes"), "w");
    while (!stopping.signal.aborted) {
      if (look(pid, waited)) waits.push({ atMs: performance.now(), waitedMs: sum(waited.values()) });
      const fromMs = performance.now();
      await file.write(Buffer.alloc(4_096), 0, 4_096, 0);
      await file.datasync();
      writes.push({ fromMs, toMs: performance.now() });
      await pause(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    await file.close();
    rmSync(own, { recursive: true });
  };
  const watching = watch();
  return {
    heldUpMs(fromMs, toMs) {
      if (!isKnown) return UNKNOWN_MS;
      const before = waits.findLast(({ atMs }) => atMs <= fromMs)?.waitedMs ?? 0;
      const after = waits.find(({ atMs }) => atMs >= toMs) ?? waits.at(-1);
      const stalls = writes
        .filter((one) => one.toMs >= fromMs && one.fromMs <= toMs)
        .map((one) => one.toMs - one.fromMs);
      // What it waited for since the last look is not known: as long as nobody looked.
      const unseenMs = Math.max(0, toMs - (waits.at(-1)?.atMs ?? fromMs));
      return (after?.waitedMs ?? 0) - before + Math.max(0, ...stalls) + unseenMs;
    },
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}

/** How long each thread of a process wanted to run and did not. False where nobody says. */
function look(pid: number, waited: Map<string, number>): boolean {
  try {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const [, waitedNs = "0"] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, "latin1").split(" ");
      waited.set(task, Math.max(waited.get(task) ?? 0, Number(waitedNs) / 1e6));
    }
    return true;
  } catch {
    return waited.size > 0;
  }
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, one) => total + one, 0);
}
