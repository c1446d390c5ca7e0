// Limits of validation: how large a body may be in ways that bytes alone do not bound. Names carry their units.

/** Objects and arrays inside each other. Hand-made APIs stay below 20; recursion in parser and checks stays shallow. */
export const JSON_LEVELS_MAX = 64;

/** Members of all objects of one body together: each costs some 40 bytes of heap beside its text. */
export const JSON_MEMBERS_MAX = 50_000;

/** Items of all arrays of one body together. */
export const JSON_ITEMS_MAX = 100_000;

/** The same for answers, which come from the API that is protected and may be long lists. */
export const ANSWER_MEMBERS_MAX = 1_000_000;
export const ANSWER_ITEMS_MAX = 1_000_000;

/** Fields of a form body. */
export const FORM_FIELDS_MAX = 1_000;

/** The head of one part of a multipart body: three lines, one of which holds two names. */
export const PART_HEAD_BYTES_MAX = 2_048;

/** Violations in one answer: enough to mend a request in one go, too few to be worth asking for. */
export const VIOLATIONS_MAX = 20;

/** Bodies with more values than this get their first violation only: every failing item costs an error object. */
export const EXPLAINED_VALUES_MAX = 2_000;

/**
 * Entries into recursive schemas during one check: `anyOf` over a recursive schema can cost 2^depth without it. An entry costs about
 * 1 µs, and a body of 500 bytes must not buy many: so many, and so many more for each of its values.
 */
export const RECURSION_STEPS_MAX = 100_000;
export const RECURSION_STEPS_BASE = 10_000;
export const RECURSION_STEPS_PER_VALUE = 20;

/** The same where all violations are collected: an entry costs some twenty times as much, and the first one is known anyway. */
export const EXPLAINED_STEPS_MAX = 2_000;

/** Texts longer than this are no e-mail address, no URI and no date: formats are not asked. */
export const FORMAT_CHARACTERS_MAX = 8_192;

/** Values from the document (enum, pattern) that are longer are not listed in a message. */
export const LISTED_VALUES_MAX = 12;
export const LISTED_PATTERN_CHARACTERS_MAX = 80;

/** Undeclared names in the sentence of one note. */
export const UNDECLARED_NAMES_MAX = 10;

/** Places of undeclared members that are looked at in one body: in a list, each item has its own. */
export const UNDECLARED_PLACES_MAX = 200;

/** Names with their types in one note: what `portcullis report` learns from one exchange. */
export const USED_NAMES_MAX = 32;

/** Members inside each other below an undeclared one. */
export const USED_LEVELS_MAX = 6;

/** A longer pointer is left out: half of one would name another place. */
export const USED_POINTER_CHARACTERS_MAX = 128;

/** Distinct Content-Type values remembered per operation: parsing one costs more than the look-up. */
export const MEDIA_TYPES_REMEMBERED_MAX = 64;

/** Default limit of a request's body. */
export const BODY_BYTES_MAX_DEFAULT = 1_048_576;
