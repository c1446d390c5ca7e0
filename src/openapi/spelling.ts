// The plain spelling of a path segment: what a lenient upstream may take it for. Guards against aliases of declared paths (CWE-436).

const DECODE_ROUNDS_MAX = 3;
/** Servlet containers end a segment there; who decodes a path before it is parted from its query, at the others. */
const CUT_OFF = /[;?#]/;
const DOT = 0x2e;
const SPACE = 0x20;

/**
 * Percent-encoding removed (also when applied repeatedly), path parameters (`;v=1`), what was an encoded `?` or `#`, and dots and spaces at the end cut off, compatible
 * characters folded, lower case. Two segments of one plain spelling may be the same resource to an upstream that decodes twice, ignores `;`,
 * letter case or what Windows cuts off a file's name, or takes a full-width letter for the letter (Express, Tomcat, IIS).
 * Never used to match a request: only to see that it is not another operation's path in disguise.
 */
export function plainSpelling(segment: string): string {
  if (isPlain(segment)) return segment;
  const text = foldedSpelling(segment);
  let end = text.length;
  while (end > 0 && isCutOff(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** The same for a piece of a segment, whose end is not the segment's. */
export function foldedSpelling(piece: string): string {
  if (isPlain(piece)) return piece;
  let text = piece;
  for (let i = 0; i < DECODE_ROUNDS_MAX && text.includes("%"); i += 1) text = decode(text);
  const cut = text.search(CUT_OFF);
  if (cut >= 0) text = text.slice(0, cut);
  // Upper case first, as in `foldCase`: who compares capitals takes `\u0131` for an I.
  return text.normalize("NFKC").toUpperCase().toLowerCase();
}

/** Windows and what is built on it open `admin.` and `admin ` as `admin`. */
function isCutOff(code: number): boolean {
  return code === DOT || code === SPACE;
}

/** Whether a segment is spelled plainly already, as nearly all are. */
function isPlain(segment: string): boolean {
  for (let i = 0; i < segment.length; i += 1) {
    const code = segment.charCodeAt(i);
    if (code === 37 || code === 59 || (code >= 65 && code <= 90) || code > 126) return false;
  }
  return segment.charCodeAt(segment.length - 1) !== DOT;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}
