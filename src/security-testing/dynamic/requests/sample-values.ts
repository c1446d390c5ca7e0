// Values that a schema of the document allows: its own examples first, else made; each judged by the gate's compiled schema.
import type { DocumentSet } from "../../../openapi/document.ts";
import type { Located } from "../../../openapi/located.ts";
import { isObject } from "../../../openapi/pointer.ts";
import type { SchemaCompiler } from "../../../validation/index.ts";
import { type Conjunction, conjunctionOf, placeOf, propertiesOf, type Schema, typesIn } from "./conjuncts.ts";
import { numberOr, type Random, sampleText, word } from "./sample-text.ts";

/** No value was found that fits. */
export const NOTHING: unique symbol = Symbol("nothing");

/** What is known of a property from elsewhere: `sku` is one that a list has shown. NOTHING where nothing is. */
export type Known = (name: string) => unknown;

interface Making {
  readonly known: Known;
  /** With all that may be there, not only what must. */
  readonly isWhole: boolean;
}

const NOTHING_KNOWN: Known = () => NOTHING;
const DEPTH_MAX = 7;
const TRIES_MAX = 6;
const ITEMS_MAX = 50;
const SPREAD = 90;

export class SampleValues {
  readonly #set: DocumentSet;
  readonly #schemas: SchemaCompiler;
  readonly #random: Random;

  constructor(set: DocumentSet, schemas: SchemaCompiler, random: Random) {
    this.#set = set;
    this.#schemas = schemas;
    this.#random = random;
  }

  /** Whether a request may have this value there. */
  fits(at: Located | undefined, value: unknown): boolean {
    return at === undefined || this.#schemas.check(at, "request").fits(value);
  }

