// Tells names that belong to an API from data in the place of a name: the client chooses names, and a record holds no data.

/** Names that come from the request are cut before they are shown. */
export const NAME_CHARACTERS_MAX = 64;

/** Stands for any item of a list, and for a member whose name is data: an id, an address, a token. */
export const ANY_NAME = "*";

/** No space: people's names, sentences and passphrases have one, names of members hardly ever. */
const NAME = new RegExp(`^[\\p{L}_$@#][\\p{L}\\p{N}_$.:/[\\]-]{0,${NAME_CHARACTERS_MAX - 1}}$`, "u");
const PARTS = /[^\p{L}\p{N}]+/u;
/** Ids as machines make them: numbers, dates, UUID, ULID, hexadecimal, base64url. */
const IDENTIFIER = /^(?:\d+|[0-9a-f]{8,}|[0-9A-HJKMNP-TV-Z]{26})$/i;

/** Whether a name belongs to the API rather than to one of its records. */
export function isName(name: string): boolean {
  if (!NAME.test(name) || name.startsWith("eyJ")) return false;
  for (const part of name.split(PARTS)) {
    const digits = part.replace(/\D/g, "").length;
    if (IDENTIFIER.test(part) && (digits > 3 || part.length >= 24)) return false;
    // Letters and digits mixed, as in keys and tokens: `sha256` and `iso3166` are names still.
    if (part.length >= 16 && digits >= 3) return false;
  }
  return true;
}
