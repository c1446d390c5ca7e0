// Guards texts that a schema leaves free: parameters and bodies that look like code for something behind the gate (I15).
import type { Exchange } from "../core/exchange.ts";
import type { RequestGuard } from "../core/guard.ts";
import { CONTINUE, deny, type Outcome, type Violation } from "../core/outcome.ts";
import type { Operation, Parameter } from "../openapi/operation.ts";
import { parseCookies } from "../openapi/parameter-field.ts";
import { shapeOf } from "../openapi/parameter-shape.ts";
import { decodeText } from "../openapi/parameter-value.ts";
import { pointerTo } from "../openapi/pointer.ts";
import { type DeclaredMedia, MediaTable } from "./body-media.ts";
import { BodyReaders } from "./body-readers.ts";
import { ANYTHING, type Carrier, carrierOf } from "./injection/carrier.ts";
import type { InjectionClass } from "./injection/class.ts";
import { ALL_CLASSES, type ClassSet, detect } from "./injection/detection.ts";
import { holdsOperatorName, isOperatorName, NOSQL } from "./injection/nosql.ts";
import type { SchemaSource } from "./schema-source.ts";
import { shownName } from "./sentence.ts";

export interface InjectionOptions {
  readonly operation: Operation;
  readonly set: SchemaSource;
  readonly mode: RequestGuard["mode"];
  /** Whether what does not fit its schema was refused before: only then does a schema exclude anything. */
  readonly schemasHold: boolean;
  /** Whether query parameters that nobody declares were refused before. */
  readonly unknownParametersDenied: boolean;
  /** Query parameters that hold keys. */
  readonly knownQueryParameters?: readonly string[];
}

/** Places that are told; the rest is of the same hand. */
const PLACES_MAX = 5;
const NAME = "validation.injection";

export interface InjectionGuards {
  readonly head: readonly RequestGuard[];
  readonly body: readonly RequestGuard[];
}

/** Empty where nothing of the operation can carry any class. */
export function injectionGuards(options: InjectionOptions): InjectionGuards {
  const { mode } = options;
  const parameters = new FreeParameters(options);
  const body = new FreeBody(options);
  const guard = (check: (exchange: Exchange) => Outcome): RequestGuard =>
    Object.freeze({ practice: "validation", name: NAME, mode, check } as const);
  return {
    head: parameters.carries ? [guard((exchange) => parameters.check(exchange))] : [],
    body: body.carries ? [guard((exchange) => body.check(exchange))] : [],
  };
}

function outcome(found: readonly Violation[]): Outcome {
  return found.length === 0 ? CONTINUE : deny("validation.injection-detected", { violations: found });
}

function found(place: Violation["in"], at: string, name: string, { title }: InjectionClass): Violation {
  return { in: place, at, message: `${name} looks like ${title}` };
}

class FreeParameters {
  readonly #path: readonly (readonly [index: number, name: string, classes: ClassSet])[];
  /** Those that can carry nothing have 0. */
  readonly #query: ReadonlyMap<string, ClassSet>;
  readonly #headers: readonly (readonly [name: string, classes: ClassSet])[];
  readonly #cookies: readonly (readonly [name: string, classes: ClassSet])[];
  readonly #others: ClassSet;

  constructor({ operation, set, schemasHold, unknownParametersDenied, knownQueryParameters = [] }: InjectionOptions) {
    const names = [...operation.template.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] as string);
    const classesOf = (parameter: Parameter): ClassSet => classesOfParameter(parameter, set, schemasHold);
    const inPlace = (place: Parameter["in"]) =>
      operation.parameters
        .filter((parameter) => parameter.in === place)
        .map((one) => [one.name, classesOf(one)] as const);
    const carrying = (place: Parameter["in"]) => inPlace(place).filter(([, classes]) => classes !== 0);
    this.#path = carrying("path").map(([name, classes]) => [names.indexOf(name), name, classes] as const);
    this.#query = new Map([...inPlace("query"), ...knownQueryParameters.map((name) => [name, 0] as const)]);
    this.#headers = carrying("header");
    this.#cookies = carrying("cookie");
    this.#others = unknownParametersDenied ? 0 : ALL_CLASSES;
  }

  get carries(): boolean {
    const free = this.#path.length + this.#headers.length + this.#cookies.length;
    return free > 0 || this.#others !== 0 || [...this.#query.values()].some((classes) => classes !== 0);
  }

  check({ request, pathParameters }: Exchange): Outcome {
    const all: Violation[] = [];
    for (const [index, name, classes] of this.#path) {
      const raw = pathParameters[index];
      if (raw !== undefined) lookAt("path", name, decodeText(raw, "percent") ?? raw, classes, all);
    }
    if (request.query !== undefined && request.query !== "") this.#inQuery(request.query, all);
    for (const [name, classes] of this.#headers) {
      for (const value of request.fields.all(name)) lookAt("header", name, value, classes, all);
    }
    if (this.#cookies.length > 0) {
      const cookies = parseCookies(request.fields);
      for (const [name, classes] of this.#cookies) {
        for (const raw of cookies?.get(name) ?? []) {
          const before = all.length;
          lookAt("cookie", name, decodeText(raw, "percent") ?? raw, classes, all);
          // Rack takes `+` for a blank there as well.
          if (all.length === before && raw.includes("+")) lookAt("cookie", name, formText(raw), classes, all);
        }
      }
    }
    return outcome(all);
  }

  /** Pair by pair, as any parser behind the gate takes it apart, with names that nobody declares. */
  #inQuery(query: string, all: Violation[]): void {
    for (const pair of query.split("&")) {
      const at = pair.indexOf("=");
      const name = formText(at < 0 ? pair : pair.slice(0, at));
      const own = this.#query.get(name);
      const bracket = name.search(/[[.]/);
      const isPart = bracket > 0 && this.#query.has(name.slice(0, bracket));
      const classes = own ?? (isPart ? ALL_CLASSES : this.#others);
      if (classes === 0) continue;
      if (own === undefined && holdsOperatorName(name))
        all.push(found("query", shownName(name), shownName(name), NOSQL));
      else {
        lookAt("query", name, at < 0 ? "" : formText(pair.slice(at + 1)), classes, all);
        if (own === undefined) lookAt("query", name, name, classes, all);
      }
    }
  }
}