  /** What the schema itself gives as examples, its default, or the only values that it allows. */
  stated(at: Located | undefined): unknown {
    if (at === undefined) return NOTHING;
    for (const value of statedIn(conjunctionOf(at, this.#set).merged)) if (this.fits(at, value)) return value;
    return NOTHING;
  }

  /** NOTHING where no value was found that fits. */
  sample(at: Located | undefined, known: Known = NOTHING_KNOWN): unknown {
    return this.#sample(at, { known, isWhole: false }, 0);
  }

  /** None that the document shows, which may be there. */
  sampleNew(at: Located | undefined): unknown {
    return this.#sample(at, { known: NOTHING_KNOWN, isWhole: false }, 2);
  }

  /** With all that may be there: some APIs need more than their document says. */
  sampleWhole(at: Located | undefined, known: Known): unknown {
    return this.#sample(at, { known, isWhole: true }, 0);
  }

  #sample(at: Located | undefined, making: Making, from: number): unknown {
    if (at === undefined) return word(this.#random);
    for (let attempt = from; attempt < TRIES_MAX; attempt += 1) {
      const value = this.#make(at, making, 0, attempt);
      if (value !== NOTHING && this.fits(at, value)) return value;
    }
    return NOTHING;
  }

  /** `attempt` tells what to try: another branch, all that may be there, no more than must be. */
  #make(at: Located, making: Making, depth: number, attempt: number): unknown {
    if (at.value === true) return word(this.#random);
    if (!isObject(at.value) || depth > DEPTH_MAX) return NOTHING;
    const first = conjunctionOf(at, this.#set, attempt);
    const { merged } = first;
    const isClosed = "const" in merged || Array.isArray(merged["enum"]);
    if (attempt < 2 || isClosed) for (const value of statedIn(merged)) if (this.fits(at, value)) return value;
    const types = typesIn(merged["type"]);
    const type = types.find((one) => one !== "null") ?? types[0] ?? impliedType(merged);
    switch (type) {
      case "object":
        return this.#object(first, making, depth, attempt);
      case "array":
        return this.#array(first, making, depth, attempt);
      case "integer":
      case "number":
        return number(merged, type === "integer", this.#random);
      case "boolean":
        return this.#random() < 0.5;
      case "null":
        return null;
      default:
        return sampleText(merged, this.#random) ?? NOTHING;
    }
  }

  #object(conjunction: Conjunction, making: Making, depth: number, attempt: number): unknown {
    const { merged } = conjunction;
    const required = new Set(Array.isArray(merged["required"]) ? (merged["required"] as string[]) : []);
    const properties = propertiesOf(conjunction, this.#set);
    const isAll = making.isWhole || (required.size === 0 && attempt % 2 === 0) || attempt === 3;
    const value: Record<string, unknown> = {};
    for (const [name, at] of properties) {
      const isNeeded = required.has(name);
      const { merged: own } = conjunctionOf(at, this.#set);
      if (own["readOnly"] === true || !(isNeeded || isAll || (attempt === 0 && own["default"] !== undefined))) continue;
      const found = making.known(name);
      const made = found !== NOTHING && this.fits(at, found) ? found : this.#property(at, making, depth, attempt);
      if (made !== NOTHING) value[name] = made;
      else if (isNeeded) return NOTHING;
    }
    const other = placeOf(conjunction, "additionalProperties", this.#set);
    const least = numberOr(merged["minProperties"], 0);
    for (const name of required)
      if (!Object.hasOwn(value, name) && !properties.has(name)) this.#add(value, name, other);
    for (let i = 1; Object.keys(value).length < Math.min(least, ITEMS_MAX); i += 1) this.#add(value, `more${i}`, other);
    return value;
  }

  #property(at: Located, making: Making, depth: number, attempt: number): unknown {
    const { choices } = conjunctionOf(at, this.#set);
    for (let choice = attempt; choice < attempt + Math.min(choices, TRIES_MAX); choice += 1) {
      const made = this.#make(at, making, depth + 1, choice);
      if (made !== NOTHING && this.fits(at, made)) return made;
    }
    return NOTHING;
  }

  #add(value: Record<string, unknown>, name: string, at: Located | undefined): void {
    const made = at === undefined ? word(this.#random) : this.sample(at);
    if (made !== NOTHING) value[name] = made;
  }

  #array(conjunction: Conjunction, making: Making, depth: number, attempt: number): unknown {
    const { merged, parts } = conjunction;
    const most = numberOr(merged["maxItems"], Number.POSITIVE_INFINITY);
    const wanted = Math.min(most, Math.max(numberOr(merged["minItems"], 0), attempt === 4 ? 0 : 1));
    if (wanted > ITEMS_MAX) return NOTHING;
    const items = placeOf(conjunction, "items", this.#set);
    const prefixed = parts.find(({ value }) => Array.isArray(value["prefixItems"]));
    const places = (prefixed?.value["prefixItems"] as readonly unknown[] | undefined) ?? [];
    const value: unknown[] = [];
    for (let i = 0; i < Math.max(wanted, places.length); i += 1) {
      const at = i < places.length ? this.#set.child(prefixed as Located, "prefixItems", i) : items;
      const made = at === undefined ? word(this.#random) : this.#property(at, making, depth, attempt + i);
      if (made === NOTHING) return NOTHING;
      value.push(made);
    }
    return value;
  }
}

function statedIn(merged: Schema): readonly unknown[] {
  if ("const" in merged) return [merged["const"]];
  const { enum: listed, example, examples } = merged as Readonly<Record<"enum" | "example" | "examples", unknown>>;
  const stated: unknown[] = example === undefined ? [] : [example];
  if (Array.isArray(examples)) stated.push(...(examples as unknown[]));
  if (merged["default"] !== undefined) stated.push(merged["default"]);
  if (Array.isArray(listed)) stated.push(...(listed as unknown[]));
  return stated;
}

function impliedType(merged: Schema): string {
  const has = (...names: readonly string[]) => names.some((name) => merged[name] !== undefined);
  if (has("properties", "required", "additionalProperties", "minProperties")) return "object";
  if (has("items", "prefixItems", "minItems")) return "array";
  return has("minimum", "maximum", "multipleOf", "exclusiveMinimum") ? "number" : "string";
}

function number(merged: Schema, isInteger: boolean, random: Random): number {
  const step = numberOr(merged["multipleOf"], isInteger ? 1 : 0.5);
  const above = merged["exclusiveMinimum"];
  const below = merged["exclusiveMaximum"];
  const exclusiveLow =
    typeof above === "number" ? above + step : above === true ? numberOr(merged["minimum"], 0) + step : -Infinity;
  const exclusiveHigh =
    typeof below === "number" ? below - step : below === true ? numberOr(merged["maximum"], 0) - step : Infinity;
  const low = Math.max(numberOr(merged["minimum"], -Infinity), exclusiveLow);
  const high = Math.min(numberOr(merged["maximum"], Infinity), exclusiveHigh);
  const from = Number.isFinite(low) ? low : Number.isFinite(high) ? high - SPREAD : 1;
  const first = Math.ceil(from / step - 1e-9) * step;
  const steps = Math.max(0, Math.floor((Math.min(high, first + SPREAD * Math.max(step, 1)) - first) / step));
  const value = first + Math.floor(random() * (steps + 1)) * step;
  return isInteger ? Math.round(value) : Number(value.toPrecision(12));
}
