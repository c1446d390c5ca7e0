// Reads a query by the parameters that an operation declares: form, spaceDelimited, pipeDelimited and deepObject.
import { DeclaredNames, isTakenApart, namesPrototype, TAKEN_APART } from "./declared-names.ts";
import { UNKNOWN_SHAPE, type ValueShape } from "./parameter-shape.ts";
import { readDelimited, type ShapedParameter } from "./parameter-style.ts";
import {
  ABSENT,
  BAD_ENCODING,
  decodeText,
  EMPTY,
  GIVEN_TWICE,
  Malformed,
  ObjectBuilder,
  readArray,
  readScalar,
} from "./parameter-value.ts";

/** Values in the order of the declared parameters: a value, ABSENT, EMPTY or Malformed. */
export interface QueryReading {
  readonly values: unknown[];
  /** Names that nobody declares, decoded, each once; undefined where there is none. */
  readonly undeclared: string[] | undefined;
  /** What may be in no query of this operation; undefined where there is nothing. */
  readonly refused: RefusedName[] | undefined;
}

/** A name as it came, and the sentence that follows it. */
export interface RefusedName {
  readonly name: string;
  readonly sentence: string;
}

const PAIRS_MAX = 1_000;
const DEEP_LEVELS_MAX = 5;
const TOO_MANY: Malformed = new Malformed("has too many parameters");
const CONTROL = /[\u0000-\u001f\u007f]/;
const DEEP_NAME = /^([^[\]]+)((?:\[[^[\]]*\])+)$/;

/** What one decoded name in the query means. */
interface Meaning {
  readonly slot: number;
  /** Member of an exploded object; undefined for the parameter itself. */
  readonly member: boolean;
}

/** Compiled once per operation. */
export class QueryReader {
  readonly #parameters: readonly ShapedParameter[];
  readonly #names = new Map<string, Meaning>();
  readonly #deep = new Map<string, number>();
  readonly #absent: readonly unknown[];
  /** Required exploded objects: one without members is written as nothing, so nothing is one. springdoc requires each `Pageable`. */
  readonly #empty: readonly number[];
  /** An exploded object that takes whatever nobody else declares. */
  readonly #rest: number | undefined;
  readonly #declared: DeclaredNames;
  readonly #known: ReadonlySet<string>;
  readonly #elsewhere: ((name: string) => string | undefined) | undefined;

  /**
   * `known`: names that are declared elsewhere, as keys of a security scheme are. `elsewhere` says why one that nobody declares may not
   * come here.
   */
  constructor(
    parameters: readonly ShapedParameter[],
    known: readonly string[] = [],
    elsewhere?: (name: string) => string | undefined,
  ) {
    this.#elsewhere = elsewhere;
    this.#parameters = parameters;
    this.#absent = parameters.map(() => ABSENT);
    let rest: number | undefined;
    const empty: number[] = [];
    for (const [slot, { parameter, shape }] of parameters.entries()) {
      if (parameter.style === "deepObject") {
        this.#deep.set(parameter.name, slot);
      } else if (parameter.explode && parameter.content === undefined && shape.kind === "object") {
        for (const name of shape.properties.keys()) this.#names.set(name, { slot, member: true });
        if (shape.additional !== undefined || shape.properties.size === 0) rest = slot;
        if (parameter.required) empty.push(slot);
      }
    }
    // A parameter of that very name wins over the member of an exploded object.
    for (const [slot, { parameter, shape }] of parameters.entries()) {
      const spread = parameter.explode && parameter.content === undefined && shape.kind === "object";
      if (parameter.style !== "deepObject" && !spread) this.#names.set(parameter.name, { slot, member: false });
    }
    this.#rest = rest;
    this.#empty = empty;
    this.#known = new Set(known);
    this.#declared = new DeclaredNames([...this.#names.keys(), ...this.#deep.keys(), ...known], "dots");
  }

