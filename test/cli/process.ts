// Runs the command as its own process, as a user does: what it writes is awaited, signals reach it, its memory is read.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import { childrenOf } from "../servers/children.ts";

const COMMAND = path.join(import.meta.dirname, "..", "..", "bin", "portcullis.js");

/** For those whose memory is measured: nobody else has compiled before what they run. */
export const UNCOMPILED = { NODE_DISABLE_COMPILE_CACHE: "1" } as const;

export interface Started {
  /** Resolves with what was written to standard error once it matches. Rejects when the process ends before. */
  errorShows(pattern: RegExp): Promise<RegExpExecArray>;
  /** What was written to standard output so far. */
  output(): string;
  signal(name: NodeJS.Signals): void;
  /** Resident memory, in MB of a million bytes. */
  memoryMB(): number;
  /** The same of each process that it has started and that is still there. */
  childrensMB(): number[];
  /** Processor time that it has taken, whoever else was at work. */
  processorMs(): number;
  /** Nobody reads standard error any more: what is written there fails from now on. */
  stopReading(): void;
  readonly ended: Promise<number | null>;
}

/** Ends with the test. `command` is the one of this clone where none is given. */
export function startProcess(
  args: readonly string[],
  cwd: string,
  command: string = COMMAND,
  env: Readonly<Record<string, string>> = {},
): Started {
  const child = spawn(process.execPath, [command, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
  });
  const ended = new Promise<number | null>((resolve) => void child.once("close", resolve));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return {
    errorShows: watching(child, ended),
    output: () => output,
    stopReading: () => void child.stderr?.destroy(),
    signal: (name) => void child.kill(name),
    memoryMB: () => residentBytes(child.pid as number) / 1e6,
    childrensMB: () => childrenOf(child.pid).map((id) => residentBytes(id) / 1e6),
    processorMs: () => processorMs(child.pid as number),
    ended,
  };
}

function watching(child: ChildProcess, ended: Promise<unknown>): Started["errorShows"] {
  let text = "";
  const { stderr } = child;
  stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return (pattern) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(text);
        if (match === null) return;
        stderr?.off("data", look);
        resolve(match);
      };
      stderr?.on("data", look);
      look();
      void ended.then(() => reject(new Error(`it ended: ${text}`)));
    });
}

function residentBytes(pid: number): number {
  const pages = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(pages) * 1024;
}

/** Linux counts it for programs in hundredths of a second: its user's, then its kernel's (proc_pid_stat(5)). */
function processorMs(pid: number): number {
  const [, behindName = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const [user, system] = behindName.split(" ").slice(11, 13).map(Number);
  return ((user as number) + (system as number)) * 10;
}
