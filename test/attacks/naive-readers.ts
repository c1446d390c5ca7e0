// Readers of JSON as APIs have them: the first of a name, merging, cutting at the end of a value, other charsets, and JavaScript itself. For controls only.
import { runInNewContext } from "node:vm";

/** As some native parsers do: of two members of one name the first counts. Reads flat objects of texts and numbers. */
export function firstWins(body: Buffer): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const [, name = "", value = ""] of body
    .toString()
    .matchAll(/"((?:[^"\\]|\\.)*)"\s*:\s*("(?:[^"\\]|\\.)*"|[^,}\s]+)/g)) {
    const key = JSON.parse(`"${name}"`) as string;
    if (!Object.hasOwn(read, key)) read[key] = JSON.parse(value);
  }
  return read;
}

/** `JSON.parse`: the last counts, invalid UTF-8 is repaired, numbers are doubles. */
export function lastWins(body: Buffer): unknown {
  return JSON.parse(body.toString("utf8"));
}

/** A deep merge as it is written by hand, into defaults of the API. */
export function merged(body: Buffer): Record<string, unknown> {
  const merge = (target: Record<string, unknown>, source: Record<string, unknown>): Record<string, unknown> => {
    for (const key of Object.keys(source)) {
      const value = source[key];
      const known = target[key];
      if (typeof value !== "object" || value === null) target[key] = value;
      else if (known === undefined) target[key] = merge({}, value as Record<string, unknown>);
      else merge(known as Record<string, unknown>, value as Record<string, unknown>);
    }
    return target;
  };
  return merge({}, lastWins(body) as Record<string, unknown>);
}

/** Go's decoder and others take the first value and leave what follows. */
export function firstValue(body: Buffer): unknown {
  const text = body.toString();
  for (let end = text.length; end > 0; end -= 1) {
    try {
      return JSON.parse(text.slice(0, end));
    } catch {
      // A shorter beginning may be a value.
    }
  }
  return undefined;
}

/** What JavaScript itself would read: comments, single quotes, names without quotes, `NaN`. */
export function evaluated(body: Buffer): unknown {
  return runInNewContext(`(${body.toString()})`, Object.create(null) as object, { timeout: 5_000 });
}

/** Takes a byte order mark off and believes it. */
export function byMark(body: Buffer): unknown {
  const encoding = body[0] === 0xff ? "utf-16le" : body[0] === 0xfe ? "utf-16be" : "utf-8";
  return JSON.parse(new TextDecoder(encoding).decode(body));
}

/** UTF-16 without a mark, found out by its zeros (RFC 4627 3). */
export function byZeros(body: Buffer): unknown {
  return JSON.parse(new TextDecoder(body[0] === 0 ? "utf-16be" : body[1] === 0 ? "utf-16le" : "utf-8").decode(body));
}

/** What is stored and answered later: what `JSON.parse` made of it, printed. */
export function printedAgain(body: Buffer): unknown {
  return JSON.stringify(lastWins(body));
}