  read(query: string | undefined): QueryReading {
    const values = this.#absent.slice();
    if (query === undefined || query === "") {
      this.#putEmpty(values);
      return { values, undeclared: undefined, refused: undefined };
    }
    const work = new QueryWork(values);
    let start = 0;
    let pairs = 0;
    while (start <= query.length) {
      let end = query.indexOf("&", start);
      if (end < 0) end = query.length;
      // Empty ones too: qs and Node's own reader count them, and read nothing of what follows the thousandth.
      pairs += 1;
      if (pairs > PAIRS_MAX) {
        work.refuse("the query", TOO_MANY.sentence);
        return { values: values.map(() => TOO_MANY), undeclared: work.undeclared, refused: work.refused };
      }
      if (end > start) {
        const equals = query.indexOf("=", start);
        const hasValue = equals >= 0 && equals < end;
        this.#take(work, query.slice(start, hasValue ? equals : end), hasValue ? query.slice(equals + 1, end) : "");
      }
      start = end + 1;
    }
    work.finish();
    this.#putEmpty(values);
    return { values, undeclared: work.undeclared, refused: work.refused };
  }

  #putEmpty(values: unknown[]): void {
    for (const slot of this.#empty) if (values[slot] === ABSENT) values[slot] = Object.create(null);
  }

