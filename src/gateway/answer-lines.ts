// The field lines of an upstream's answer as text. Names repeat from answer to answer and are found again instead of made again.

/** What undici gives beside the raw lines: each value as text, those of one name in a list. */
export type ParsedFields = Readonly<Record<string, string | string[] | undefined>>;

interface KnownName {
  readonly text: string;
  readonly lower: string;
}

const SLOTS = 256;
const NAME_CHARACTERS_MAX = 64;

/** One name to a slot; another one that falls there takes its place. Bounded, whatever an upstream sends. */
const known: (KnownName | undefined)[] = Array.from({ length: SLOTS });

/** Names are spelled as they came. A value that undici has made text of already is taken from there. */
export function answerLines(raw: readonly (Buffer | string)[], parsed: ParsedFields): string[] {
  const lines: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = nameOf(raw[i] as Buffer | string);
    const value = parsed[name.lower];
    lines.push(name.text, typeof value === "string" ? value : textOf(raw[i + 1] as Buffer | string));
  }
  return lines;
}

function nameOf(raw: Buffer | string): KnownName {
  const { length } = raw;
  if (typeof raw === "string" || length === 0 || length > NAME_CHARACTERS_MAX) return named(textOf(raw));
  const slot = ((raw[0] as number) * 7 + (raw[length - 1] as number) * 31 + length * 13) & (SLOTS - 1);
  const found = known[slot];
  if (found !== undefined && spells(raw, found.text)) return found;
  return (known[slot] = named(textOf(raw)));
}

function spells(raw: Buffer, text: string): boolean {
  const { length } = raw;
  if (text.length !== length) return false;
  for (let i = 0; i < length; i += 1) if (raw[i] !== text.charCodeAt(i)) return false;
  return true;
}

function named(text: string): KnownName {
  return { text, lower: text.toLowerCase() };
}

function textOf(raw: Buffer | string): string {
  return typeof raw === "string" ? raw : raw.toString("latin1");
}

export function isEventStream(contentType: string | string[] | undefined): boolean {
  return typeof contentType === "string" && contentType.toLowerCase().startsWith("text/event-stream");
}

/** What a socket is read by is 64 KiB: a longer body never comes in one piece. */
const WHOLE_DIGITS_MAX = 5;

/** The declared length where it may come in one piece, else 0. undici holds what comes against it. */
export function wholeBytes(contentLength: string | string[] | undefined): number {
  if (typeof contentLength !== "string" || contentLength.length > WHOLE_DIGITS_MAX) return 0;
  const bytes = Number(contentLength);
  return Number.isInteger(bytes) && bytes > 0 ? bytes : 0;
}
