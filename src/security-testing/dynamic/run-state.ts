// What an interrupted run has done, so that the same command goes on from there: a line for each finished unit.
import { accessSync, appendFileSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { whyUnwritable } from "../../configuration/error-code.ts";
import type { Finding, Untested } from "../finding.ts";
import { CannotTest } from "./cannot-test.ts";

export interface Done {
  readonly unit: string;
  readonly findings: readonly Finding[];
  readonly untested: readonly Untested[];
  /** Requests sent by the run until then. */
  readonly sent: number;
}

interface Head {
  readonly version: 1;
  /** Of everything that decides what the run does. */
  readonly run: string;
}

export class RunState {
  readonly #file: string;
  readonly #run: string;
  readonly #done = new Map<string, Done>();
  #isBegun = false;

  /** `run`: another configuration, document, seed or product has another one, and begins anew. */
  constructor(file: string, run: string) {
    this.#file = file;
    this.#run = run;
    for (const done of readDone(file, run)) this.#done.set(done.unit, done);
  }

  get size(): number {
    return this.#done.size;
  }

  get sent(): number {
    return Math.max(0, ...[...this.#done.values()].map(({ sent }) => sent));
  }

  of(unit: string): Done | undefined {
    return this.#done.get(unit);
  }

  add(done: Done): void {
    this.#done.set(done.unit, done);
    if (this.#isBegun) appendFileSync(this.#file, lineOf(done));
    else {
      // With what is known: the last line of a run that was killed may be torn.
      const head: Head = { version: 1, run: this.#run };
      const text = [head, ...this.#done.values()].map(lineOf).join("");
      writeFileSync(this.#file, text, { mode: 0o600 });
      this.#isBegun = true;
    }
  }

  /** The run has come to its end: the next one is another. */
  end(): void {
    rmSync(this.#file, { force: true });
  }
}

/**
 * Before a run begins, which may take half an hour: whether its state can be kept there. What is there must be the state of a
 * run, as it is deleted in the end. Throws CannotTest.
 */
export function proveState(file: string): void {
  try {
    if (!existsSync(file)) {
      writeFileSync(file, "", { flag: "wx", mode: 0o600 });
      rmSync(file);
      return;
    }
    accessSync(file, constants.W_OK);
    const text = readFileSync(file, "utf8");
    if (text === "" || isHead(parsed(text.split("\n", 1)[0] ?? ""))) return;
  } catch (error) {
    throw new CannotTest(`--state: ${file} cannot be written: ${whyUnwritable(error)}`);
  }
  throw new CannotTest(`--state: ${file} is no state of a run, and would be deleted in the end: name another file`);
}

function isHead(value: unknown): value is Head {
  const { version, run } = (value ?? {}) as Partial<Head>;
  return version === 1 && typeof run === "string";
}

function lineOf(value: Head | Done): string {
  return `${JSON.stringify(value)}\n`;
}

/** Nothing where there is no such run; what was written last may be torn, and counts as not done. */
function readDone(file: string, run: string): Done[] {
  if (!existsSync(file)) return [];
  const [first = "", ...lines] = readFileSync(file, "utf8").split("\n");
  const head = parsed(first);
  if (!isHead(head) || head.run !== run) return [];
  return lines.flatMap((line) => (parsed(line) as Done | undefined) ?? []);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
