// What a command needs of its process: streams, environment, folder, signals. Tests pass their own.
import type { Readable } from "node:stream";
import { FILE_FAILURES } from "../openapi/file-failures.ts";
import { EXIT_CANNOT_TELL } from "./command.ts";

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Of the window, as it is now. */
  readonly columns?: number;
}

export interface Io {
  /** Standard input, where a command reads it. */
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** All of standard input. */
  readonly readInput: () => Promise<string>;
  /** Asks a question on the terminal; undefined where there is none. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** Resolves with the signal's name when the process is told to end. */
  readonly untilStopped: () => Promise<string>;
  /** Calls back at each SIGHUP: whoever rotates the log files has moved them. */
  readonly onHangUp: (reopen: () => void) => void;
  /**
   * For what only writes: the process ends without a word where nobody reads on, as in `| head`; and with one, never as if all was well,
   * where what it says can be kept nowhere.
   */
  readonly endWithReader: () => void;
}

export function processIo(): Io {
  // Whoever read what goes there may leave: a gateway goes on serving.
  process.stderr.on("error", () => undefined);
  return {
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    readInput: readStandardInput,
    ask: process.stdin.isTTY && process.stdout.isTTY ? askTerminal : undefined,
    untilStopped,
    onHangUp,
    endWithReader,
  };
}

/** Real inputs are tokens and keys: a few KB. */
const INPUT_BYTES_MAX = 65_536;

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > INPUT_BYTES_MAX) throw new Error("standard input is too long");
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function askTerminal(question: string): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await lines.question(question)).trim();
  } finally {
    lines.close();
  }
}

/** What started this process. */
const PARENT = process.ppid;
const LOOK_FOR_PARENT_MS = 250;

/**
 * `npx` and `npm run` hand a SIGTERM to the shell in between, which ends by it and tells nobody: whoever stops npm means what it runs. Only
 * there: what was started in another way may outlive whoever did.
 */
function onEndOfNpm(end: () => void): void {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const look = setInterval(() => {
    if (process.ppid === PARENT) return;
    clearInterval(look);
    end();
  }, LOOK_FOR_PARENT_MS);
  look.unref();
}

/** `timeout` and others signal a process and its group: what comes so soon behind the first is the same one. */
const SAME_SIGNAL_MS = 1_000;

/** The first signal asks for a graceful end; a second one does not wait for it. */
function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    let stopping = false;
    let sinceMs = 0;
    // The shell may end by the signal that this process has heard, too.
    onEndOfNpm(() => {
      if (!stopping) stop("SIGTERM");
    });
    const stop = (signal: NodeJS.Signals) => {
      if (stopping) {
        if (performance.now() - sinceMs < SAME_SIGNAL_MS) return;
        process.exit(1);
      }
      stopping = true;
      sinceMs = performance.now();
      resolve(signal);
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
  });
}

/** On a terminal the signal means that the terminal is gone, and the process ends with it as any other does. */
function onHangUp(reopen: () => void): void {
  if (!process.stdin.isTTY) process.on("SIGHUP", reopen);
}

/** 141 is what a shell says of a program that the signal for it ended. */
const EXIT_NOBODY_READS = 141;

function endWithReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT_NOBODY_READS);
    process.stderr.write(
      `error  standard output cannot be written: ${FILE_FAILURES[error.code ?? ""] ?? error.message}\n`,
    );
    process.exit(EXIT_CANNOT_TELL);
  });
}
