// Runs the command line as a user would, with streams that are read afterwards.
import { Readable } from "node:stream";
import { main } from "../../src/cli/main.ts";
import type { Io } from "../../src/cli/io.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly ended: Promise<Ran>;
  stop(signal?: string): void;
  /** Resolves with what was written to standard error once it matches. */
  errorShows(pattern: RegExp): Promise<RegExpExecArray>;
  /** The same for standard output. */
  outputShows(pattern: RegExp): Promise<RegExpExecArray>;
}

type More = {
  readonly cwd?: string;
  readonly env?: Io["env"];
  readonly terminal?: boolean;
  readonly answers?: readonly string[];
  /** What standard input holds. */
  readonly input?: string | Uint8Array;
  /** Told to end as soon as standard error shows this, as by who watches it. */
  readonly endAt?: RegExp;
};

export function begin(args: readonly string[], more: More = {}): Running & { readonly questions: string[] } {
  let out = "";
  let err = "";
  const questions: string[] = [];
  const answers = [...(more.answers ?? [])];
  const stopped = Promise.withResolvers<string>();
  let isHeard = false;
  let waiting: (() => void)[] = [];
  const io: Io = {
    stdin: Readable.from(more.input === undefined ? [] : [Buffer.from(more.input)]),
    stdout: {
      write: (text) => {
        out += text;
        for (const look of waiting) look();
      },
      isTTY: more.terminal ?? false,
    },
    stderr: {
      write: (text) => {
        err += text;
        if (more.endAt?.test(err) === true) {
          // What no handler takes kills a process.
          if (!isHeard) throw new Error("killed by a signal that nobody hears");
          stopped.resolve("SIGTERM");
        }
        for (const look of waiting) look();
      },
      isTTY: more.terminal ?? false,
    },
    env: more.env ?? {},
    cwd: more.cwd ?? "/",
    readInput: () => Promise.resolve(Buffer.from(more.input ?? "").toString()),
    ask:
      more.answers === undefined
        ? undefined
        : (question) => {
            questions.push(question);
            return Promise.resolve(answers.shift() ?? "");
          },
    untilStopped: () => {
      isHeard = true;
      return stopped.promise;
    },
    onHangUp: () => undefined,
    endWithReader: () => undefined,
  };
  const ended = main(args, io).then((code) => ({ code, out, err }));
  const shows = (text: () => string, pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(text());
        if (match === null) return;
        waiting = waiting.filter((other) => other !== look);
        resolve(match);
      };
      waiting.push(look);
      look();
      void ended.then(() => reject(new Error(`it ended: ${err}`)));
    });
  return {
    ended,
    questions,
    stop: (signal = "SIGTERM") => stopped.resolve(signal),
    errorShows: (pattern) => shows(() => err, pattern),
    outputShows: (pattern) => shows(() => out, pattern),
  };
}

export function run(args: readonly string[], more: More = {}): Promise<Ran> {
  return begin(args, more).ended;
}