  #take(work: QueryWork, rawName: string, raw: string): void {
    const name = decodeText(rawName, "form");
    if (name === undefined) {
      work.undeclare(rawName);
      return;
    }
    const meaning = this.#names.get(name);
    if (rawName.includes(";") || (raw.includes(";") && !this.#allowsReserved(meaning))) {
      // Some readers part pairs there as well: what follows would be a parameter that nobody judged.
      work.refuse(name, "must have its semicolons written as %3B");
      return;
    }
    if (namesPrototype(name)) {
      work.refuse(name, "is not allowed");
      return;
    }
    if (meaning !== undefined) {
      const shaped = this.#parameters[meaning.slot] as ShapedParameter;
      if (meaning.member) work.member(meaning.slot, shaped.shape, rawName, raw);
      else takeValue(work.values, meaning.slot, shaped, raw);
      return;
    }
    if (this.#deep.size > 0 && name.includes("[")) {
      const parts = DEEP_NAME.exec(name);
      const slot = parts === null ? undefined : this.#deep.get(parts[1] as string);
      if (parts !== null && slot !== undefined) {
        work.deep(slot, (this.#parameters[slot] as ShapedParameter).shape, parts[2] as string, raw);
        return;
      }
    }
    if (this.#deep.has(name)) {
      work.values[this.#deep.get(name) as number] = new Malformed(`must be written as ${name}[member]=…`);
      return;
    }
    if (CONTROL.test(name)) {
      // PHP cuts names off at NUL.
      work.refuse(name, "is not allowed");
      return;
    }
    const takenFor = this.#known.has(name) ? undefined : this.#declared.takenFor(name);
    if (takenFor !== undefined) {
      work.refuse(name, `is not allowed: it could be taken for ${takenFor}`);
      return;
    }
    const rest = this.#rest === undefined ? undefined : (this.#parameters[this.#rest] as ShapedParameter).shape;
    const described = rest?.additional;
    const sentence = this.#known.has(name) || described !== undefined ? undefined : this.#elsewhere?.(name);
    if (sentence !== undefined) work.refuse(name, sentence);
    else if (rest === undefined) work.undeclare(name);
    else if (isTakenApart(name, described)) work.refuse(name, TAKEN_APART);
    else work.member(this.#rest as number, rest, rawName, raw);
  }

  #allowsReserved(meaning: Meaning | undefined): boolean {
    return meaning !== undefined && (this.#parameters[meaning.slot] as ShapedParameter).parameter.allowReserved;
  }
}

/** A parameter under its own name. Exploded arrays come several times, everything else once (G06, I10). */
function takeValue(values: unknown[], slot: number, { parameter, shape }: ShapedParameter, raw: string): void {
  const before = values[slot];
  if (before instanceof Malformed) return;
  if (parameter.content !== undefined) {
    values[slot] = before === ABSENT ? (decodeText(raw, "form") ?? BAD_ENCODING) : GIVEN_TWICE;
    return;
  }
  const many = shape.kind === "array" && parameter.explode;
  if (before !== ABSENT && !many) {
    values[slot] = GIVEN_TWICE;
  } else if (raw === "" && parameter.allowEmptyValue) {
    values[slot] = before === ABSENT ? EMPTY : GIVEN_TWICE;
  } else if (many) {
    values[slot] = addItem(before, shape, raw);
  } else if (parameter.style === "spaceDelimited") {
    values[slot] = readDelimited(raw, /%20|\+/, shape, "form");
  } else if (parameter.style === "pipeDelimited") {
    values[slot] = readDelimited(raw, /\||%7[Cc]/, shape, "form");
  } else {
    values[slot] = readDelimited(raw, ",", shape, "form");
  }
}

function addItem(before: unknown, shape: ValueShape, raw: string): unknown {
  if (before === EMPTY) return GIVEN_TWICE;
  const item = readArray([raw], shape, "form");
  if (before === ABSENT || item instanceof Malformed) return item;
  (before as unknown[]).push(...(item as unknown[]));
  return before;
}

/** What is collected while one query is read. */
class QueryWork {
  readonly values: unknown[];
  undeclared: string[] | undefined;
  refused: RefusedName[] | undefined;
  #builders: Map<number, ObjectBuilder> | undefined;

  constructor(values: unknown[]) {
    this.values = values;
  }

  undeclare(name: string): void {
    if (this.undeclared === undefined) this.undeclared = [name];
    else if (!this.undeclared.includes(name)) this.undeclared.push(name);
  }

  refuse(name: string, sentence: string): void {
    (this.refused ??= []).push({ name, sentence });
  }

  member(slot: number, shape: ValueShape, rawName: string, raw: string): void {
    this.#builders ??= new Map();
    let builder = this.#builders.get(slot);
    if (builder === undefined) {
      builder = new ObjectBuilder(shape, "form", true);
      this.#builders.set(slot, builder);
    }
    builder.add(rawName, raw);
  }

  /** `[a][b]` of `filter[a][b]=…`: members by name, items of declared arrays by repetition or `[]`. */
  deep(slot: number, shape: ValueShape, path: string, raw: string): void {
    if (this.values[slot] instanceof Malformed) return;
    const keys = path.slice(1, -1).split("][");
    const text = decodeText(raw, "form");
    if (text === undefined || keys.length > DEEP_LEVELS_MAX) {
      this.values[slot] = text === undefined ? BAD_ENCODING : new Malformed("nests too deep");
      return;
    }
    if (this.values[slot] === ABSENT) this.values[slot] = Object.create(null);
    if (!setDeep(this.values[slot] as Record<string, unknown>, shape, keys, text)) {
      this.values[slot] = new Malformed("must have each member once");
    }
  }

  finish(): void {
    if (this.#builders === undefined) return;
    for (const [slot, builder] of this.#builders) {
      if (this.values[slot] === ABSENT) this.values[slot] = builder.result();
    }
  }
}

function setDeep(object: Record<string, unknown>, shape: ValueShape, keys: readonly string[], text: string): boolean {
  const [key, ...rest] = keys as [string, ...string[]];
  const inner = shape.properties.get(key) ?? shape.additional ?? UNKNOWN_SHAPE;
  const present = Object.hasOwn(object, key);
  if (key === "") return false;
  if (inner.kind === "array" && (rest.length === 0 || (rest.length === 1 && rest[0] === ""))) {
    const items: unknown = present ? object[key] : [];
    if (!Array.isArray(items)) return false;
    items.push(readScalar(text, inner.items ?? UNKNOWN_SHAPE));
    object[key] = items;
    return true;
  }
  if (rest.length === 0) {
    if (present) return false;
    object[key] = readScalar(text, inner);
    return true;
  }
  if (!present) object[key] = Object.create(null);
  const next = object[key];
  return (
    typeof next === "object" &&
    next !== null &&
    !Array.isArray(next) &&
    setDeep(next as Record<string, unknown>, inner, rest, text)
  );
}
