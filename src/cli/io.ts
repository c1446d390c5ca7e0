// What a command needs of its process: streams, environment, folder, signals. Tests pass their own.
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface Io {
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
}

export function processIo(): Io {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    readInput: readStandardInput,
    ask: process.stdin.isTTY && process.stdout.isTTY ? askTerminal : undefined,
    untilStopped,
    onHangUp,
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

/** The first signal asks for a graceful end; a second one does not wait for it. */
function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (signal: NodeJS.Signals) => {
      if (stopping) process.exit(1);
      stopping = true;
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
