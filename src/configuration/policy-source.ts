// Makes policies from one configuration, again and again, and knows the files behind the last one that it tried.
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import path from "node:path";
import { fileStamp } from "../transport/file-stamp.ts";
import { compose, type ComposePorts, type Composition } from "./compose.ts";
import { type LoadedSettings, type LoadOptions, loadSettings } from "./load.ts";

/** What a file holds, in brief. */
type Contents = string;

/** Of a file that cannot be read. */
const ABSENT: Contents = "absent";

export class PolicySource {
  readonly #options: LoadOptions;
  readonly #ports: ComposePorts;
  /** Of the policy in use, and of what was tried after it. */
  #used: ReadonlyMap<string, Contents> = new Map();
  #tried = new Map<string, Contents>();

  constructor(options: LoadOptions, ports: ComposePorts) {
    this.#options = options;
    this.#ports = ports;
  }

  /**
   * Loads everything and composes it: the first policy, or one for the place of `before`, which goes on meanwhile. Throws
   * ProblemsError with everything that is wrong; `judge` may add what only its caller knows.
   */
  async compose(before?: Composition, judge: (loaded: LoadedSettings) => void = () => undefined): Promise<Composition> {
    const tried = new Map<string, Contents>();
    this.#tried = tried;
    const readText = (file: string): Promise<string> => readInto(tried, file, this.#ports.readText);
    const loaded = await loadSettings({ ...this.#options, readText });
    judge(loaded);
    const { realPath } = this.#ports;
    if (realPath === undefined) return compose(loaded, { ...this.#ports, readText }, before);
    // A file that is not there yet is looked for by this port only, and counts as much.
    const noting = (file: string): Promise<string> =>
      realPath(file).catch((error: unknown) => {
        if (!tried.has(file)) tried.set(file, ABSENT);
        throw error;
      });
    return compose(loaded, { ...this.#ports, readText, realPath: noting }, before);
  }

  /** What was composed last is in use: only its own files matter from now on. */
  took(): void {
    this.#used = this.#tried;
  }

  /** Every file that counts, with what it held when it was read last. */
  files(): ReadonlyMap<string, Contents> {
    return new Map([...this.#used, ...this.#tried]);
  }

  /** Changes when one of them may hold something else. */
  async stamp(): Promise<string> {
    const stamps: string[] = [];
    for (const file of this.files().keys()) {
      stamps.push(`${file} ${await fileStamp(path.resolve(this.#options.cwd, file))}`);
    }
    return stamps.join("\n");
  }

  /** What these files hold now. A pipe (`--config <(…)`) can be read once only: it counts as it was. */
  async look(files: Iterable<string>): Promise<ReadonlyMap<string, Contents>> {
    const known = this.files();
    const found = new Map<string, Contents>();
    for (const file of files) {
      if (await isPipe(path.resolve(this.#options.cwd, file))) found.set(file, known.get(file) ?? ABSENT);
      else await readInto(found, file, this.#ports.readText).catch(() => undefined);
    }
    return found;
  }
}

async function isPipe(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && !found.isFile();
}

async function readInto(
  map: Map<string, Contents>,
  file: string,
  read: (file: string) => Promise<string>,
): Promise<string> {
  map.set(file, ABSENT);
  const text = await read(file);
  map.set(file, createHash("sha256").update(text).digest("base64url"));
  return text;
}
