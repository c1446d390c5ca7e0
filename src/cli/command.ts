// What a verb is: one file each, listed in main.
import type { Io } from "./io.ts";

export interface OptionHelp {
  /** Shown behind the name; left out for flags that take no value. */
  readonly value?: string;
  readonly what: string;
  /** May be given more than once. */
  readonly several?: boolean;
  readonly short?: string;
}

export interface Given {
  readonly words: readonly string[];
  /** The value of an option; the last one where several were given. */
  text(name: string): string | undefined;
  all(name: string): readonly string[];
  has(name: string): boolean;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Behind `portcullis <name>`: what words it takes. */
  readonly words: string;
  readonly wordsMax: number;
  readonly options: Readonly<Record<string, OptionHelp>>;
  /** Further lines of its help: exit codes, examples. */
  readonly notes: readonly string[];
  /** The exit code. */
  run(given: Given, io: Io): Promise<number>;
}

/** 0: done, nothing found. */
export const EXIT_OK = 0;
/** 1: it was looked at, and something is wrong. */
export const EXIT_FINDINGS = 1;
/** 2: it could not be looked at: wrong usage, unreadable files, a bug. */
export const EXIT_CANNOT_TELL = 2;

/** The command line itself is wrong. */
export class UsageError extends Error {
  readonly remedy: string | undefined;

  constructor(message: string, remedy?: string) {
    super(message);
    this.name = "UsageError";
    this.remedy = remedy;
  }
}
