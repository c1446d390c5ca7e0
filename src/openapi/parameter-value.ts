// Text to typed values: percent-encoding, scalars, arrays and objects, by grammars that leave nothing to guess.
import { UNKNOWN_SHAPE, type ValueShape, type WideInteger } from "./parameter-shape.ts";

/** The parameter was not sent. */
export const ABSENT: unique symbol = Symbol("absent");
/** The parameter was sent empty where `allowEmptyValue` says so: its schema is not asked. */
export const EMPTY: unique symbol = Symbol("empty");

/** What was sent is not written as the parameter's style has it; the sentence follows the parameter's name. */
export class Malformed {
  readonly sentence: string;

  constructor(sentence: string) {
    this.sentence = sentence;
  }
}

export const GIVEN_TWICE: Malformed = new Malformed("must be given once");
export const BAD_ENCODING: Malformed = new Malformed("is not valid percent-encoded UTF-8");

/** How one place writes its pieces: percent-encoded with `+` as space (query), percent-encoded, or as they are. */
export type Decoding = "form" | "percent" | "none";

/** The text without its encoding; undefined where that is broken (RFC 3986 2.1; UTF-8 strictly). */
export function decodeText(raw: string, decoding: Decoding): string | undefined {
  if (decoding === "none") return raw;
  const spaced = decoding === "form" && raw.includes("+") ? raw.replaceAll("+", " ") : raw;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return undefined;
  }
}

const INTEGER = /^(?:0|-?[1-9]\d{0,19})$/;
const NUMBER = /^-?(?:0|[1-9]\d{0,308})(?:\.\d{1,308})?$/;

/** The value of the declared type that the text writes; where it writes none, the text: its schema then says so. */
export function readScalar(text: string, shape: ValueShape): unknown {
  const { types } = shape;
  if (types.size === 0) return text;
  if (types.has("integer") && INTEGER.test(text)) return readNumber(text, shape.wide);
  if (types.has("number") && NUMBER.test(text)) return readNumber(text, shape.wide);
  if (types.has("boolean")) {
    if (text === "true") return true;
    if (text === "false") return false;
  }
  if (types.has("null") && (text === "null" || text === "") && !types.has("string")) return null;
  return text;
}

const LIMITS: Readonly<Record<WideInteger["format"], readonly [least: bigint, most: bigint]>> = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};
const ZEROS_ONLY = /^-?\d+(?:\.0+)?$/;

/** The raw text goes on to the API: a number that a double does not hold would not be the one that was judged. */
function readNumber(text: string, wide: WideInteger | undefined): unknown {
  const value = Number(text);
  // `1.9999999999999999` is no integer, although its double is 2.
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER)
    return Number.isInteger(value) && !ZEROS_ONLY.test(text) ? text : value;
  if (wide === undefined || !INTEGER.test(text)) return text;
  const [least, most] = LIMITS[wide.format];
  const exact = BigInt(text);
  const isHeld = exact >= least && exact <= most && wide.compared.every((schema) => isNear(exact, value, schema));
  return isHeld ? value : text;
}

/** Whether what the schema compares the double with does not lie between it and the number that was sent. */
function isNear(exact: bigint, value: number, schema: Readonly<Record<string, unknown>>): boolean {
  const { minimum, maximum, multipleOf } = schema;
  if (typeof minimum === "number" && value === minimum && exact < BigInt(value)) return false;
  if (typeof maximum === "number" && value === maximum && exact > BigInt(value)) return false;
  if (Number.isInteger(multipleOf) && multipleOf !== 0 && exact % BigInt(multipleOf as number) !== 0n) return false;
  const isListed = schema["const"] === value || (Array.isArray(schema["enum"]) && schema["enum"].includes(value));
  return !isListed || exact === BigInt(value);
}

/** An array from its raw pieces. Delimiters that came encoded are data: decoding follows splitting. */
export function readArray(pieces: readonly string[], shape: ValueShape, decoding: Decoding): unknown {
  const items = shape.items ?? UNKNOWN_SHAPE;
  const values: unknown[] = [];
  for (const piece of pieces) {
    const text = decodeText(piece, decoding);
    if (text === undefined) return BAD_ENCODING;
    values.push(readScalar(text, items));
  }
  return values;
}

/** An object from name and value in turn: `R,100,G,200`. */
export function readAlternating(pieces: readonly string[], shape: ValueShape, decoding: Decoding): unknown {
  if (pieces.length % 2 !== 0) return new Malformed("must be written as name and value in turn");
  const builder = new ObjectBuilder(shape, decoding);
  for (let i = 0; i < pieces.length; i += 2) builder.add(pieces[i] as string, pieces[i + 1] as string);
  return builder.result();
}

/** An object from `R=100`, `G=200`. */
export function readPairs(pieces: readonly string[], shape: ValueShape, decoding: Decoding): unknown {
  const builder = new ObjectBuilder(shape, decoding);
  for (const piece of pieces) {
    const equals = piece.indexOf("=");
    if (equals < 1) return new Malformed("must be written as name=value");
    builder.add(piece.slice(0, equals), piece.slice(equals + 1));
  }
  return builder.result();
}

/** Collects members, without a prototype and without silent duplicates. */
export class ObjectBuilder {
  readonly #value = Object.create(null) as Record<string, unknown>;
  readonly #shape: ValueShape;
  readonly #decoding: Decoding;
  readonly #repeats: boolean;
  #problem: Malformed | undefined;

  /** `repeats`: a declared array comes item by item under its name, as `sort=a&sort=b` of springdoc's `Pageable`. */
  constructor(shape: ValueShape, decoding: Decoding, repeats = false) {
    this.#shape = shape;
    this.#decoding = decoding;
    this.#repeats = repeats;
  }

  add(rawName: string, raw: string): void {
    const name = decodeText(rawName, this.#decoding);
    const text = decodeText(raw, this.#decoding);
    if (name === undefined || text === undefined) {
      this.#problem ??= BAD_ENCODING;
      return;
    }
    if (name === "__proto__") {
      this.#problem ??= new Malformed("must not have a member named __proto__");
      return;
    }
    const inner = this.#shape.properties.get(name) ?? this.#shape.additional ?? UNKNOWN_SHAPE;
    const before = this.#value[name];
    if (this.#repeats && inner.kind === "array") {
      const item = readScalar(text, inner.items ?? UNKNOWN_SHAPE);
      if (Array.isArray(before)) before.push(item);
      else this.#value[name] = [item];
    } else if (name in this.#value) {
      this.#problem ??= new Malformed("must have each member once");
    } else {
      this.#value[name] = readScalar(text, inner);
    }
  }

  result(): unknown {
    return this.#problem ?? this.#value;
  }
}
