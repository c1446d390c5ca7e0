// Words that a rule may ask for, where all are known: a slip in one makes a rule that never fires, and says nothing.
import type { Ended } from "../../core/exchange.ts";
import { OAUTH_REFUSALS } from "../../core/reasons/oauth.ts";
import { REASONS } from "../../core/reasons/registry.ts";
import { ACTIONS } from "../classification.ts";
import { SYSTEM_ACTIONS } from "../system-event.ts";
import type { FieldName } from "./field.ts";
import { WILDCARD } from "./value-match.ts";

const ALL_ACTIONS = [...ACTIONS, ...SYSTEM_ACTIONS];

const OAUTH_WORDS = Object.keys(OAUTH_REFUSALS);
const PRACTICES = new Set(Object.keys(REASONS).map((reason) => reason.slice(0, reason.indexOf("."))));
const ENDS: Record<Ended, true> = {
  open: true,
  complete: true,
  "client-left": true,
  "upstream-failed": true,
  cut: true,
};

/** All that there are, where they are few. */
function among(words: Iterable<string>) {
  const all = [...words];
  return { words: new Set(all), remedy: `Known: ${all.join(", ")}.` };
}

const KNOWN: Partial<Record<FieldName, { readonly words: ReadonlySet<string>; readonly remedy: string }>> = {
  "event.action": {
    words: new Set(ALL_ACTIONS),
    remedy: `Known: ${ALL_ACTIONS.join(", ")}; and codes of the gate itself.`,
  },
  "event.reason": {
    words: new Set([...Object.keys(REASONS), ...OAUTH_WORDS]),
    remedy: `docs/reasons.md lists them; of OAuth there are ${OAUTH_WORDS.join(", ")}.`,
  },
  "event.outcome": among(["success", "failure", "unknown"]),
  "portcullis.practice": among(PRACTICES),
  "portcullis.ended": among(Object.keys(ENDS)),
  "portcullis.authentication.kind": among(["user", "client"]),
};

/** The first that no event has. */
export function unknownWord(
  name: FieldName,
  wanted: unknown,
): { readonly word: string; readonly remedy: string } | undefined {
  const known = KNOWN[name];
  if (known === undefined) return undefined;
  for (const one of Array.isArray(wanted) ? (wanted as unknown[]) : [wanted]) {
    if (typeof one !== "string" || WILDCARD.test(one)) continue;
    const word = one.toLowerCase();
    // Events of the product itself have their code in the place of an action: `gateway.reloaded`.
    if (!known.words.has(word) && !(name === "event.action" && word.includes(".")))
      return { word: one, remedy: known.remedy };
  }
  return undefined;
}
