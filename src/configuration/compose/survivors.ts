// What outlives a policy when another takes its place: sets of keys, and the tokens that they verified.
import type { KeySource, TokenCache } from "../../authentication/index.ts";
import type { OperationName } from "../../core/exchange.ts";
import type { DocumentSet } from "../../openapi/document.ts";

/** The record goes on too; counters and the client of our own requests live in the ports, which all policies share. */
export interface Survivors {
  /** By the settings that they were made of; for a file also by what it held. */
  readonly keys: ReadonlyMap<string, KeySource>;
  /** By security scheme. A cache holds only what these keys verified. */
  readonly verified: ReadonlyMap<string, VerifiedTokens>;
  /** Which document an operation is of: records are written of all policies under way. */
  readonly documents: WeakMap<OperationName, DocumentSet>;
}

export interface VerifiedTokens {
  readonly keys: KeySource;
  readonly cache: TokenCache;
}
