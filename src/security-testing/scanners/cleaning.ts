// Takes out of what other tools wrote whatever would do more than be read: escapes of terminals, turns of direction, endless text.

const INVISIBLE = /[\u{0}-\u{1F}\u{7F}-\u{9F}\u{200B}-\u{200F}\u{202A}-\u{202E}\u{2060}-\u{2069}\u{FEFF}]+/gu;

export function clean(text: string, lengthMax: number): string {
  // Cut first: what nobody shows need not be looked at.
  const line = text
    .slice(0, lengthMax * 4)
    .toWellFormed()
    .replaceAll(INVISIBLE, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  return line.length > lengthMax ? `${line.slice(0, lengthMax - 1).toWellFormed()}…` : line;
}

/** Descriptions of ZAP and SonarQube are HTML. */
export function withoutMarkup(text: string): string {
  return text
    .replaceAll(/<[^<>]{0,200}>/g, " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}

/** A part of the id of a rule: what a tool calls it, in letters that every form of report takes. */
export function idOf(text: string): string {
  const id = text.replaceAll(/[^\w.-]+/g, "-").replaceAll(/^[-.]+|[-.]+$/g, "");
  return id.slice(0, ID_LENGTH_MAX) || "unnamed";
}

const ID_LENGTH_MAX = 120;
