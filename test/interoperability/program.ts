// Runs another project's server for a test: started with its output in a file, awaited until it answers, ended with all its children.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as after } from "node:timers/promises";

const READY_WITHIN_MS = 180_000;
const LOOK_EVERY_MS = 200;

export interface Program {
  /** Resolves when the process is gone, and with it its port. */
  stop(): Promise<void>;
}

export interface ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly log: string;
  /** Answers 200 once the server is there. */
  readonly readyUrl: string;
}

/** Rejects with the end of its log where it ends or does not answer in time. */
export async function startProgram({ command, args, env, log, readyUrl }: ProgramOptions): Promise<Program> {
  const output = openSync(log, "a");
  // A group of its own: `kc.sh` starts Java as a child, which a signal to the script alone would not reach.
  const child = spawn(command, args, {
    detached: true,
    stdio: ["ignore", output, output],
    env: { ...process.env, ...env },
  });
  closeSync(output);
  const gone = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  const stop = async (): Promise<void> => {
    endGroup(child);
    await gone;
  };
  process.once("exit", () => endGroup(child));
  const deadlineMs = performance.now() + READY_WITHIN_MS;
  while (!(await answers(readyUrl))) {
    if (child.exitCode === null && performance.now() < deadlineMs) {
      await after(LOOK_EVERY_MS);
      continue;
    }
    await stop();
    throw new Error(`${command} did not get ready:\n${readFileSync(log, "utf8").slice(-2_000)}`);
  }
  return { stop };
}

function endGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, "SIGKILL");
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url);
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
