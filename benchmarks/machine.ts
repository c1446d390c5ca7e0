// On what, when and of what the figures are: without that they mean nothing.
import { execFileSync } from "node:child_process";
import { cpus, release, totalmem } from "node:os";

export function circumstances(): string[] {
  const [cpu] = cpus();
  return [
    `machine: ${cpus().length} × ${cpu?.model.trim() ?? "unknown"}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${release()}`,
    `software: Node ${process.version}, ${nginxVersion()}`,
    `date: ${new Date().toISOString().slice(0, 10)}`,
    `commit: ${commit()}`,
  ];
}

function nginxVersion(): string {
  try {
    // nginx writes its version to the error stream.
    const text = execFileSync("sh", ["-c", "nginx -v 2>&1"], { encoding: "utf8" });
    return text.replace("nginx version: ", "").trim();
  } catch {
    return "nginx unknown";
  }
}

function commit(): string {
  try {
    const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8" }).trim();
    const changed = git("status", "--porcelain", "--", "src") === "" ? "" : ", with changes in src";
    return git("rev-parse", "--short", "HEAD") + changed;
  } catch {
    return "unknown";
  }
}
