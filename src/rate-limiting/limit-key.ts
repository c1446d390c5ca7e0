// Whose requests a limit counts together: how its key is read from an exchange, worked out once.
import type { Exchange } from "../core/exchange.ts";
import { callerName } from "../core/principal.ts";
import { addressKey, type AddressPrefixes } from "../http/addresses.ts";
import type { Budget, CounterKey } from "./counter.ts";

/** What a key can be made of. */
export const KEY_PARTS = ["address", "subject", "client", "claim", "api-key", "operation"] as const;
export type KeyPart = (typeof KEY_PARTS)[number];

/** The parts that a credential proves: for anonymous callers they have no value. */
const PROVEN: ReadonlySet<KeyPart> = new Set(["subject", "client", "claim", "api-key"]);

export interface LimitKey {
  /** At least one, each once. */
  readonly parts: readonly KeyPart[];
  /** Where in the verified claims the value of `claim` is: `["tenant"]`. */
  readonly claim?: readonly string[] | undefined;
  /** What counts in the place of a caller who is not known, or has no such value. Without it nobody is counted then. */
  readonly fallback?: "address" | undefined;
  readonly prefixes?: AddressPrefixes | undefined;
}

/** Writes its values from `at` on; false where there is no value. */
type Read = (exchange: Exchange, values: string[], at: number) => boolean;

/** Reads one kind of key into the same list again and again. Nothing awaits between `read` and its use. */
export class KeyReader {
  readonly values: string[];
  readonly keys: Budget["keys"];
  /** Tells one kind of key from another that has the same values. */
  readonly kind: string;
  readonly #reads: readonly (readonly [Read, number])[];

  constructor({ parts, claim = [], prefixes }: LimitKey) {
    // The address comes last: newcomers who find no room share by the last value's network.
    const ordered = [...parts].sort((a, b) => Number(a === "address") - Number(b === "address"));
    const reads: [Read, number][] = [];
    let length = 0;
    for (const part of ordered) {
      reads.push([readerOf(part, claim, prefixes), length]);
      length += SLOTS[part];
    }
    this.#reads = reads;
    this.values = Array.from({ length }, () => "");
    this.keys = parts.includes("address") ? "addresses" : "callers";
    this.kind = ordered.map((part) => (part === "claim" ? `claim ${claim.join(" ")}` : part)).join("+");
  }

  /** The key of this exchange, or undefined where a part of it has no value. */
  read(exchange: Exchange): CounterKey | undefined {
    for (const [read, at] of this.#reads) if (!read(exchange, this.values, at)) return undefined;
    return this.values;
  }
}

/** The reader of a key, and that of its fallback. */
export function keyReaders(key: LimitKey): { readonly main: KeyReader; readonly fallback: KeyReader | undefined } {
  const proven = key.parts.filter((part) => PROVEN.has(part));
  if (key.fallback === undefined || proven.length === 0) return { main: new KeyReader(key), fallback: undefined };
  const others = key.parts.filter((part) => !PROVEN.has(part) && part !== "address");
  return { main: new KeyReader(key), fallback: new KeyReader({ ...key, parts: [...others, "address"] }) };
}

/** Whether the key needs to know who is calling. */
export function asksForCaller({ parts }: LimitKey): boolean {
  return parts.some((part) => PROVEN.has(part));
}

/** How many values a part has. */
const SLOTS: Readonly<Record<KeyPart, number>> = {
  address: 1,
  subject: 3,
  client: 2,
  claim: 3,
  "api-key": 1,
  operation: 1,
};

function readerOf(part: KeyPart, claim: readonly string[], prefixes: AddressPrefixes | undefined): Read {
  switch (part) {
    case "address":
      return addressReader(prefixes);
    case "subject":
      return readSubject;
    case "client":
      return readClient;
    case "claim":
      return claimReader(claim);
    case "api-key":
      return readApiKey;
    case "operation":
      return readOperation;
  }
}

/** The operation, not the path: no spelling of a path is another budget (L02). What is not declared is one together. */
const readOperation: Read = ({ operation }, values, at) => {
  values[at] = operation?.id ?? "";
  return true;
};

/** With its issuer and without its token: a new token is no new budget (L03). A token without a user counts by its client. */
const readSubject: Read = ({ principal }, values, at) => {
  const value = callerName(principal);
  if (value === undefined) return false;
  values[at] = principal.subject === undefined ? "c" : "s";
  values[at + 1] = principal.issuer ?? "";
  values[at + 2] = value;
  return true;
};

const readClient: Read = ({ principal }, values, at) => {
  if (principal.client === undefined) return false;
  values[at] = principal.issuer ?? "";
  values[at + 1] = principal.client;
  return true;
};

const readApiKey: Read = ({ principal }, values, at) => {
  if (principal.method !== "api-key" || principal.client === undefined) return false;
  values[at] = principal.client;
  return true;
};

/** A text, number or truth value among the verified claims; lists and objects name nobody. */
function claimReader(path: readonly string[]): Read {
  return ({ principal }, values, at) => {
    let value: unknown = principal.claims;
    for (const name of path) {
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return false;
      value = (value as Readonly<Record<string, unknown>>)[name];
    }
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return false;
    values[at] = principal.issuer ?? "";
    values[at + 1] = typeof value;
    values[at + 2] = String(value);
    return true;
  };
}

/** Several guards of one request ask for the same address: its network is worked out once. */
let lastAddress = "";
let lastPrefixes: AddressPrefixes | undefined;
let lastKey = "";

function addressReader(prefixes: AddressPrefixes | undefined): Read {
  return ({ request: { clientAddress } }, values, at) => {
    if (clientAddress !== lastAddress || prefixes !== lastPrefixes) {
      lastKey = addressKey(clientAddress, prefixes);
      lastAddress = clientAddress;
      lastPrefixes = prefixes;
    }
    values[at] = lastKey;
    return true;
  };
}
