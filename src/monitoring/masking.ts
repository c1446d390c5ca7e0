// Guards against secrets in records: what looks like a token or a key is masked in every text that others chose.

import { MASK, withoutAssigned } from "./assigned-secrets.ts";

export { MASK } from "./assigned-secrets.ts";

const RUN_LENGTH_MIN = 32;
const SUSPECT_LENGTH_MIN = 16;

/** A cheap look at the whole text, before anything is replaced. */
const SUSPECT =
  /[\w\-.~%+=]{32}|eyJ[\w-]{10}|(?:sk|pk|rk|pck|whsec|gh[opsu]|github_pat|glpat|xox[abeprs])[-_][\w-]{8}|(?:AKIA|ASIA)[A-Z0-9]{12}/;

/** JSON in base64url begins with `eyJ`: a JWS, a JWE, or a piece of one. */
const JSON_WEB_TOKEN = /eyJ[\w-]{10,}(?:\.[\w-]*){0,4}/g;
/** Keys that announce themselves. */
const ANNOUNCED_KEY =
  /\b(?:sk|pk|rk|pck|whsec|gh[opsu]|github_pat|glpat|xox[abeprs])[-_][\w-]{8,}|\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g;
const RUN = new RegExp(`[\\w\\-.~%+=]{${RUN_LENGTH_MIN},}`, "g");
const PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[^]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
/** Words and numbers joined by separators, as people write them: `how-to-build-a-gateway-2026`. */
const WORDS = /^(?:(?:[A-Z]?[a-z]{1,24}|[A-Z]{1,24}|\d{1,20})(?:[-_.~+=]+|$))+$/;

/** Masks what is long and has no structure. UUIDs, slugs and ordinary identifiers stay. */
export function masked(text: string): string {
  if (text.length < SUSPECT_LENGTH_MIN || !SUSPECT.test(text)) return text;
  return text.replace(JSON_WEB_TOKEN, MASK).replace(ANNOUNCED_KEY, MASK).replace(RUN, maskedRun);
}

/** Masks only tokens: for names that a proven credential carries, which may be long and opaque by nature. */
export function withoutTokens(text: string): string {
  return text.includes("eyJ") ? text.replace(JSON_WEB_TOKEN, MASK) : text;
}

/** Whole, or as much as is there: the lines of a key by themselves may not look like one. */
export function withoutPrivateKeys(text: string): string {
  return text.includes("-----BEGIN ") ? text.replace(PRIVATE_KEY, MASK) : text;
}

/** For a field that a client sends: what looks like a secret, and what it names one. */
export function maskedField(text: string): string {
  return masked(withoutAssigned(withoutPrivateKeys(text)));
}

function maskedRun(run: string): string {
  return UUID.test(run) || WORDS.test(run) ? run : MASK;
}

const CREDENTIALS = /\b(bearer|basic|dpop|digest|negotiate)\s+[^\s,;"']+/gi;
const USER_INFORMATION = /(\/\/)[^\s/?#@]*@/g;
const QUERY = /([\w/)\]}])\?[^\s?"'][^\s"']*/g;

const SENTENCE_CHARACTERS_MAX = 1024;

/** For sentences: credentials, `name=value` pairs of secret names, and the query of any address are masked as well. */
export function maskedSentence(text: string): string {
  let sentence = text;
  // Bounds the work. The last word goes whole: half a token would not look like one.
  if (text.length > SENTENCE_CHARACTERS_MAX) sentence = text.slice(0, SENTENCE_CHARACTERS_MAX).replace(/\S+$/, "...");
  const unnamed = withoutAssigned(withoutPrivateKeys(sentence).replace(CREDENTIALS, `$1 ${MASK}`));
  return masked(unnamed.replace(USER_INFORMATION, `$1${MASK}@`).replace(QUERY, `$1?${MASK}`));
}
