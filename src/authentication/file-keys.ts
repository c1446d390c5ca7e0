// An issuer's keys from a file that holds a JWK Set.
import { ASYMMETRIC_ALGORITHMS, type AlgorithmName } from "../cryptography/signature.ts";
import { readJsonObject } from "../cryptography/json.ts";
import { brokenOption } from "./broken-option.ts";
import { readJwks } from "./jwks.ts";
import { KeyRing } from "./key-ring.ts";
import type { KeyLookup, KeySource, KeySourceState } from "./key-source.ts";
import type { ProblemsError } from "../openapi/located.ts";

export interface FileKeysOptions {
  readonly path: string;
  readonly readText: (file: string) => Promise<string>;
}

/** Nesting of a JWK Set: the set, its list, a key, a list in a key. */
const DEPTH_MAX = 8;

/** Keys from a file. `ready` rejects with ProblemsError where the file is broken. */
export function fileKeys(options: FileKeysOptions): FileKeySource {
  return new FileKeySource(options);
}

export class FileKeySource implements KeySource {
  readonly name: string;
  readonly algorithms: readonly AlgorithmName[] = ASYMMETRIC_ALGORITHMS;
  readonly needsKid = true;
  readonly #options: FileKeysOptions;
  readonly #ring = new KeyRing();
  #first: Promise<void> | undefined;

  constructor(options: FileKeysOptions) {
    this.#options = options;
    this.name = options.path;
  }

  ready(): Promise<void> {
    return (this.#first ??= this.reload());
  }

  /** Reads the file again. A broken one rejects and changes nothing. */
  async reload(): Promise<void> {
    let text: string;
    try {
      text = await this.#options.readText(this.#options.path);
    } catch (error) {
      throw this.#broken(`it cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`);
    }
    const object = readJsonObject(Buffer.from(text, "utf8"), DEPTH_MAX);
    if (object === undefined) throw this.#broken("this is not strict JSON with an object at its root");
    const set = readJwks(object);
    if (typeof set === "string") throw this.#broken(set);
    const [dropped] = set.dropped;
    // What an issuer publishes is its matter; a file is the owner's, and must be right as a whole.
    if (dropped !== undefined)
      throw this.#broken(`key ${dropped.index + 1} of the set cannot be used: ${dropped.fault}`);
    this.#ring.replace(set.keys);
  }

  state(): KeySourceState {
    return this.#ring.size > 0 ? "fresh" : "loading";
  }

  find(kid: string | undefined, algorithm: AlgorithmName): KeyLookup {
    return this.#ring.size === 0 ? "unavailable" : this.#ring.find(kid, algorithm);
  }

  usableUntilMs(): number {
    return Number.POSITIVE_INFINITY;
  }

  retryAfterSeconds(): number {
    return 5;
  }

  close(): void {
    this.#ring.replace([]);
  }

  #broken(what: string): ProblemsError {
    return brokenOption(
      "authentication.keys-file-invalid",
      `${this.#options.path}: ${what}`,
      "Put the issuer's public JWK Set there: what its `jwks_uri` answers.",
    );
  }
}
