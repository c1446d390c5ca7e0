// What rules respond with: durations in bounds, and only of whom the rule's groups name.
import { AddressSet } from "../../http/address-set.ts";
import { type DetectionRule, GROUPED_BY, type ResponseMeasure } from "../../monitoring/index.ts";
import { DEFAULTS } from "../defaults.ts";
import { SANCTION_MS_MAX } from "../sanctions/sanction-file.ts";
import type { Configuration } from "../schema/portcullis.ts";
import { durationMs } from "../schema/words.ts";
import type { SanctionSettings } from "../settings.ts";
import type { Resolving } from "./resolving.ts";

type Written = NonNullable<NonNullable<Configuration["monitoring"]>["detections"]>;
type WrittenResponse = NonNullable<NonNullable<NonNullable<Written["rules"]>[string]>["respond"]>;

const SECOND_MS = 1_000;

/** Undefined where nothing is done. */
export function measuresOf(
  written: WrittenResponse | undefined,
  rule: DetectionRule,
  mode: "enforce" | "monitor" | "off",
  to: Resolving,
): readonly ResponseMeasure[] | undefined {
  if (written === undefined) return undefined;
  const at = ["monitoring", "detections", "rules", rule.name, "respond"];
  const lasting = (key: string, text: string): number => {
    const ms = durationMs(text);
    if (ms < SECOND_MS || ms > SANCTION_MS_MAX) {
      to.error([...at, key], "invalid-value", `${text} is not between a second and 30 days`, "Such as 15m.");
    }
    return ms;
  };
  const { ban, limit, stepUp, revoke, of = "address" } = written;
  const measures: ResponseMeasure[] = [];
  if (ban !== undefined) measures.push({ what: "ban", of, forMs: lasting("ban", ban) });
  if (limit !== undefined) {
    const budget = { limit: limit.limit, windowMs: durationMs(limit.window) };
    measures.push({ what: "limit", of, forMs: lasting("limit", limit.for), limit: budget });
  }
  if (stepUp !== undefined) measures.push({ what: "step-up", of: "subject", forMs: lasting("stepUp", stepUp) });
  // A token that ends later was longer good than any should be.
  if (revoke !== undefined) {
    measures.push({ what: "revoke", of: "token", forMs: SANCTION_MS_MAX, withSession: revoke === "session" });
  }
  if (measures.length === 0) {
    to.error(at, "without-effect", `the response of ${rule.name} does nothing`, "Such as `ban: 15m`, or leave it out.");
  }
  for (const { what, of: whom } of measures) {
    const field = GROUPED_BY[whom];
    if (rule.groupBy.includes(field)) continue;
    to.error(
      at,
      "response-of-nobody",
      `${what} is of ${whom === "address" ? "an address" : `a ${whom}`}, and ${rule.name} groups by ${rule.groupBy.join(", ")}`,
      `Respond with what those name, or write a rule of your own that groups by ${field}.`,
    );
  }
  if (mode !== "enforce") {
    to.warn(at, "without-effect", `${rule.name} responds in mode enforce only`, "Set its mode, or leave it out.");
  }
  return measures;
}

/** Whoever only observes holds nobody back. */
export function resolveSanctions(
  written: Written | undefined,
  observe: boolean,
  to: Resolving,
): SanctionSettings | undefined {
  const { sanctions, neverBan = [], rules = {} } = written ?? {};
  const responds = Object.values(rules).some(({ respond }) => respond !== undefined);
  if (sanctions === undefined && !responds) {
    if (neverBan.length > 0) {
      const remedy = "Let a rule respond, or name a file: `sanctions: sanctions.json`.";
      to.error(["monitoring", "detections", "neverBan"], "without-effect", "nobody is ever held back", remedy);
    }
    return undefined;
  }
  for (const [i, entry] of neverBan.entries()) {
    const wrong = whatIsWrong(entry);
    if (wrong === undefined) continue;
    const at = ["monitoring", "detections", "neverBan", i];
    to.error(at, "invalid-value", wrong, "Such as 10.0.0.0/8 or 192.0.2.7.");
  }
  if (observe) return undefined;
  const at = ["monitoring", "detections", "sanctions"];
  return { file: to.file(at, sanctions ?? DEFAULTS.sanctionsFile), neverBan };
}

/** Undefined for an address or a network. */
function whatIsWrong(entry: string): string | undefined {
  try {
    return new AddressSet([entry]).isEmpty ? "it names nobody" : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
