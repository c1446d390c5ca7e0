// The plain spelling of a path segment: what a lenient upstream may take it for. Guards against aliases of declared paths (CWE-436).

const DECODE_ROUNDS_MAX = 3;

/**
 * Percent-encoding removed (also when applied repeatedly), path parameters (`;v=1`) cut off, lower case. Two segments of one plain
 * spelling may be the same resource to an upstream that decodes twice, ignores `;` or letter case (Express, Tomcat, IIS).
 * Never used to match a request: only to see that it is not another operation's path in disguise.
 */
export function plainSpelling(segment: string): string {
  if (isPlain(segment)) return segment;
  let text = segment;
  for (let i = 0; i < DECODE_ROUNDS_MAX && text.includes("%"); i += 1) text = decode(text);
  const semicolon = text.indexOf(";");
  if (semicolon >= 0) text = text.slice(0, semicolon);
  return text.toLowerCase();
}

/** Whether a segment is spelled plainly already, as nearly all are. */
function isPlain(segment: string): boolean {
  for (let i = 0; i < segment.length; i += 1) {
    const code = segment.charCodeAt(i);
    if (code === 37 || code === 59 || (code >= 65 && code <= 90) || code > 126) return false;
  }
  return true;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}
