// Passwords at rest: Argon2id (RFC 9106) with a pepper, in PHC form, a bounded number at once (NIST SP 800-63B 3.1.1.2).
import { argon2, type Argon2Parameters, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { type Pepper, pepperOf, readHash } from "./hash-form.ts";

/** OWASP's choice for the memory of a server: 19 MiB, two passes. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const PARALLELISM = 1;
const SALT_BYTES = 16;
const TAG_BYTES = 32;
const CURRENT = `m=${MEMORY_KIB},t=${PASSES},p=${PARALLELISM}`;

/** One less than the thread pool has: what else the process does by it goes on. */
const AT_ONCE = 3;
/** Who comes when so many wait is told to come back: each takes about 30 ms. */
const WAITING_MAX = 100;
/** So is who has waited for so long, on a machine that has no time for it: most have gone by then, and hashing for them would hold up the rest. */
const WAIT_MAX_MS = 5_000;

export class HashingBusyError extends Error {
  constructor() {
    super("too many passwords wait to be hashed");
    this.name = "HashingBusyError";
  }
}

export interface PasswordVerdict {
  readonly matches: boolean;
  /** The hash was made with other parameters or another pepper than today's: hash again while the password is known. */
  readonly outdated: boolean;
}

const derive = promisify(argon2 as (algorithm: string, parameters: Argon2Parameters, done: Done) => void);
type Done = (error: Error | null, key: Buffer) => void;

interface Waiting {
  readonly begin: () => void;
  readonly refuse: (error: HashingBusyError) => void;
  readonly sinceMs: number;
}

export class PasswordHasher {
  readonly #peppers: readonly [Pepper, ...Pepper[]];
  #running = 0;
  readonly #waiting: Waiting[] = [];
  readonly #nowMs: () => number;

  /**
   * Peppers never stand in the database: who has only that cannot even begin to guess. The first one hashes, all of them verify: newest
   * first. A hash that names none is of the last one.
   */
  constructor(peppers: readonly [Buffer, ...Buffer[]], nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
    this.#peppers = peppers.map(pepperOf) as unknown as readonly [Pepper, ...Pepper[]];
  }

  /** Throws HashingBusyError. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const [{ id, key }] = this.#peppers;
    const tag = await this.#derive(password, key, salt, MEMORY_KIB, PASSES, PARALLELISM, TAG_BYTES);
    return `$argon2id$v=19$${CURRENT},keyid=${id}$${unpadded(salt)}$${unpadded(tag)}`;
  }

  /** Takes as long where there is no hash (P08): who knows no account learns nothing by the time. Throws HashingBusyError. */
  async verify(password: string, hash: string | undefined): Promise<PasswordVerdict> {
    const read = hash === undefined ? undefined : readHash(hash);
    const pepper =
      read?.pepperId === undefined ? this.#peppers.at(-1) : this.#peppers.find(({ id }) => id === read.pepperId);
    // Of a pepper that is gone: nobody can tell any more, and the time must not tell that.
    if (read === undefined || pepper === undefined) {
      await this.hash(password);
      return { matches: false, outdated: false };
    }
    const { memoryKiB, passes, parallelism, salt, tag } = read;
    const found = await this.#derive(password, pepper.key, salt, memoryKiB, passes, parallelism, tag.length);
    const isOfToday = `m=${memoryKiB},t=${passes},p=${parallelism}` === CURRENT;
    const outdated = !isOfToday || read.pepperId !== this.#peppers[0].id;
    return { matches: timingSafeEqual(found, tag), outdated };
  }

  async #derive(
    password: string,
    pepper: Buffer,
    nonce: Buffer,
    memory: number,
    passes: number,
    parallelism: number,
    tagLength: number,
  ): Promise<Buffer> {
    await this.#enter();
    try {
      // Composed and decomposed letters are the same keys to whoever types them (P03); nothing is cut off (P02).
      const message = createHmac("sha256", pepper).update(password.normalize("NFC")).digest();
      return await derive("argon2id", { message, nonce, memory, passes, parallelism, tagLength });
    } finally {
      this.#leave();
    }
  }

  #enter(): Promise<void> | undefined {
    if (this.#running < AT_ONCE) {
      this.#running += 1;
      return undefined;
    }
    if (this.#waiting.length >= WAITING_MAX) throw new HashingBusyError();
    return new Promise((begin, refuse) => this.#waiting.push({ begin, refuse, sinceMs: this.#nowMs() }));
  }

  #leave(): void {
    for (;;) {
      const next = this.#waiting.shift();
      if (next === undefined) {
        this.#running -= 1;
        return;
      }
      if (this.#nowMs() - next.sinceMs <= WAIT_MAX_MS) return next.begin();
      next.refuse(new HashingBusyError());
    }
  }
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
