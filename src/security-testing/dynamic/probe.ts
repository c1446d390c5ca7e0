// A probe: one attack, what it is sent to, and when it has worked. One file each under probes/.
import type { ApiDescription } from "../../openapi/api-description.ts";
import type { Settings } from "../../configuration/settings.ts";
import type { Confidence, Finding, Untested } from "../finding.ts";
import type { Severity } from "../rule.ts";
import type { Callers } from "./callers.ts";
import type { Requests } from "./requests.ts";
import type { Spending } from "./spending.ts";
import type { Subject } from "./subject.ts";
import type { Target } from "./target.ts";
import type { Client, Exchange } from "./wire.ts";

export interface Case {
  readonly rule: string;
  readonly subject?: Subject | undefined;
  /** What the document does not declare, in place of the subject's own: `TRACE /`. The finding stands at the subject, or at the document. */
  readonly undeclared?: { readonly method: string; readonly template: string } | undefined;
  /** `query limit`, `body /role`, `header Origin`, `answer /pin`, `path orderId`; as in the rule's documentation. */
  readonly parameter?: string | undefined;
  /** Tells two cases of one rule at one parameter apart, in words that the next run uses again. */
  readonly what: string;
  /** One sentence. */
  readonly message: string;
  readonly confidence?: Confidence;
  /** Where it is not the rule's. */
  readonly severity?: Severity;
  /** What proves it, in order. */
  readonly evidence: readonly Exchange[];
  /** A word for each piece of evidence. */
  readonly say?: readonly string[];
}

export interface ProbeContext {
  readonly api: ApiDescription;
  readonly settings: Settings;
  readonly target: Target;
  /** In the document's order. */
  readonly subjects: readonly Subject[];
  readonly client: Client;
  readonly callers: Callers;
  readonly requests: Requests;
  readonly signal: AbortSignal;
  /** The same numbers in each run with the same seed: at least 0, below 1. */
  readonly random: () => number;
  /** Whether a request with this method may go to what these values name: destructive ones only to what the run made. */
  readonly mayChange: (subject: Subject, isOwn: boolean) => boolean;
  /** A listener on loopback that waits for requests which the API makes (CWE-918). */
  readonly listener: () => Promise<OutOfBand>;
  /**
   * A gate with its limits as they are configured; `target` itself has room for a whole run. With `--url`, and beside the
   * gate, it is the same target. Each call starts a fresh one: full budgets.
   */
  readonly limited: () => Promise<Limited>;
  readonly spending: Spending;
  /** Puts the API back to its beginning, where the owner said how; false where not. */
  readonly reset: () => Promise<boolean>;
  readonly finding: (found: Case) => Finding;
  readonly untested: (what: string, why: string, isExpected?: boolean) => Untested;
}

export interface Limited {
  readonly client: Client;
  /** Others ask there, too, and who is told to wait holds up the whole run: no budget may be spent to its end. */
  readonly isShared: boolean;
  close(): Promise<void>;
}

export interface OutOfBand {
  /** An address that nobody asked for before; what asks for it is told by `came`. */
  url(): string;
  came(url: string, withinMs: number): Promise<boolean>;
}

interface Named {
  /** Never reused: the state of an interrupted run names it. */
  readonly id: string;
  /** The rules that it may find broken. */
  readonly rules: readonly string[];
}

/** Runs once for each operation: progress and resumption count these. */
export interface OperationProbe extends Named {
  readonly per: "operation";
  run(subject: Subject, context: ProbeContext): AsyncIterable<Finding | Untested>;
}

/** Runs once for the API. */
export interface ApiProbe extends Named {
  readonly per: "api";
  run(context: ProbeContext): AsyncIterable<Finding | Untested>;
}

export type Probe = OperationProbe | ApiProbe;
