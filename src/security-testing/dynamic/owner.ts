// What the owner of the API does for a test: puts its data back, and lets it believe the test's keys.
import { runCommand } from "./api-process.ts";
import { CannotTest } from "./cannot-test.ts";
import type { TestFile } from "./test-file/load.ts";

export interface OwnerOptions {
  readonly testFile: TestFile;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly jwks: readonly object[];
  readonly signal: AbortSignal;
}

const POST_MS_MAX = 30_000;

export class Owner {
  readonly #options: OwnerOptions;

  constructor(options: OwnerOptions) {
    this.#options = options;
  }

  /** Whether it was told how. Throws CannotTest where it did not work. */
  async reset(): Promise<boolean> {
    const { testFile, env, signal } = this.#options;
    const reset = testFile.written.api?.reset;
    if (reset === undefined) return false;
    if ("post" in reset) await this.#post(reset.post, undefined, "put the API back");
    else await runCommand({ command: reset.command, folder: testFile.folder, env, signal });
    await this.giveKeys();
    return true;
  }

  async giveKeys(): Promise<void> {
    const { testFile, jwks } = this.#options;
    const keys = testFile.written.api?.keys;
    if (keys !== undefined && jwks.length > 0)
      await this.#post(keys.post, { keys: jwks }, "give the API the test's keys");
  }

  async #post(url: string, body: object | undefined, what: string): Promise<void> {
    const { signal } = this.#options;
    let status: number;
    try {
      const response = await fetch(url, {
        method: "POST",
        redirect: "error",
        signal: AbortSignal.any([signal, AbortSignal.timeout(POST_MS_MAX)]),
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
      });
      await response.body?.cancel();
      ({ status } = response);
    } catch {
      signal.throwIfAborted();
      throw new CannotTest(`could not ${what}: nothing answers at ${url}`);
    }
    if (status >= 300) throw new CannotTest(`could not ${what}: ${url} answered ${status}`);
  }
}
