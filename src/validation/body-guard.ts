// Guards a request's body once it is read: strict JSON, forms, texts or bytes that fit the schema (I01–I06, I09, I12, I14).
import type { Exchange } from "../core/exchange.ts";
import type { RequestGuard } from "../core/guard.ts";
import { CONTINUE, type Denial, deny, type Outcome } from "../core/outcome.ts";
import { essenceOf } from "../http/media-type.ts";
import { METHOD_PARAMETERS } from "../http/method-parameter.ts";
import { pointerTo } from "../openapi/pointer.ts";
import type { DeclaredMedia, MediaTable } from "./body-media.ts";
import type { BodyReading } from "./body-reading.ts";
import { BodyReaders } from "./body-readers.ts";
import type { SchemaViolation } from "./explanation.ts";
import { UNDECLARED_NAMES_MAX, UNDECLARED_PLACES_MAX } from "./limits.ts";
import { type Judge, mediaJudges } from "./media-judges.ts";
import { OVERRIDES_METHOD } from "./method-field.ts";
import type { OperationNames } from "./operation-names.ts";
import { sanitizationGuard } from "./sanitization-guard.ts";
import type { SchemaCheck, SchemaCompiler } from "./schema-compiler.ts";
import type { SchemaSource } from "./schema-source.ts";
import { shownName } from "./sentence.ts";
import { toldPlaces, usedAt } from "./used-names.ts";

interface BodyGuardOptions {
  readonly table: MediaTable;
  readonly required: boolean;
  readonly set: SchemaSource;
  readonly readers: BodyReaders;
  readonly schemas: SchemaCompiler;
  readonly mode: RequestGuard["mode"];
  /** Of the operation, where there is one. */
  readonly names?: OperationNames;
}

/** The guards of a body: what its schema marks is sanitized first. */
export function bodyGuards(options: Omit<BodyGuardOptions, "readers">): RequestGuard[] {
  const { table, set, mode, names } = options;
  const readers = new BodyReaders(set, names);
  const sanitization = sanitizationGuard(table, readers, set, mode);
  const body = new BodyGuard({ ...options, readers });
  return sanitization === undefined ? [body] : [sanitization, body];
}

class BodyGuard implements RequestGuard {
  readonly practice = "validation";
  readonly name = "validation.body";
  readonly mode: RequestGuard["mode"];
  readonly #table: MediaTable;
  readonly #required: boolean;
  readonly #judges: ReadonlyMap<DeclaredMedia, Judge>;
  readonly #readers: BodyReaders;
  readonly #names: OperationNames | undefined;
  /** Of the body that is judged now: bodies are judged one by one. */
  readonly #lookalikes: SchemaViolation[] = [];

  constructor({ table, required, set, readers, schemas, mode, names }: BodyGuardOptions) {
    this.mode = mode;
    this.#table = table;
    this.#required = required;
    this.#readers = readers;
    this.#names = names;
    this.#judges = mediaJudges(table, set, schemas, "request");
  }

  check(exchange: Exchange): Outcome {
    const { body } = exchange;
    if (body.kind === "over-limit") return deny("validation.body-too-large");
    const bytes = body.kind === "read" ? body.bytes : undefined;
    if (bytes === undefined || bytes.length === 0) return this.#required ? deny("validation.body-missing") : CONTINUE;
    const matched = this.#table.match(exchange.request.fields.get("content-type") ?? "");
    // The head guard refused this; where that one only monitors, there is nothing to hold against the body.
    if (matched === undefined) return deny("validation.media-type-unsupported");
    const reading = this.#readers.read(matched, bytes);
    if (reading === undefined) return CONTINUE;
    if (!reading.ok) return malformed(reading);
    // Applications read files and texts from the bytes themselves.
    if (matched.kind === "json" || matched.kind === "form") exchange.bodyValue = reading.value;
    const judge = this.#judges.get(matched.declared);
    const method = matched.kind === "json" ? otherMethodIn(reading.value, judge) : undefined;
    if (method !== undefined) return invalidAt([{ at: `/${method}`, message: `${method} ${OVERRIDES_METHOD}` }]);
    if (judge === undefined) return CONTINUE;
    const fits = judge.check.fits(reading.value, reading.values);
    if (!fits && this.mode === "enforce") return invalid(judge.check, reading.value, reading.values);
    const lookalikes = this.#lookalikes;
    lookalikes.length = 0;
    const undeclared = judge.undeclared().find(reading.value, UNDECLARED_PLACES_MAX, lookalikes);
    if (matched.kind === "json") this.#findElsewhere(reading.value, judge, lookalikes);
    if (undeclared.length > 0) this.#noteUndeclared(exchange, reading.value, undeclared);
    if (!fits) return invalid(judge.check, reading.value, reading.values);
    return lookalikes.length === 0 ? CONTINUE : invalidAt(lookalikes);
  }

  #findElsewhere(value: unknown, judge: Judge, lookalikes: SchemaViolation[]): void {
    if (this.#names === undefined || typeof value !== "object" || value === null || Array.isArray(value)) return;
    for (const name in value) {
      const sentence = this.#names.besideJson(name);
      if (sentence === undefined || judge.undeclared().takes(name)) continue;
      lookalikes.push({ at: pointerTo("", shownName(name)), message: `${shownName(name)} ${sentence}` });
    }
  }

  #noteUndeclared(exchange: Exchange, value: unknown, places: readonly string[]): void {
    const text = `undeclared in the body: ${toldPlaces(places, UNDECLARED_NAMES_MAX)}`;
    const undeclared = usedAt("body", value, places, essenceOf(exchange.request.fields.get("content-type")));
    exchange.note({ guard: this.name, kind: "noticed", text, undeclared });
  }
}

/** Laravel, Slim, and whoever mounts `method-override` behind a reader of JSON, take it from there as from a form. */
function otherMethodIn(value: unknown, judge: Judge | undefined): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return METHOD_PARAMETERS.find((name) => Object.hasOwn(value, name) && judge?.undeclared().declares(name) !== true);
}

/** A body that no schema was asked about: it is none of its kind, or some of its fields are not written as declared. */
export function malformed(reading: Extract<BodyReading, { ok: false }>): Denial {
  if ("problem" in reading) return deny("validation.body-malformed", { detail: reading.problem });
  return invalidAt(reading.violations);
}

export function invalid(check: SchemaCheck, value: unknown, values: number): Denial {
  return invalidAt(check.explain(value, "The body", values));
}

export function invalidAt(violations: readonly SchemaViolation[]): Denial {
  return deny("validation.request-invalid", {
    violations: violations.map(({ at, message }) => ({ in: "body", at, message })),
  });
}
