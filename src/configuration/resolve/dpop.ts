// From what the user wrote of tokens that are bound to a key to complete settings.
import type { DpopMode } from "../../authentication/index.ts";
import { DEFAULTS } from "../defaults.ts";
import { name as nameOf } from "../issues.ts";
import type { Configuration } from "../schema/portcullis.ts";
import { durationMs } from "../schema/words.ts";
import type { KeyPath } from "../source.ts";
import type { Resolving } from "./resolving.ts";

type Schemes = NonNullable<Configuration["authentication"]>;
type Written = Exclude<Schemes[string], Schemes["mode" | "default" | "denied" | "forward"]>["dpop"];

/** How tokens that are bound to a key are taken. */
export interface DpopSettings {
  /** Undefined: accepted with their proof, or required where the document says `scheme: dpop`. */
  readonly mode: DpopMode | undefined;
  readonly maxAgeMs: number;
  readonly nonce: boolean;
}

const PROOF_MS_MIN = 1_000;
/** Whoever takes much older ones must remember all that came meanwhile. */
const PROOF_MS_MAX = 600_000;

export function resolveDpop(written: Written, at: KeyPath, to: Resolving): DpopSettings {
  const { mode, maxAge, nonce = false } = typeof written === "string" ? { mode: written } : (written ?? {});
  const maxAgeMs = maxAge === undefined ? DEFAULTS.proofMaxAgeMs : durationMs(maxAge);
  if (maxAgeMs < PROOF_MS_MIN || maxAgeMs > PROOF_MS_MAX) {
    const message = `${nameOf([...at, "dpop", "maxAge"])} is not between 1s and 10m`;
    to.error([...at, "dpop", "maxAge"], "out-of-range", message, "A proof is made for one request: leave it out.");
  }
  if (mode === "off" && (maxAge !== undefined || nonce)) {
    const message = `${nameOf([...at, "dpop"])} is off: what else it says has no effect`;
    to.error([...at, "dpop"], "without-effect", message, "Keep one of the two.");
  }
  return { mode, maxAgeMs, nonce };
}
