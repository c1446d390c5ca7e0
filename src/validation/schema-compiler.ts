// Compiles schemas of the document into checks, at first use, each once per direction.
import { Ajv2020 } from "ajv/dist/2020.js";
import type { ValidateFunction } from "ajv";
import { type Located, placeKey, type Problem } from "../openapi/located.ts";
import { type CompileBranch, explain, type SchemaViolation } from "./explanation.ts";
import { FORMATS } from "./formats.ts";
import { defineKeywords, resetSteps, STEP_KEYWORD, TooComplex } from "./keywords.ts";
import { EXPLAINED_STEPS_MAX, EXPLAINED_VALUES_MAX } from "./limits.ts";
import { linearEngine } from "./pattern.ts";
import type { SchemaSource } from "./schema-source.ts";
import { verifyDialect, verifySchema } from "./schema-verification.ts";
import { type Direction, type Reading, Translation } from "./translation.ts";

/** One schema, ready to judge values. */
export interface SchemaCheck {
  /** Stops at the first violation and builds no messages: the hot path. `values` is how many the whole has. */
  fits(value: unknown, values?: number): boolean;
  /** Why it does not fit: at most 20 places. `values` is how many values the whole has; many are not all explained. */
  explain(value: unknown, name: string, values?: number): readonly SchemaViolation[];
}

export class SchemaCompiler {
  readonly #source: SchemaSource;
  readonly #schemas: SchemaRegistry[];
  /** Made where answers are stripped. */
  #overlooking: SchemaRegistry | undefined;
  readonly #verified = new Set<string>();
  /** Of those, what is known to come to an end. */
  readonly #settled = new Set<string>();

  constructor(source: SchemaSource) {
    this.#source = source;
    this.#schemas = [new SchemaRegistry(source, "request"), new SchemaRegistry(source, "response")];
  }

