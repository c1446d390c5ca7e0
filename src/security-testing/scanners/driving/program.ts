// Runs another tool and gives what it said. It inherits the environment, gets no input, and is stopped with the run.
import { execFile } from "node:child_process";
import type { FolderContext } from "../../tester.ts";

const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;
const TIMEOUT_MS = 15 * 60_000;
const LINE_LENGTH_MAX = 300;

export interface Said {
  /** Undefined where it did not end by itself. */
  readonly code: number | undefined;
  readonly out: string;
  /** The last line of what it said beside, for messages. */
  readonly complaint: string;
}

export type Running = Pick<FolderContext, "cwd" | "env" | "signal">;

/** Undefined: there is no such program, or nobody may run it. */
export function runProgram(program: string, words: readonly string[], running: Running): Promise<Said | undefined> {
  const options = { ...running, env: { ...running.env }, maxBuffer: OUTPUT_BYTES_MAX, timeout: TIMEOUT_MS };
  return new Promise((resolve) => {
    const child = execFile(program, words, options, (error, out, err) => {
      if (error?.code === "ENOENT" || error?.code === "EACCES") resolve(undefined);
      else {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : undefined;
        const complaint = err.trim().split("\n").at(-1) || (error?.message.split("\n", 1)[0] ?? "");
        resolve({ code, out, complaint: complaint.trim().slice(0, LINE_LENGTH_MAX) });
      }
    });
    child.stdin?.end();
  });
}
