// An issuer's web server as the port sees it: answers when a test lets it, and counts.
import type { FetchJson } from "../../src/authentication/discovery.ts";
import type { TestKey } from "./issuer.ts";

type Answer = () => Promise<unknown>;

export class KeyServer {
  readonly asked: string[] = [];
  #answer: Answer = () => Promise.reject(new Error("nothing here"));
  #held: (() => void)[] | undefined;

  readonly fetchJson: FetchJson = async (url) => {
    this.asked.push(url);
    const answer = this.#answer;
    if (this.#held !== undefined) await new Promise<void>((resolve) => this.#held?.push(resolve));
    return answer();
  };

  publish(...keys: readonly TestKey[]): void {
    const set = { keys: keys.map((key) => key.jwk) };
    this.#answer = () => Promise.resolve(set);
  }

  answer(value: unknown): void {
    this.#answer = () => Promise.resolve(value);
  }

  fail(status?: number): void {
    this.#answer = () => Promise.reject(Object.assign(new Error("away"), { status }));
  }

  /** Answers are kept back until `release`. */
  hold(): void {
    this.#held = [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const resolve of held) resolve();
  }
}

/** Lets every promise that can settle now do so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
