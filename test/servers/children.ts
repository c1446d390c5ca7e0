// The processes that a process has started and that are still there, the oldest first (Linux).
import { readFileSync } from "node:fs";

export function childrenOf(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  const ids = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return ids === "" ? [] : ids.split(" ").map(Number);
}
