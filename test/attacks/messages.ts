// Reads HTTP/1.1 messages out of raw bytes, strictly: an independent second reader beside the ones under test.

export interface Message {
  /** Request line or status line. */
  readonly start: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** Whether the body came in chunks. */
  readonly chunked: boolean;
}

export interface Messages {
  readonly complete: readonly Message[];
  /** Start lines of all heads, also of the message that is not complete. */
  readonly starts: readonly string[];
  /** What follows the last complete message. */
  readonly rest: Buffer;
}

/** `closed` ends an answer that has neither length nor chunks. */
export function readMessages(bytes: Buffer, closed = false): Messages {
  const complete: Message[] = [];
  const starts: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const headEnd = bytes.indexOf("\r\n\r\n", at);
    if (headEnd < 0) break;
    const [start = "", ...lines] = bytes.toString("latin1", at, headEnd).split("\r\n");
    starts.push(start);
    const fields = lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    });
    const value = (name: string) => fields.find(([field]) => field === name)?.[1];
    const bodyAt = headEnd + 4;
    const length = value("content-length");
    const chunked = value("transfer-encoding") !== undefined;
    const isAnswer = start.startsWith("HTTP/");
    let body: { end: number; bytes: Buffer } | undefined;
    if (isAnswer && / (1\d\d|204|304) /.test(`${start} `)) body = { end: bodyAt, bytes: Buffer.alloc(0) };
    else if (chunked) body = readChunks(bytes, bodyAt);
    else if (length !== undefined && !/^\d{1,15}$/.test(length)) body = undefined;
    else if (length !== undefined || !isAnswer) body = take(bytes, bodyAt, Number(length ?? 0));
    else if (closed) body = take(bytes, bodyAt, bytes.length - bodyAt);
    if (body === undefined) break;
    complete.push({ start, fields, body: body.bytes, chunked });
    at = body.end;
  }
  return { complete, starts, rest: bytes.subarray(at) };
}

function take(bytes: Buffer, at: number, length: number): { end: number; bytes: Buffer } | undefined {
  return at + length > bytes.length ? undefined : { end: at + length, bytes: bytes.subarray(at, at + length) };
}

function readChunks(bytes: Buffer, start: number): { end: number; bytes: Buffer } | undefined {
  const parts: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const line = bytes.toString("latin1", at, lineEnd);
    if (!/^[0-9a-f]{1,8}$/i.test(line)) return undefined;
    const size = parseInt(line, 16);
    at = lineEnd + 2;
    if (size === 0) {
      // The gate sends no trailers on: the end is one empty line.
      return bytes.toString("latin1", at, at + 2) === "\r\n" ? { end: at + 2, bytes: Buffer.concat(parts) } : undefined;
    }
    if (bytes.toString("latin1", at + size, at + size + 2) !== "\r\n") return undefined;
    parts.push(bytes.subarray(at, at + size));
    at += size + 2;
  }
}
