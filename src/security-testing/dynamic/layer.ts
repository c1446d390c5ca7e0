// One place at which all probes run: the gate, or the API beside it.
import type { Callers } from "./callers.ts";
import type { ProbeContext } from "./probe.ts";
import type { Target } from "./target.ts";

export interface Layer {
  readonly target: Target;
  /** Where a reader of the report finds the same: `https://localhost:8443`. */
  readonly shownOrigin: string;
  /** A fresh gate with limits as configured; undefined: the target itself is all that there is. */
  readonly openLimited: (() => Promise<{ readonly target: Target; close(): Promise<void> }>) | undefined;
  /** `ours`: nobody else is kept waiting there. */
  readonly retryAfter: "obeyed" | "ours";
}

/** What a run tests, opened. */
export interface OpenRun {
  readonly callers: Callers;
  readonly layers: readonly Layer[];
  readonly reset: ProbeContext["reset"];
  /** What is to be done now and then: tokens that end are exchanged. */
  readonly beforeUnit: () => Promise<void>;
  /** Throws CannotTest where what was tested is there no more: silence would pass for safety. */
  readonly afterLayer: () => Promise<void>;
  /** What cannot be tested this way, whatever is asked. */
  readonly missing: readonly Missing[];
  close(): Promise<void>;
}

export interface Missing {
  readonly what: string;
  readonly why: string;
  /** Whoever chose this way was told. */
  readonly isExpected: boolean;
}

/** Ends what was opened, the last first; each even where another fails. */
export async function endAll(opened: readonly { close(): unknown }[]): Promise<void> {
  for (const one of opened.toReversed()) {
    try {
      await one.close(); // oxlint-disable-line no-await-in-loop -- in this order
    } catch {
      // The others must end all the same.
    }
  }
}
