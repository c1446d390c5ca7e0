// What a client sent as bytes, as text: Node gives each byte as one character, and nearly everybody means UTF-8.

const NOT_ASCII = /[\u0080-\u00ff]/;
const BEYOND_BYTES = /[^\u0000-\u00ff]/;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decoded where it is UTF-8 from end to end, else as it is. Not escaped yet: what was hidden in it shows only now. */
export function wireText(text: string): string {
  if (!NOT_ASCII.test(text) || BEYOND_BYTES.test(text)) return text;
  try {
    return UTF8.decode(Buffer.from(text, "latin1"));
  } catch {
    return text;
  }
}
