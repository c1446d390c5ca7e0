// The one model of what any kind of test found, or could not test.
import type { Kind, Rule, Severity } from "./rule.ts";

export type { Kind, Severity } from "./rule.ts";

export type Confidence = "certain" | "firm" | "tentative";

/** A line of a file: the OpenAPI document's for contract and dynamic findings. 1-based. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine?: number;
}

/** A request and its answer, secrets masked (`maskSecrets`); `curl` replays it. */
export interface Evidence {
  readonly say: string;
  readonly curl?: string;
  readonly request?: string;
  readonly response?: string;
}

export interface Finding {
  readonly rule: string;
  /** The rule's, unless the case is worse or better. */
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** One sentence about this case. No secret. */
  readonly message: string;
  readonly operation?: { readonly id: string; readonly method: string; readonly template: string };
  /** `body /role`, `query limit` */
  readonly parameter?: string;
  /** The first is the one that is shown. */
  readonly places: readonly Place[];
  readonly evidence: readonly Evidence[];
  /** Where the rule's own is not enough. */
  readonly remedy?: string;
  /** Made by `fingerprintOf`: survives line moves and identifiers. */
  readonly fingerprint: string;
  /** Who found it: `portcullis`, `semgrep`, `zap`, … */
  readonly sources: readonly string[];
  /** The vulnerability of a package: its names (GHSA, CVE, …), by which others know it too. */
  readonly advisory?: { readonly package: string; readonly names: readonly string[] };
  /** The rule of another tool, which the registry does not know. */
  readonly described?: Rule;
  /** What became part of this one: the same flaw as another tool found it. */
  readonly others?: readonly { readonly rule: string; readonly fingerprint: string }[];
}

/** What was not tested, and why. A run that skipped something unasked never exits 0. */
export interface Untested {
  readonly kind: Kind;
  readonly what: string;
  readonly why: string;
  /** True: the user asked for it, or it does not apply. */
  readonly isExpected: boolean;
}

/** How far a test is, for the terminal. */
export interface Progress {
  readonly progress: { readonly kind: Kind; readonly done: number; readonly of: number; readonly what: string };
}

/** A file of the user's that a test changed, and how; told on standard error as soon as it is. */
export interface Changed {
  readonly changed: { readonly file: string; readonly how: string };
}

export type Report = Finding | Untested | Progress | Changed;
