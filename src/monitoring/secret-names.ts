// Which names stand for secrets. One list, for fields, path parameters and what is assigned in a text: two would disagree.

/** Also as the end of a longer word, `accesstoken`: no other word ends like this. */
const LONG =
  "token|secret|password|passwd|passphrase|pass-?code|pwd|credential|signature|authorization|cookie|assertion|jwt|" +
  "(?:api|private|access|signing|encryption|master)-?key|session-?id|sessid";
/** Words that others end with: only by themselves. */
const SHORT = "[ht]?otp";
/** Mere things where more follows, and where there are many: `sessionCount`, `pins`. */
const LAST = "session|pin|pin-code";
/** What is said about a secret, and is none. */
const ABOUT =
  /-(?:types?|counts?|length|size|ttl|lifetime|age|expires-in|expir(?:y|es|ed|ation)|polic(?:y|ies)|required|enabled|valid|at|errors?|exception)$/;

const SECRET = new RegExp(`(?:(?:${LONG})|\\b(?:${SHORT}))s?\\b|\\b(?:${LAST})-*$`);

/** A cheap look at a whole text: whether a name in it may be one of a secret. */
export const MAY_NAME_SECRET = new RegExp(`${LONG}|${SHORT}|${LAST}`.replaceAll(/-\??/g, "[^a-z]*"), "i");

/** Whether what has this name is a secret: `token`, `resetToken`, `api_key`, `Set-Cookie`, `SESSIONID`; not `tokenType`. */
export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z]{2})/g, "$1-$2")
    .toLowerCase()
    .replace(/[^a-z]+/g, "-");
  return SECRET.test(words) && !ABOUT.test(words);
}
