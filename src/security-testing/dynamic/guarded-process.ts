// A process that ends with the run even where nothing of the run is left to end it: after `kill -9`, or when its terminal is gone.
import { type ChildProcess, spawn } from "node:child_process";
import type { Writable } from "node:stream";
import type { Command } from "./test-file/schema.ts";

export interface CommandOptions {
  readonly command: Command;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** The end of the pipe that the watcher reads. */
const PIPE = 3;
const GRACE_S = 3;

/**
 * Leaves a watcher in the command's own group and becomes the command. The watcher waits for a word from the run: where
 * the pipe ends without one, whoever held its other end was killed, and the group ends. No other program is needed.
 */
const WATCHED = `
(
  read -r word <&${PIPE} && exit
  trap "" TERM
  kill -TERM 0
  sleep ${GRACE_S}
  kill -KILL 0
) </dev/null >/dev/null 2>&1 &
exec ${PIPE}<&-
exec "$@"
`;

/** In a group of its own: what it starts ends with it, and an interrupt of the terminal reaches the test first. */
export function begin({ command, folder, env }: CommandOptions): ChildProcess {
  const child = process.platform === "win32" ? plain(command, folder, env) : watched(command, folder, env);
  child.on("error", () => undefined);
  return child;
}

/** Those that the command left running go on: it may have been told to start them. */
export function letGo(child: ChildProcess): void {
  const pipe = child.stdio[PIPE] as Writable | null | undefined;
  pipe?.end("done\n");
}

function watched(command: Command, cwd: string, env: CommandOptions["env"]): ChildProcess {
  const words = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
  const child = spawn("/bin/sh", ["-c", WATCHED, "sh", ...words], {
    cwd,
    env: { ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  // The watcher may be gone when the pipe is closed.
  child.stdio[PIPE]?.on("error", () => undefined);
  return child;
}

/** There are no groups and no such shell: what starts it ends it. */
function plain(command: Command, cwd: string, env: CommandOptions["env"]): ChildProcess {
  const [program = "", ...parameters] = typeof command === "string" ? [command] : command;
  return spawn(program, parameters, {
    cwd,
    env: { ...env },
    windowsHide: true,
    shell: typeof command === "string",
    stdio: ["ignore", "pipe", "pipe"],
  });
}
