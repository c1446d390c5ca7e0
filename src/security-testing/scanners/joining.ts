// Puts what other tools found into the outcome of a run: one list, each flaw once, all who found it named.
import type { ApiDescription } from "../../openapi/api-description.ts";
import type { Untested } from "../finding.ts";
import { byWeight, type Gathered } from "../run.ts";
import { withoutDuplicates } from "./duplicates.ts";
import { findingsOfForeign, type Foreign } from "./foreign.ts";
import { surroundingsOf } from "./surroundings.ts";

export interface Heard {
  readonly foreign: readonly Foreign[];
  readonly untested: readonly Untested[];
  /** `dependencies.osv-scanner`: who told all that it found. */
  readonly told: ReadonlySet<string>;
}

/** Where there is no document, findings about requests have no operation and no line. */
export function joinHeard(gathered: Gathered, heard: Heard, cwd: string, api: ApiDescription | undefined): Gathered {
  const foreign = findingsOfForeign(heard.foreign, surroundingsOf(cwd, api));
  return {
    findings: withoutDuplicates(gathered.findings, foreign).sort(byWeight),
    untested: [...gathered.untested, ...heard.untested],
    whole: new Set([...gathered.whole, ...heard.told]),
  };
}