function formText(raw: string): string {
  return decodeText(raw, "form") ?? raw;
}

function lookAt(place: Violation["in"], name: string, text: string, classes: ClassSet, all: Violation[]): void {
  if (all.length >= PLACES_MAX) return;
  const one = detect(text, "parameter", classes);
  if (one !== undefined) all.push(found(place, shownName(name), shownName(name), one));
}

function classesOfParameter(parameter: Parameter, set: SchemaSource, schemasHold: boolean): ClassSet {
  const schema = parameter.content === undefined ? parameter.schema : parameter.content.schema;
  if (!schemasHold || schema === undefined) return ALL_CLASSES;
  const carrier = carrierOf(set, schema);
  if (!carrier.carries()) return 0;
  return shapeOf(schema, set).kind === "scalar" && carrier.text !== 0 ? carrier.text : ALL_CLASSES;
}

class FreeBody {
  readonly #table: MediaTable | undefined;
  readonly #carriers = new Map<DeclaredMedia, Carrier>();
  readonly #readers: BodyReaders;

  constructor({ operation, set, schemasHold }: InjectionOptions) {
    this.#readers = new BodyReaders(set);
    if (operation.requestBody === undefined) return;
    this.#table = new MediaTable(operation.requestBody.content, set);
    for (const media of this.#table.declared) {
      const { schema } = media;
      const carrier = schemasHold && schema !== undefined ? carrierOf(set, schema) : ANYTHING;
      if (carrier.carries()) this.#carriers.set(media, carrier);
    }
  }

  get carries(): boolean {
    return this.#table?.reads === true && this.#carriers.size > 0;
  }

  check(exchange: Exchange): Outcome {
    const { body, request } = exchange;
    if (body.kind !== "read") return CONTINUE;
    const matched = this.#table?.match(request.fields.get("content-type") ?? "");
    const carrier = matched === undefined ? undefined : this.#carriers.get(matched.declared);
    // Bytes are no text: what they are is not for a gate to say.
    if (matched === undefined || carrier === undefined || matched.kind === "binary" || matched.kind === "opaque")
      return CONTINUE;
    let value = exchange.bodyValue;
    if (value === undefined) {
      const reading = this.#readers.read(matched, body.bytes);
      if (reading?.ok !== true) return CONTINUE;
      ({ value } = reading);
    }
    const all: Violation[] = [];
    look(value, carrier, [], all);
    return outcome(all);
  }
}

/** Depth and size of the value were bounded when it was read. Where a text stands is told only when something is found. */
function look(value: unknown, carrier: Carrier, keys: (string | number)[], all: Violation[]): void {
  if (all.length >= PLACES_MAX) return;
  if (typeof value === "string") {
    const one = carrier.text === 0 ? undefined : detect(value, "body", carrier.text);
    if (one !== undefined) all.push(found("body", placeOf(keys), nameOf(keys), one));
  } else if (Array.isArray(value)) {
    const item = carrier.item();
    for (let i = 0; i < value.length; i += 1) {
      keys.push(i);
      look(value[i], item, keys, all);
      keys.pop();
    }
  } else if (typeof value === "object" && value !== null) {
    for (const key in value) {
      keys.push(key);
      const member = carrier.member(key);
      if (isOperatorName(key) && !carrier.declares(key)) all.push(found("body", placeOf(keys), shownName(key), NOSQL));
      else look((value as Record<string, unknown>)[key], member, keys, all);
      keys.pop();
    }
  }
}

function placeOf(keys: readonly (string | number)[]): string {
  let at = "";
  for (const key of keys) at = typeof key === "number" ? `${at}/${key}` : pointerTo(at, shownName(key));
  return at;
}

/** Items have the name of their list. */
function nameOf(keys: readonly (string | number)[]): string {
  const name = keys.findLast((key) => typeof key === "string");
  return name === undefined ? "The body" : shownName(name);
}
