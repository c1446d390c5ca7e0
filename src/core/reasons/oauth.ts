// Words in which the built-in authorization server refuses somebody (RFC 6749 5.2, 6750 3.1, 8707 2, 9449 5): protocol, so they stay as they are.

/** What is refused by each. Others, such as `invalid_request`, are about how something was asked for, not about who asks or for what. */
export const OAUTH_REFUSALS = {
  invalid_client: "authentication",
  invalid_dpop_proof: "authentication",
  invalid_grant: "authentication",
  invalid_token: "authentication",

  insufficient_scope: "authorization",
  invalid_scope: "authorization",
  invalid_target: "authorization",
} as const satisfies Record<string, "authentication" | "authorization">;

export type OAuthRefusal = keyof typeof OAUTH_REFUSALS;

export function isOAuthRefusal(word: string): word is OAuthRefusal {
  return Object.hasOwn(OAUTH_REFUSALS, word);
}
