// A name that people are shown where they decide about it: nothing in it moves, hides or turns round what stands beside it.

/** No control characters, no line separators, no marks that turn the direction of writing round (CWE-150, CVE-2021-42574). */
export const SHOWN_NAME = /^[^\p{Cc}\u2028-\u202e\u2066-\u2069]+$/u;
