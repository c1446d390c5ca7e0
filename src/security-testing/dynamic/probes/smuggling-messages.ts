// Messages that two readers may see end at different places (RFC 9112 6.3, 7.1; CWE-444), each with a second request inside.

export interface Ambiguous {
  /** One finding for each. */
  readonly family: "two framings" | "an obscure coding" | "a chunk" | "a length";
  readonly what: string;
  /** The head's fields behind Host, and what follows the head. */
  readonly fields: readonly string[];
  readonly body: string;
}

/** Spellings of Transfer-Encoding that some readers take for `chunked` and others do not. */
const OBSCURE: readonly (readonly [what: string, lines: readonly string[]])[] = [
  ["an unknown coding", ["Transfer-Encoding: xchunked"]],
  ["a space before the colon", ["Transfer-Encoding : chunked"]],
  ["a vertical tab before the coding", ["Transfer-Encoding: \u000bchunked"]],
  ["a NUL behind the coding", ["Transfer-Encoding: chunked\u0000"]],
  ["a quoted coding", ['Transfer-Encoding: "chunked"']],
  ["a coding behind chunked", ["Transfer-Encoding: chunked, identity"]],
  ["two fields that disagree", ["Transfer-Encoding: chunked", "Transfer-Encoding: x"]],
  ["a folded line", ["Transfer-Encoding:", " chunked"]],
  ["a line that begins with a space", [" Transfer-Encoding: chunked"]],
  ["a carriage return alone before it", ["X: x\rTransfer-Encoding: chunked"]],
  ["a line feed alone before it", ["X: x\nTransfer-Encoding: chunked"]],
];

/**
 * Each with `hidden` where one reader sees a request of its own and the other a part of the body. A server that refuses answers
 * once and ends the connection; two answers are the proof that it does not.
 */
export function ambiguous(hidden: string): readonly Ambiguous[] {
  return [
    { family: "two framings", what: "length before chunks", ...byLength(hidden, ["Transfer-Encoding: chunked"]) },
    { family: "two framings", what: "chunks before length", ...byChunks(hidden, ["Transfer-Encoding: chunked"]) },
    ...OBSCURE.flatMap(([what, lines]): Ambiguous[] => [
      { family: "an obscure coding", what: `${what}, read by its length`, ...byLength(hidden, lines) },
      { family: "an obscure coding", what: `${what}, read by its chunks`, ...byChunks(hidden, lines) },
    ]),
    ...CHUNKS.map(([what, chunks]): Ambiguous => {
      return { family: "a chunk", what, fields: ["Transfer-Encoding: chunked"], body: chunks + hidden };
    }),
    ...LENGTHS.map(([what, fields]): Ambiguous => ({ family: "a length", what, fields, body: `xxxxx${hidden}` })),
  ];
}

/** Who counts bytes sees a short body, then the hidden request; who reads chunks sees one chunk. */
function byLength(hidden: string, lines: readonly string[]): Omit<Ambiguous, "what" | "family"> {
  const size = hidden.length.toString(16);
  return { fields: [`Content-Length: ${size.length + 2}`, ...lines], body: `${size}\r\n${hidden}\r\n0\r\n\r\n` };
}

/** Who reads chunks sees an empty body, then the hidden request; who counts bytes sees all of it as body. */
function byChunks(hidden: string, lines: readonly string[]): Omit<Ambiguous, "what" | "family"> {
  const body = `0\r\n\r\n${hidden}`;
  return { fields: [`Content-Length: ${body.length}`, ...lines], body };
}

/** Chunks that no sender writes: whoever reads on has taken them for something. */
const CHUNKS: readonly (readonly [what: string, chunks: string])[] = [
  ["a chunk's line that ends in LF alone", "5\nxxxxx\r\n0\r\n\r\n"],
  ["a chunk's extension that ends in LF alone", "5;a\nxxxxx\r\n0\r\n\r\n"],
  ["a carriage return inside a chunk's extension", "5;a\rb\r\nxxxxx\r\n0\r\n\r\n"],
  ["a chunk that ends in LF alone", "5\r\nxxxxx\n0\r\n\r\n"],
  ["a chunk that ends in anything", "5\r\nxxxxxyy0\r\n\r\n"],
  ["a chunk's size behind 0x", "0x5\r\nxxxxx\r\n0\r\n\r\n"],
  ["a chunk's size behind a plus", "+5\r\nxxxxx\r\n0\r\n\r\n"],
  ["a chunk's size before a word", "5 x\r\nxxxxx\r\n0\r\n\r\n"],
  ["trailers that end in LF alone", "5\r\nxxxxx\r\n0\r\n\n"],
];

const LENGTHS: readonly (readonly [what: string, fields: readonly string[]])[] = [
  ["two lengths that disagree", ["Content-Length: 5", "Content-Length: 7"]],
  ["a length behind a plus", ["Content-Length: +5"]],
  ["a length before a word", ["Content-Length: 5 x"]],
  ["a space before the colon of the length", ["Content-Length : 5"]],
];
