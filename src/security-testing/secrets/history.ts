// Every version of every file that git still has and that no longer stands in the folder.
import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { excludedNames, folderInRepository, isBelow } from "../project-files.ts";
import type { FolderContext } from "../tester.ts";
import type { Text } from "./secret.ts";

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 1024 * 1024 * 1024;

export interface OldText extends Text {
  /** The name of its contents in git. */
  readonly blob: string;
}

interface Blob {
  readonly name: string;
  readonly file: string;
}

/** Undefined: no repository. `shallow`: the history was cut off when it was cloned. */
export async function historyState(cwd: string, signal: AbortSignal): Promise<"whole" | "shallow" | undefined> {
  try {
    const answer = await git(cwd, signal, "rev-parse", "--is-shallow-repository");
    return answer.trim() === "true" ? "shallow" : "whole";
  } catch {
    return undefined;
  }
}

/** The first commit that brought these contents. */
export async function commitOf(cwd: string, blob: string, signal: AbortSignal): Promise<string | undefined> {
  const said = await git(cwd, signal, "log", "--all", "--reverse", "--format=%h", `--find-object=${blob}`);
  return said.split("\n")[0] || undefined;
}

/** The oldest first: where a secret came in stays true, whatever is committed later. */
export async function* oldTexts(context: FolderContext, bytesMax: number): AsyncGenerator<OldText> {
  const { cwd, signal } = context;
  const [prefix, without] = [await folderInRepository(cwd), excludedNames(context)];
  const present = await current(context, without);
  // In full, as a branch that was merged and changed nothing in the end is left out otherwise.
  const words = ["rev-list", "--objects", "--all", "--full-history", "--reverse", "--", "."];
  const listed = await git(cwd, signal, ...words, ...without.map((name) => `:(exclude,literal)${name}`));
  const blobs = listed.split("\n").flatMap((line): Blob[] => {
    const [name = "", file] = line.split(/ (.*)/, 2);
    if (file === undefined || !file.startsWith(prefix) || present.has(name)) return [];
    return [{ name, file: file.slice(prefix.length) }];
  });
  yield* contentsOf(cwd, blobs, bytesMax, signal);
}

/** What is read where it stands now. */
async function current({ cwd, signal }: FolderContext, without: readonly string[]): Promise<ReadonlySet<string>> {
  const listed = await git(cwd, signal, "ls-tree", "-r", "-z", "--format=%(objectname) %(path)", "HEAD").catch(
    () => "",
  );
  const files = listed.split("\0").filter((line) => !isBelow(line.slice(line.indexOf(" ") + 1), without));
  return new Set(files.map((line) => line.slice(0, line.indexOf(" "))));
}

/** One process for all: it is told a name at a time and answers with type, size and contents. */
async function* contentsOf(
  cwd: string,
  blobs: readonly Blob[],
  bytesMax: number,
  signal: AbortSignal,
): AsyncGenerator<OldText> {
  const child = spawn("git", ["cat-file", "--batch"], { cwd, signal, stdio: ["pipe", "pipe", "ignore"] });
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  const reader = new BatchReader(child.stdout as AsyncIterable<Buffer>);
  try {
    for (const { name, file } of blobs) {
      child.stdin.write(`${name}\n`);
      const bytes = await reader.next();
      if (bytes === undefined || bytes.length > bytesMax || bytes.subarray(0, 8192).includes(0)) continue;
      yield { blob: name, file, text: bytes.toString("utf8") };
    }
  } finally {
    child.stdin.end();
    child.kill();
  }
}

/** `<name> <type> <size>\n<contents>\n` */
class BatchReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Undefined: no file (a folder, or nothing). */
  async next(): Promise<Buffer | undefined> {
    let end = this.#held.indexOf(10);
    while (end === -1) {
      await this.#more(1);
      end = this.#held.indexOf(10);
    }
    const [, type, size] = this.#held.subarray(0, end).toString("latin1").split(" ");
    this.#held = this.#held.subarray(end + 1);
    if (size === undefined) return undefined;
    const length = Number(size);
    if (this.#held.length < length + 1) await this.#more(length + 1 - this.#held.length);
    const bytes = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length + 1);
    return type === "blob" ? bytes : undefined;
  }

  async #more(bytes: number): Promise<void> {
    const chunks = [this.#held];
    for (let missing = bytes; missing > 0;) {
      const { value, done } = await this.#chunks.next();
      if (done === true) throw new Error("git ended before it had answered");
      chunks.push(value);
      missing -= value.length;
    }
    this.#held = Buffer.concat(chunks);
  }
}

async function git(cwd: string, signal: AbortSignal, ...words: readonly string[]): Promise<string> {
  const { stdout } = await run("git", words, { cwd, signal, maxBuffer: OUTPUT_BYTES_MAX });
  return stdout;
}
