// Whether an operation says that it has its effect once, and whether it had it twice.
import type { DocumentSet } from "../../../openapi/document.ts";
import type { Located } from "../../../openapi/located.ts";
import type { Operation } from "../../../openapi/operation.ts";
import { jsonOf, type Reply } from "../wire.ts";
import { leavesOf } from "./reading.ts";

export type Once = "said" | "meant" | undefined;

const ONCE = /\b(?:once|only one|one time|at most one|single[- ]use|one-time)\b/i;
const TAKEN =
  /\b(?:duplicate[sd]?|already exists|exists already|is taken|already taken|already in use|in use already)\b/i;
const BEFORE = /\b(?:already|before|again|twice)\b/i;
const VERB_MIN = 4;

/**
 * `said`: the operation itself says once, and documents 409. `meant`: its 409 says that this very thing was done before; one that
 * speaks of another state (`the order was shipped already`) does not.
 */
export function onceOf(set: DocumentSet, { method, id, at, responses }: Operation): Once {
  if (method !== "POST" || !responses.some(({ status }) => status === "409")) return undefined;
  const text = (of: Located, name: string) => {
    const { value } = set.child(of, name);
    return typeof value === "string" ? value : "";
  };
  if (ONCE.test(`${text(at, "summary")} ${text(at, "description")}`)) return "said";
  const conflict = text(set.follow(set.child(at, "responses", "409")), "description");
  if (TAKEN.test(conflict)) return "meant";
  const verb = /^[a-z]+/.exec(id)?.[0] ?? "";
  const isSame = verb.length >= VERB_MIN && new RegExp(`\\b${verb.replace(/e$/, "")}`, "i").test(conflict);
  return BEFORE.test(conflict) && isSame ? "meant" : undefined;
}

const CLOCK = /(?:At|_at|time|date|timestamp|expires|nonce|trace|request_?id)$/i;

/** A sum that went on, or a new id: what is the same but for clocks may be the answer of the first time, told again. */
export function hasSecondEffect(first: Reply, second: Reply): boolean {
  const [before, after] = [leavesOf(jsonOf(first)), leavesOf(jsonOf(second))];
  return [...before].some(([at, value]) => {
    const now = after.get(at);
    if (now === undefined || now === value || CLOCK.test(at)) return false;
    return /^-?[\d.]+$/.test(value) || /(?:^|\/|_)(?:id|uuid|number)$|[a-z]Id$/.test(at);
  });
}
