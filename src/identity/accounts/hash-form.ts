// A password's hash as it is written (PHC form): read, and judged before one from outside is taken over.
import { createHmac } from "node:crypto";

/**
 * What a server takes of a hash that it did not make just now. Below stands the weakest of OWASP's equal choices (`workMin`: memory times
 * passes); above, each sign-in would take more memory and time than the bounded queue of hashing counts on.
 */
export const HASH_BOUNDS = {
  memoryKiBMin: 7_168,
  memoryKiBMax: 65_536,
  passesMax: 5,
  parallelismMax: 4,
  workMin: 35_840,
} as const;

/** A key that is mixed into every password, and how hashes name it. */
export interface Pepper {
  readonly id: string;
  readonly key: Buffer;
}

export interface WrittenHash {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly parallelism: number;
  /** Undefined for one that names no pepper. */
  readonly pepperId: string | undefined;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})(?:,keyid=([0-9a-f]{8}))?\$([\w+/]{22,64})\$([\w+/]{43,86})$/;

export function pepperOf(key: Buffer): Pepper {
  return { key, id: createHmac("sha256", key).update("pepper id").digest("hex").slice(0, 8) };
}

/** Undefined for what is no such hash, cannot be computed, or would take more memory or time than any that a server makes. */
export function readHash(text: string): WrittenHash | undefined {
  const read = parsed(text);
  return read === undefined || isTooLarge(read) || !isPossible(read) ? undefined : read;
}

/** form: no server such as this one made it, so it has no pepper. pepper: of another key. parameters: out of bounds. */
export type HashFault = "form" | "pepper" | "parameters";

/** What is wrong with a hash that somebody else kept, or undefined. `peppers`: those that there are. */
export function hashFault(text: string, peppers: readonly Buffer[]): HashFault | undefined {
  const read = parsed(text);
  if (read?.pepperId === undefined) return "form";
  if (isTooLarge(read) || isTooWeak(read) || !isPossible(read)) return "parameters";
  return peppers.some((key) => pepperOf(key).id === read.pepperId) ? undefined : "pepper";
}

function parsed(text: string): WrittenHash | undefined {
  const parts = PHC.exec(text);
  if (parts === null) return undefined;
  const [, memory, passes, parallelism, pepperId, salt, tag] = parts;
  return {
    memoryKiB: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    pepperId,
    salt: Buffer.from(salt as string, "base64"),
    tag: Buffer.from(tag as string, "base64"),
  };
}

function isTooLarge({ memoryKiB, passes, parallelism }: WrittenHash): boolean {
  const { memoryKiBMax, passesMax, parallelismMax } = HASH_BOUNDS;
  return memoryKiB > memoryKiBMax || passes > passesMax || parallelism > parallelismMax;
}

function isTooWeak({ memoryKiB, passes }: WrittenHash): boolean {
  return memoryKiB < HASH_BOUNDS.memoryKiBMin || memoryKiB * passes < HASH_BOUNDS.workMin;
}

/** RFC 9106 3.1. */
function isPossible({ memoryKiB, passes, parallelism }: WrittenHash): boolean {
  return parallelism >= 1 && passes >= 1 && memoryKiB >= 8 * parallelism;
}
