// How well callers must be authenticated, judged against whom the operation asks at all.
import type { SchemeSettings } from "../settings.ts";
import type { Judgement } from "./judgement.ts";
import type { OperationPolicy } from "./operation-policy.ts";

/** A level that nobody can have is a mistake, not a lock. */
export function judgeLevel(
  { operation, alternatives, authenticationLevel }: OperationPolicy,
  schemes: ReadonlyMap<string, SchemeSettings>,
  judgement: Judgement,
): void {
  if (authenticationLevel === undefined) return;
  const place = { settings: [...authenticationLevel.at, "authentication", "level"] };
  if (alternatives.length === 0) {
    judgement.error(
      "level-on-public",
      place,
      `${operation.id} is public in the document: nobody is asked there how well they were authenticated`,
      "Give the operation a `security` in the document, or take `level` out.",
    );
    return;
  }
  // A scheme without an entry is taken care of elsewhere.
  const hasTokens = alternatives.flat().some(({ scheme }) => (schemes.get(scheme)?.kind ?? "jwt") === "jwt");
  if (hasTokens) return;
  judgement.error(
    "level-without-tokens",
    place,
    `${operation.id} asks for the level ${authenticationLevel.value}, but none of its security schemes takes tokens, which alone carry one`,
    "Give the operation a security scheme for tokens of an issuer, or take `level` out.",
  );
}
