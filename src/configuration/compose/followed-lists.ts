// The files of API keys and of what was revoked, taken over while the policy stays: for a host that composes no other.
import { ABSENT, type Contents, contentsOf, readInto, stampOf } from "../contents.ts";
import type { WatchedFiles } from "../input-watch.ts";

/** Takes over what a file holds now, whole; or says what is wrong with it, and nothing has changed. */
export type Take = (text: string) => string | undefined;

export interface Followed {
  readonly file: string;
  /** What keeps it out: the list before it goes on. */
  readonly fault: string | undefined;
}

export class FollowedLists implements WatchedFiles {
  readonly #read: (file: string) => Promise<string>;
  readonly #cwd: string;
  readonly #held = new Map<string, Contents>();
  readonly #takers = new Map<string, Take[]>();

  constructor(read: (file: string) => Promise<string>, cwd: string) {
    this.#read = read;
    this.#cwd = cwd;
  }

  /** How composition reads such a file: what it held is what later looks are compared to. */
  readonly reading = (file: string): Promise<string> => readInto(this.#held, file, this.#read);

  follow(file: string, take: Take): void {
    this.#takers.set(file, [...(this.#takers.get(file) ?? []), take]);
  }

  files(): ReadonlyMap<string, Contents> {
    return this.#held;
  }

  stamp(): Promise<string> {
    return stampOf(this.#held.keys(), this.#cwd);
  }

  look(files: Iterable<string>): Promise<ReadonlyMap<string, Contents>> {
    return contentsOf(files, this.#held, { cwd: this.#cwd, read: this.#read });
  }

  /** Takes over each file that holds something else than before. */
  async renew(): Promise<readonly Followed[]> {
    const now = await this.look(this.#held.keys());
    const renewed: Followed[] = [];
    for (const [file, contents] of now) {
      if (contents === this.#held.get(file)) continue;
      renewed.push({ file, fault: await this.#take(file) });
    }
    return renewed;
  }

  async #take(file: string): Promise<string | undefined> {
    let text: string;
    try {
      text = await this.reading(file);
    } catch {
      this.#held.set(file, ABSENT);
      return "it cannot be read";
    }
    const faults = (this.#takers.get(file) ?? []).map((take) => take(text));
    return faults.find((fault) => fault !== undefined);
  }
}
