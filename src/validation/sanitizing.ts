// What `x-portcullis-sanitize` does to a text: each word, in one order, so that doing it twice changes nothing more.

/** In the document: how a text of a request's body is changed before it is judged. */
export const SANITIZE_MARK = "x-portcullis-sanitize";

/** In the order in which they are done, whichever way a schema lists them. */
export const SANITIZE_WORDS = ["strip-control", "nfc", "lowercase", "html", "trim"] as const;

export type SanitizeWord = (typeof SANITIZE_WORDS)[number];

/** A set of words, one bit to each. */
export type SanitizeWords = number;

export const NO_WORDS: SanitizeWords = 0;

/** The words of a schema's mark; what is none is told at the start and means nothing here. */
export function wordsOf(mark: unknown): SanitizeWords {
  if (!Array.isArray(mark)) return NO_WORDS;
  return mark.reduce<number>((words, word) => words | bitOf(word), NO_WORDS);
}

function bitOf(word: unknown): SanitizeWords {
  const index = SANITIZE_WORDS.indexOf(word as SanitizeWord);
  return index < 0 ? NO_WORDS : 1 << index;
}

const [STRIP_CONTROL, NFC, LOWERCASE, HTML, TRIM] = SANITIZE_WORDS.map(bitOf) as [
  number,
  number,
  number,
  number,
  number,
];

/** Controls but tab and line ends, and what turns the direction of text around (Trojan Source, CVE-2021-42574). */
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;
/** What HTML gives a meaning to, but for the references that this very function writes. */
const MARKUP = /[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/g;
const REFERENCES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Controls go first: one inside `<scr\u0000ipt>` must not hide it. Letter case comes before composition once more: it can undo it. */
export function sanitizeText(text: string, words: SanitizeWords): string {
  let out = text;
  if ((words & STRIP_CONTROL) !== 0) out = out.replaceAll(CONTROLS, "");
  if ((words & LOWERCASE) !== 0) out = ((words & NFC) === 0 ? out : out.normalize("NFC")).toLowerCase();
  if ((words & NFC) !== 0) out = out.normalize("NFC");
  if ((words & HTML) !== 0) out = out.replaceAll(MARKUP, (character) => REFERENCES[character] as string);
  return (words & TRIM) === 0 ? out : out.trim();
}
