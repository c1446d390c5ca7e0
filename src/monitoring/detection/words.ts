// Words that a rule may ask for, where all are known: a slip in one makes a rule that never fires, and says nothing.
import { REASONS } from "../../core/reasons/registry.ts";
import { ACTIONS } from "../classification.ts";
import { SYSTEM_ACTIONS } from "../system-event.ts";
import type { FieldName } from "./field.ts";
import { WILDCARD } from "./value-match.ts";

const ALL_ACTIONS = [...ACTIONS, ...SYSTEM_ACTIONS];

const KNOWN: Partial<Record<FieldName, { readonly words: ReadonlySet<string>; readonly remedy: string }>> = {
  "event.action": {
    words: new Set(ALL_ACTIONS),
    remedy: `Known: ${ALL_ACTIONS.join(", ")}; and codes of the gate itself.`,
  },
  "event.reason": { words: new Set(Object.keys(REASONS)), remedy: "docs/reasons.md lists them." },
  "event.outcome": { words: new Set(["success", "failure", "unknown"]), remedy: "Known: success, failure, unknown." },
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
