// Takes secrets out of what is shown as evidence. Whoever reads a report must not be able to sign in with it.

const MASK = "***";

/** Each keeps what tells a reader which credential stood there. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(?:-----END \1-----|$)/g, `-----BEGIN $1----- ${MASK}`],
  [/\beyJ[\w-]{4,}\.([\w-]{4,})?(\.[\w-]*)*/g, MASK],
  [/\b((?:proxy-)?authorization["']?\s*[:=]\s*["']?(?:[A-Za-z]+ )?)[^\s"',;]+/gi, `$1${MASK}`],
  [/\b((?:x-)?(?:api-?key|auth-token|access-token|csrf-token|dpop)\s*:\s*)[^\s"'][^\r\n"']*/gi, `$1${MASK}`],
  [/(\/\/[^\s/:@]+:)[^\s/@]+(?=@)/g, `$1${MASK}`],
];

/** Names whose value is a credential: of fields of forms and queries, and of members of JSON. */
const NAME =
  "(?:[\\w-]*(?:password|passwd|secret|credential|api[_-]?key)|(?:access|refresh|id|auth|csrf|bearer|session)_?token|token|jwt|assertion|client_assertion|code_verifier|private_?key|otp|pin)";
const COOKIES = /\b(?:set-)?cookie\s*:[^\r\n"']*/gi;
const IN_QUERY = new RegExp(`([?&\\s'"]|^)(${NAME})=[^&\\s'"]+`, "gim");
const IN_JSON = new RegExp(`(\\\\?"${NAME}\\\\?"\\s*:\\s*)(\\\\?)"(?:[^"\\\\]|\\\\.)*?\\2"`, "gi");

/** The values of `known` go first: what a run signed in with is masked wherever it stands. */
export function maskSecrets(text: string, known: Iterable<string> = []): string {
  let masked = text;
  for (const secret of known) if (secret.length >= SECRET_LENGTH_MIN) masked = masked.replaceAll(secret, MASK);
  for (const [pattern, stand] of SECRETS) masked = masked.replaceAll(pattern, stand);
  masked = masked.replaceAll(COOKIES, (field) =>
    field.replace(/([:;]\s*(?!path=|domain=|max-age=|expires=|samesite=)[^=;\s]+=)[^;\s]+/gi, `$1${MASK}`),
  );
  return masked.replaceAll(IN_QUERY, `$1$2=${MASK}`).replaceAll(IN_JSON, `$1$2"${MASK}$2"`);
}

/** Shorter ones would blank out words. */
const SECRET_LENGTH_MIN = 4;
