// Reads one delimited text by its style: path segments, header fields, cookies and unexploded query parameters.
import type { Parameter } from "./operation.ts";
import { allowsScalar, type ValueShape } from "./parameter-shape.ts";
import {
  BAD_ENCODING,
  type Decoding,
  decodeText,
  Malformed,
  readAlternating,
  readArray,
  readPairs,
  readScalar,
} from "./parameter-value.ts";

/** A parameter with what its schema says of types. */
export interface ShapedParameter {
  readonly parameter: Parameter;
  readonly shape: ValueShape;
}

/** The raw text of a single value. `content` parameters stay text: whoever knows the media type reads them. */
export function readSingle(raw: string, shape: ValueShape, decoding: Decoding): unknown {
  const text = decodeText(raw, decoding);
  return text === undefined ? BAD_ENCODING : readScalar(text, shape);
}

const ENCODED_COMMA = /%2c/i;

/** An unexploded value with its delimiter: `a,b,c`, `R,100,G,200`. */
export function readDelimited(raw: string, delimiter: string | RegExp, shape: ValueShape, decoding: Decoding): unknown {
  if (shape.kind === "array") {
    if (allowsScalar(shape)) {
      const pieces = raw.split(delimiter);
      return pieces.length === 1 ? readSingle(raw, shape, decoding) : readArray(pieces, shape, decoding);
    }
    return readArray(raw.split(delimiterIn(raw, delimiter, decoding)), shape, decoding);
  }
  if (shape.kind === "object")
    return readAlternating(raw.split(delimiterIn(raw, delimiter, decoding)), shape, decoding);
  return readSingle(raw, shape, decoding);
}

/**
 * Clients that encode a whole value (`URLSearchParams`, Python, generated ones) encode its commas with it, and APIs part it once it is
 * decoded: where all commas came encoded, they part the items. Beside plain ones they are data (RFC 6570 3.2.1).
 */
function delimiterIn(raw: string, delimiter: string | RegExp, decoding: Decoding): string | RegExp {
  const isEncoded = delimiter === "," && decoding !== "none" && !raw.includes(",") && ENCODED_COMMA.test(raw);
  return isEncoded ? ENCODED_COMMA : delimiter;
}

/** `simple` (RFC 6570 3.2.2): header fields and most path parameters. */
export function readSimple(raw: string, explode: boolean, shape: ValueShape, decoding: Decoding): unknown {
  if (explode && shape.kind === "object") return readPairs(raw.split(","), shape, decoding);
  return readDelimited(raw, ",", shape, decoding);
}

/** `label` (RFC 6570 3.2.5): `.blue`, `.blue,black`, exploded `.blue.black`, `.R=100.G=200`. */
function readLabel(raw: string, explode: boolean, shape: ValueShape): unknown {
  if (!raw.startsWith(".")) return new Malformed('must begin with "."');
  const rest = raw.slice(1);
  if (explode && shape.kind === "array") return readArray(rest.split("."), shape, "percent");
  if (explode && shape.kind === "object") return readPairs(rest.split("."), shape, "percent");
  return readDelimited(rest, ",", shape, "percent");
}

/** `matrix` (RFC 6570 3.2.7): `;color=blue`, `;color=blue,black`, exploded `;color=blue;color=black`, `;R=100;G=200`. */
function readMatrix(raw: string, name: string, explode: boolean, shape: ValueShape): unknown {
  if (!raw.startsWith(";")) return new Malformed('must begin with ";"');
  const parts = raw.slice(1).split(";");
  if (explode && shape.kind === "object") return readPairs(parts, shape, "percent");
  const values: string[] = [];
  for (const part of parts) {
    const equals = part.indexOf("=");
    const partName = equals < 0 ? part : part.slice(0, equals);
    if (decodeText(partName, "percent") !== name) return new Malformed(`must be written as ;${name}=…`);
    values.push(equals < 0 ? "" : part.slice(equals + 1));
  }
  if (explode && shape.kind === "array") return readArray(values, shape, "percent");
  if (values.length !== 1) return new Malformed("must be given once");
  return readDelimited(values[0] as string, ",", shape, "percent");
}

const SEMICOLON: Malformed = new Malformed("must not have a semicolon");

/** A path parameter from its raw place in the path. */
export function readPathParameter({ parameter, shape }: ShapedParameter, raw: string): unknown {
  // Servlet containers cut paths off there; only a matrix parameter is written so.
  if (parameter.style !== "matrix" && (raw.includes(";") || /%3b/i.test(raw))) return SEMICOLON;
  if (parameter.content !== undefined) return decodeText(raw, "percent") ?? BAD_ENCODING;
  if (parameter.style === "label") return readLabel(raw, parameter.explode, shape);
  if (parameter.style === "matrix") return readMatrix(raw, parameter.name, parameter.explode, shape);
  return readSimple(raw, parameter.explode, shape, "percent");
}
