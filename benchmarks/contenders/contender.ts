// What takes part in the benchmark: how it is started, and what it must refuse.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Setting } from "./setting.ts";

export interface Contender {
  readonly name: string;
  /** Whether it guards: then the refusals are checked before anything is measured. */
  readonly guards: boolean;
  start(setting: Setting, folder: string): Promise<Running>;
}

export interface Running {
  readonly url: string;
  readonly pid: number;
  /** From the process being started to its listening. */
  readonly startMs: number;
  stop(): Promise<void>;
}

const START_MS_MAX = 20_000;

/** Starts a script that prints `ready <url>` when it listens. */
export async function startNode(argv: readonly string[], setting: Setting, cwd: string): Promise<Running> {
  const started = performance.now();
  const child = spawn(process.execPath, argv, {
    cwd,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_ENV: "production", BENCHMARK: JSON.stringify(setting) },
  });
  const url = await readyUrl(child, argv.join(" "));
  const startMs = performance.now() - started;
  return { url, pid: child.pid as number, startMs, stop: () => stop(child) };
}

function readyUrl(child: ChildProcess, what: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => child.kill("SIGKILL"), START_MS_MAX);
    // The pipe is read to its end: a contender that writes on must neither block nor break.
    child.stdout!.on("data", (chunk) => {
      if (text.length < 10_000) text += String(chunk);
      const line = /^ready (\S+)$/m.exec(text);
      if (line !== null) resolve(line[1] as string);
    });
    child.once("close", () => reject(new Error(`${what} ended instead of starting:\n${text}`)));
    child.once("spawn", () => child.stdout!.once("data", () => clearTimeout(timer)));
  });
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
  child.kill("SIGTERM");
  await ended;
  clearTimeout(timer);
}
