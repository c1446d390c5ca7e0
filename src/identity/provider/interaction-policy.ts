// When people are asked for a second factor: where their account has one, and where a client asks for that level (RFC 9470).
import { interactionPolicy, type KoaContextWithOIDC } from "oidc-provider";

/** `acr` of tokens, and what clients name in `acr_values`. */
export const LEVELS = { password: "pwd", severalFactors: "mfa" } as const;
export const SECOND_FACTOR = "second-factor";

/** `hasFactors`: whether an account has one by now, also where it was added after the session began. */
export function policyWithSecondFactor(hasFactors: (accountId: string) => Promise<boolean>) {
  const { Check, Prompt, base } = interactionPolicy;
  const policy = base();
  const isGone = new Check("account_gone", "End-User authentication is required", "login_required", ({ oidc }) => {
    const { session, account } = oidc;
    if (session?.accountId === undefined || account !== undefined) return Check.NO_NEED_TO_PROMPT;
    forget(session);
    return Check.REQUEST_PROMPT;
  });
  // Before whatever asks whether somebody is signed in.
  policy.get("login")?.checks.add(isGone, 0);
  const isDue = new Check("second_factor_due", "a second factor is needed", async ({ oidc }) => {
    const { accountId, acr } = oidc.session ?? {};
    if (accountId === undefined || acr === LEVELS.severalFactors) return Check.NO_NEED_TO_PROMPT;
    return asksForSeveral(oidc.params?.["acr_values"]) || hasFactors(accountId);
  });
  // Behind the sign-in, before consent.
  policy.add(new Prompt({ name: SECOND_FACTOR }, isDue), 1);
  return policy;
}

/**
 * The account was removed or disabled since the session was read, or since the sign-in was proven: with that its sessions have ended, and this request
 * must not bring one back. What is left of it is a browser that nobody has signed in with.
 */
function forget(session: NonNullable<KoaContextWithOIDC["oidc"]["session"]>): void {
  delete session.accountId;
  delete session.authorizations;
}

/** Unless a password alone would do as well. */
function asksForSeveral(acrValues: unknown): boolean {
  const asked = typeof acrValues === "string" ? acrValues.split(" ") : [];
  return asked.includes(LEVELS.severalFactors) && !asked.includes(LEVELS.password);
}
