// A reader of multipart bodies as forgiving as those in use taken together: line ends, folding, encodings, nesting, no end. For controls only.

export interface LenientPart {
  readonly name: string | undefined;
  readonly filename: string | undefined;
  readonly content: string;
}

export function readLeniently(contentType: string, body: Buffer): LenientPart[] {
  const boundary =
    /boundary\s*=\s*"?([^";,\s]*)/i.exec(contentType)?.[1] ?? /^--(.*?)\r?\n/.exec(body.toString())?.[1] ?? "";
  const pieces = body.toString("latin1").split(new RegExp(`\\r?\\n?--${escaped(boundary)}`));
  const parts: LenientPart[] = [];
  for (const piece of pieces.slice(1)) {
    if (piece.startsWith("--")) break;
    const [head = "", ...rest] = piece.replace(/^[ \t]*\r?\n/, "").split(/\r?\n\r?\n/);
    const content = rest.join("\r\n\r\n");
    const fields = unfolded(head);
    const type = fields.get("content-type") ?? "";
    if (type.startsWith("multipart/")) {
      parts.push(...readLeniently(type, Buffer.from(content, "latin1")));
      continue;
    }
    const disposition = fields.get("content-disposition") ?? "";
    const encoding = fields.get("content-transfer-encoding")?.toLowerCase();
    parts.push({
      name: parameter(disposition, "name"),
      filename: parameter(disposition, "filename\\*") ?? parameter(disposition, "filename"),
      content: encoding === "base64" ? Buffer.from(content, "base64").toString("latin1") : content,
    });
  }
  return parts;
}

/** The last field of a name wins, folded lines are one, a space before the colon is nothing. */
function unfolded(head: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of head.replaceAll(/\r?\n[ \t]+/g, " ").split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return fields;
}

/** The last of a name wins. */
function parameter(disposition: string, name: string): string | undefined {
  const all = [...disposition.matchAll(new RegExp(`[;\\s]${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]*))`, "gi"))];
  const last = all.at(-1);
  // PHP takes single quotes off as well.
  const bare = name.endsWith("*") ? last?.[2] : last?.[2]?.replace(/^'(.*)'$/, "$1");
  const text = last?.[1]?.replaceAll(/\\(.)/g, "$1") ?? bare;
  if (text === undefined) return undefined;
  return name.endsWith("*") ? decodeURIComponent(text.replace(/^.*'/, "")) : withWordsDecoded(text);
}

/** Tomcat, and Apache's file upload: encoded words of mail (RFC 2047). */
function withWordsDecoded(text: string): string {
  return text.replaceAll(/=\?utf-8\?([qb])\?(.*?)\?=/gi, (_, kind: string, word: string) =>
    kind.toLowerCase() === "b"
      ? Buffer.from(word, "base64").toString()
      : decodeURIComponent(word.replaceAll("_", " ").replaceAll("=", "%")),
  );
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
