// A second reader of requests, by RFC 9112 and nothing else: what a client has said, up to the first byte that is wrong.

export interface ReadRequest {
  readonly method: string;
  readonly target: string;
  /** Names in lower case, values without the whitespace around them. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/** Several spaces, and empty lines before, are allowed to a lenient reader (RFC 9112 2.2, 3), and mean the same to all. */
const REQUEST_LINE = new RegExp(`^(${TOKEN}) +(/[^\\x00-\\x20\\x7f]*) +HTTP/1\\.([01])$`);
const FIELD_LINE = new RegExp(`^(${TOKEN}):[ \\t]*([^\\x00-\\x08\\x0a-\\x1f\\x7f]*?)[ \\t]*$`);
const QUOTED = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t \\x21-\\x7e\\x80-\\xff])*"';
const CHUNK_LINE = new RegExp(`^([0-9A-Fa-f]+)(?:[ \\t]*;[ \\t]*${TOKEN}(?:[ \\t]*=[ \\t]*(?:${TOKEN}|${QUOTED}))?)*$`);

/** `text` has one character for each byte. Reads what is complete; stops where the connection would end. */
export function readRequests(text: string): ReadRequest[] {
  const read: ReadRequest[] = [];
  let at = 0;
  for (;;) {
    while (text[at] === "\r" || text[at] === "\n") at += 1;
    const headEnd = text.indexOf("\r\n\r\n", at);
    if (headEnd < 0) return read;
    const [first = "", ...lines] = text.slice(at, headEnd).split("\r\n");
    const start = REQUEST_LINE.exec(first);
    const fields = readFields(lines);
    if (start === null || fields === undefined) return read;
    const [, method = "", target = "", minor] = start;
    const values = (name: string) => fields.filter(([own]) => own === name).map(([, value]) => value);
    if (values("host").length !== 1) return read;
    const body = readBody(text, headEnd + 4, values("content-length"), values("transfer-encoding"), minor === "1");
    if (body === undefined) return read;
    read.push({ method, target, fields, body: body.content });
    at = body.end;
    const options = values("connection")
      .join(",")
      .toLowerCase()
      .split(",")
      .map((option) => option.trim());
    if (options.includes("close") || (minor === "0" && !options.includes("keep-alive"))) return read;
  }
}

function readFields(lines: readonly string[]): [string, string][] | undefined {
  const fields: [string, string][] = [];
  for (const line of lines) {
    const field = FIELD_LINE.exec(line);
    if (field === null) return undefined;
    fields.push([(field[1] as string).toLowerCase(), field[2] as string]);
  }
  return fields;
}

interface ReadBody {
  readonly content: string;
  readonly end: number;
}

/** RFC 9112 6.3, where whatever could mean two things means nothing. */
function readBody(
  text: string,
  at: number,
  lengths: readonly string[],
  codings: readonly string[],
  mayBeChunked: boolean,
): ReadBody | undefined {
  if (codings.length > 0) {
    const isChunked = codings.length === 1 && codings[0]?.toLowerCase() === "chunked";
    return isChunked && mayBeChunked && lengths.length === 0 ? readChunks(text, at) : undefined;
  }
  if (lengths.length === 0) return { content: "", end: at };
  const [length = ""] = lengths;
  if (lengths.length > 1 || !/^(0|[1-9]\d{0,14})$/.test(length)) return undefined;
  const end = at + Number(length);
  return end > text.length ? undefined : { content: text.slice(at, end), end };
}

function readChunks(text: string, start: number): ReadBody | undefined {
  let content = "";
  let at = start;
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    const line = lineEnd < 0 ? null : CHUNK_LINE.exec(text.slice(at, lineEnd));
    if (line === null) return undefined;
    const size = parseInt(line[1] as string, 16);
    at = lineEnd + 2;
    if (size === 0) break;
    if (text.slice(at + size, at + size + 2) !== "\r\n") return undefined;
    content += text.slice(at, at + size);
    at += size + 2;
  }
  if (text.startsWith("\r\n", at)) return { content, end: at + 2 };
  const end = text.indexOf("\r\n\r\n", at);
  return end < 0 || readFields(text.slice(at, end).split("\r\n")) === undefined ? undefined : { content, end: end + 4 };
}