  /** The check of the schema at that place: compiled when it is first asked, and kept. */
  check(at: Located, direction: Direction): SchemaCheck {
    return (this.#schemas[direction === "request" ? 0 : 1] as SchemaRegistry).check(at);
  }

  /** Begins with a value whose alternatives will be asked for: all of them together have one budget. */
  beginLoosely(): void {
    resetSteps();
  }

  /** Whether a value of an answer fits once all that may be cut from it is overlooked. */
  fitsLoosely(at: Located, value: unknown): boolean {
    this.#overlooking ??= new SchemaRegistry(this.#source, "overlooking");
    return this.#overlooking.check(at).fitsWithinBudget(value);
  }

  /** What cannot be enforced in the schema and in all that it refers to, and in the document's dialect; each place once. */
  verify(at: Located): Problem[] {
    const problems = this.#verified.size === 0 ? verifyDialect(this.#source) : [];
    problems.push(...verifySchema(this.#source, at, this.#verified, this.#settled));
    return problems;
  }
}

/** The translated schemas of one direction, and the two compilers that know them. */
class SchemaRegistry {
  readonly #translation: Translation;
  readonly #ids = new Map<string, string>();
  readonly #schemas: [id: string, schema: unknown][] = [];
  readonly #open = new Set<string>();
  readonly #recursive = new Set<string>();
  readonly #checks = new Map<string, LazyCheck>();
  readonly #judging = new Compiler(false);
  readonly #explaining = new Compiler(true);

  constructor(source: SchemaSource, reading: Reading) {
    this.#translation = new Translation(source, reading, (target) => this.#register(target));
  }

  check(at: Located): LazyCheck {
    const key = placeKey(at);
    let check = this.#checks.get(key);
    if (check === undefined) {
      check = new LazyCheck(
        (explaining) => {
          const id = this.#register(at);
          return (explaining ? this.#explaining : this.#judging).compile(id, this.#schemas);
        },
        (branch) => this.#explaining.branch(branch),
      );
      this.#checks.set(key, check);
    }
    return check;
  }

  /** Translates what is referred to, depth first: whatever is entered while it is still open refers to itself. */
  #register(at: Located): string {
    const key = placeKey(at);
    const known = this.#ids.get(key);
    if (known !== undefined) {
      if (this.#open.has(known)) this.#recursive.add(known);
      return known;
    }
    const id = `portcullis:schema-${this.#ids.size + 1}`;
    this.#ids.set(key, id);
    this.#open.add(id);
    const schema = this.#translation.translate(at);
    this.#open.delete(id);
    if (this.#recursive.has(id) && typeof schema === "object") (schema as Record<string, unknown>)[STEP_KEYWORD] = true;
    this.#schemas.push([id, schema]);
    return id;
  }
}

class LazyCheck implements SchemaCheck {
  readonly #compile: (explaining: boolean) => ValidateFunction;
  readonly #branch: CompileBranch;
  #judge: ValidateFunction | undefined;
  #explain: ValidateFunction | undefined;

  constructor(compile: (explaining: boolean) => ValidateFunction, branch: CompileBranch) {
    this.#compile = compile;
    this.#branch = branch;
  }

  fits(value: unknown, values?: number): boolean {
    resetSteps(values);
    return this.fitsWithinBudget(value);
  }

  /** With what others have left of the budget. */
  fitsWithinBudget(value: unknown): boolean {
    try {
      return (this.#judge ??= this.#compile(false))(value);
    } catch (error) {
      if (error instanceof TooComplex) return false;
      throw error;
    }
  }

  explain(value: unknown, name: string, values = 0): readonly SchemaViolation[] {
    if (values <= EXPLAINED_VALUES_MAX) {
      resetSteps(values, EXPLAINED_STEPS_MAX);
      const all = this.#violations(value, name, true);
      if (all !== undefined) return all;
    }
    resetSteps(values);
    return this.#violations(value, name, false) ?? [{ at: "", message: `${name} is too complex to check` }];
  }

  /** All of them, or the first. Undefined where the budget is used up before. */
  #violations(value: unknown, name: string, all: boolean): readonly SchemaViolation[] | undefined {
    const validate = all ? (this.#explain ??= this.#compile(true)) : (this.#judge ??= this.#compile(false));
    try {
      if (validate(value)) return [];
      return explain(validate.errors ?? [], name, all ? this.#branch : undefined);
    } catch (error) {
      if (error instanceof TooComplex) return undefined;
      throw error;
    }
  }
}

/** ajv with our keywords; schemas are handed over when something that needs them is compiled. */
class Compiler {
  readonly #explaining: boolean;
  #ajv: Ajv2020 | undefined;
  #added = 0;

  constructor(explaining: boolean) {
    this.#explaining = explaining;
  }

  compile(id: string, schemas: readonly [id: string, schema: unknown][]): ValidateFunction {
    const ajv = (this.#ajv ??= createAjv(this.#explaining));
    for (; this.#added < schemas.length; this.#added += 1) {
      const [key, schema] = schemas[this.#added] as [string, object];
      ajv.addSchema(schema, key);
    }
    const validate = ajv.getSchema(id);
    if (validate === undefined) throw new Error(`The schema ${id} is not registered.`);
    return validate;
  }

  /** A part of a schema that was handed over: ajv keeps it by identity. */
  branch(schema: object | boolean): ValidateFunction {
    return (this.#ajv as Ajv2020).compile(schema);
  }
}

function createAjv(explaining: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    strict: false,
    strictNumbers: true,
    // Inherited names are no members: `constructor` is not there because Object has one.
    ownProperties: true,
    allErrors: explaining,
    verbose: explaining,
    messages: false,
    logger: false,
    // The document was validated when it was loaded.
    validateSchema: false,
    meta: false,
    addUsedSchema: false,
    formats: { ...FORMATS },
    code: { regExp: linearEngine },
  });
  defineKeywords(ajv);
  return ajv;
}
