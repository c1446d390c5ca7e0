// The operations of a composition, as probes see them.
import type { Composition } from "../../configuration/compose.ts";
import type { Subject } from "./subject.ts";

/** RFC 9110 9.2.1. */
const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/** In the document's order. */
export function subjectsOf({ api, policies }: Pick<Composition, "api" | "policies">): readonly Subject[] {
  return api.operations.flatMap((operation) => {
    const policy = policies.get(operation);
    if (policy === undefined) return [];
    const isPublic = policy.alternatives.length === 0 || policy.alternatives.some((one) => one.length === 0);
    const isSafe = SAFE.has(operation.method);
    return [{ operation, policy, place: api.set.position(operation.at), isPublic, isSafe }];
  });
}
