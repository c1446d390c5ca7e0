// When people are asked for a second factor: where their account has one, and where a client asks for that level (RFC 9470).
import { interactionPolicy } from "oidc-provider";

/** `acr` of tokens, and what clients name in `acr_values`. */
export const LEVELS = { password: "pwd", severalFactors: "mfa" } as const;
export const SECOND_FACTOR = "second-factor";

/** `hasFactors`: whether an account has one by now, also where it was added after the session began. */
export function policyWithSecondFactor(hasFactors: (accountId: string) => Promise<boolean>) {
  const { Check, Prompt, base } = interactionPolicy;
  const policy = base();
  const isDue = new Check("second_factor_due", "a second factor is needed", async ({ oidc }) => {
    const { accountId, acr } = oidc.session ?? {};
    if (accountId === undefined || acr === LEVELS.severalFactors) return Check.NO_NEED_TO_PROMPT;
    return asksForSeveral(oidc.params?.["acr_values"]) || hasFactors(accountId);
  });
  // Behind the sign-in, before consent.
  policy.add(new Prompt({ name: SECOND_FACTOR }, isDue), 1);
  return policy;
}

/** Unless a password alone would do as well. */
function asksForSeveral(acrValues: unknown): boolean {
  const asked = typeof acrValues === "string" ? acrValues.split(" ") : [];
  return asked.includes(LEVELS.severalFactors) && !asked.includes(LEVELS.password);
}
