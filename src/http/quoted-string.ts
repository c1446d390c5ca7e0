// Quoted strings of HTTP fields (RFC 9110 5.6.4).

/** Where the quoted string that starts at `start` ends, past its closing quote; -1 where it never does. */
export function quotedEnd(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return i + 1;
    if (code === 0x5c) i += 1;
  }
  return -1;
}

/** The text of the quoted string from `start` to `end`, escapes resolved (RFC 9110 5.6.4). */
export function unquote(text: string, start: number, end: number): string {
  const inside = text.slice(start + 1, end - 1);
  return inside.includes("\\") ? inside.replaceAll(/\\(.)/gs, "$1") : inside;
}
