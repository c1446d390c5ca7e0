// Makes policies from one configuration, again and again, and knows the files behind the last one that it tried.
import { compose, type ComposePorts, type Composition } from "./compose.ts";
import { ABSENT, type Contents, contentsOf, readInto, stampOf } from "./contents.ts";
import { type LoadedSettings, type LoadOptions, loadSettings } from "./load.ts";

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
  stamp(): Promise<string> {
    return stampOf(this.files().keys(), this.#options.cwd);
  }

  /** What these files hold now. */
  look(files: Iterable<string>): Promise<ReadonlyMap<string, Contents>> {
    return contentsOf(files, this.files(), { cwd: this.#options.cwd, read: this.#ports.readText });
  }
}
