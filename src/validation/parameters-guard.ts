// Guards the parameters of one operation: path, query, header and cookie, by style and schema (G06, I10, I11).
import type { Exchange } from "../core/exchange.ts";
import type { RequestGuard } from "../core/guard.ts";
import { CONTINUE, deny, type Outcome, type Violation } from "../core/outcome.ts";
import type { Fields } from "../http/fields.ts";
import { CookieBeginnings } from "../openapi/cookie-beginnings.ts";
import { DeclaredNames } from "../openapi/declared-names.ts";
import type { Operation, Parameter, ParameterPlace } from "../openapi/operation.ts";
import { type Cookies, parseCookies, readCookieParameter, readHeaderParameter } from "../openapi/parameter-field.ts";
import { QueryReader } from "../openapi/parameter-query.ts";
import { shapeOf } from "../openapi/parameter-shape.ts";
import { readPathParameter, type ShapedParameter } from "../openapi/parameter-style.ts";
import { ABSENT, decodeText, EMPTY, Malformed } from "../openapi/parameter-value.ts";
import type { SchemaViolation } from "./explanation.ts";
import { UNDECLARED_NAMES_MAX, VIOLATIONS_MAX } from "./limits.ts";
import { OperationNames } from "./operation-names.ts";
import type { SchemaCheck, SchemaCompiler } from "./schema-compiler.ts";
import type { SchemaSource } from "./schema-source.ts";
import { shownName } from "./sentence.ts";
import { readJson } from "./strict-json.ts";
import { UndeclaredMembers } from "./undeclared.ts";
import { toldNames, usedInQuery } from "./used-names.ts";

export interface ParametersOptions {
  readonly operation: Operation;
  readonly set: SchemaSource;
  readonly schemas: SchemaCompiler;
  readonly mode: RequestGuard["mode"];
  /** What becomes of query parameters that nobody declares. */
  readonly unknownParameters?: "deny" | "note";
  readonly names?: OperationNames;
  /** Query parameters that are declared elsewhere: API keys of a security scheme. */
  readonly knownQueryParameters?: readonly string[];
}

/** More values than that are in no parameter that fits a head. */
const VALUES_MAX = 4_000;

/** Header parameters of these names mean nothing (OpenAPI 3.1, 4.8.12.1): other parts of the document speak of them. */
const IGNORED_HEADERS = new Set(["accept", "content-type", "authorization"]);

interface Entry extends ShapedParameter {
  readonly check: SchemaCheck | undefined;
  /** `content` with a JSON type: the text is a document of its own. */
  readonly json: boolean;
  /** What its schema declares, made at first use; undefined where its value has no members. */
  readonly members: (() => UndeclaredMembers) | undefined;
  /** Place among the raw values of the path. */
  readonly index: number;
}

export function parametersGuard(options: ParametersOptions): RequestGuard {
  return new ParametersGuard(options);
}

class ParametersGuard implements RequestGuard {
  readonly practice = "validation";
  readonly name = "validation.parameters";
  readonly mode: RequestGuard["mode"];
  readonly #path: readonly Entry[];
  readonly #query: readonly Entry[];
  readonly #headers: readonly Entry[];
  readonly #cookies: readonly Entry[];
  readonly #queryReader: QueryReader;
  readonly #declaredCookies: ReadonlySet<string>;
  readonly #cookieNames: DeclaredNames;
  readonly #cookieBeginnings: CookieBeginnings;
  readonly #denyUnknown: boolean;
  readonly #known: ReadonlySet<string>;

  constructor(options: ParametersOptions) {
    this.mode = options.mode;
    const inPath = [...options.operation.template.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] as string);
    const entriesIn = (place: ParameterPlace): Entry[] =>
      options.operation.parameters
        .filter((parameter) => parameter.in === place && !(place === "header" && IGNORED_HEADERS.has(parameter.name)))
        .map((parameter) => entryOf(parameter, options, inPath.indexOf(parameter.name)));
    this.#path = entriesIn("path").filter((entry) => entry.index >= 0);
    this.#query = entriesIn("query");
    this.#headers = entriesIn("header");
    this.#cookies = entriesIn("cookie");
    const names = options.names ?? new OperationNames(options.operation, options.set);
    this.#queryReader = new QueryReader(this.#query, options.knownQueryParameters, (name) => names.besideQuery(name));
    this.#declaredCookies = new Set(cookieNames(this.#cookies));
    this.#cookieNames = new DeclaredNames(this.#declaredCookies, "brackets");
    this.#cookieBeginnings = new CookieBeginnings(this.#declaredCookies);
    this.#denyUnknown = options.unknownParameters === "deny";
    this.#known = new Set(options.knownQueryParameters);
  }

  check(exchange: Exchange): Outcome {
    const violations: Violation[] = [];
    const { request } = exchange;
    for (const entry of this.#path) {
      const raw = exchange.pathParameters[entry.index];
      judge(entry, raw === undefined ? ABSENT : readPathParameter(entry, raw), violations);
    }
    if (this.#query.length > 0 || request.query !== undefined) {
      const { values, undeclared, refused } = this.#queryReader.read(request.query);
      for (let i = 0; i < this.#query.length; i += 1) judge(this.#query[i] as Entry, values[i], violations);
      for (const { name, sentence } of refused ?? []) refuse("query", name, sentence, violations);
      if (undeclared !== undefined) this.#unknown(undeclared, exchange, violations);
    }
    for (const entry of this.#headers) judge(entry, readHeaderParameter(entry, request.fields), violations);
    if (this.#cookies.length > 0) {
      const cookies = parseCookies(request.fields);
      if (cookies === undefined) refuse("cookie", "Cookie", "has too many cookies", violations);
      else this.#checkCookies(request.fields, cookies, violations);
    }
    if (violations.length === 0) return CONTINUE;
    return deny("validation.request-invalid", { violations: violations.slice(0, VIOLATIONS_MAX) });
  }

  #checkCookies(fields: Fields, cookies: Cookies, violations: Violation[]): void {
    for (const entry of this.#cookies) judge(entry, readCookieParameter(entry, cookies), violations);
    const hidden = this.#cookieBeginnings.hidden(fields, cookies);
    if (hidden !== undefined) refuse("cookie", hidden, "is not allowed inside of another cookie", violations);
    for (const name of cookies.keys()) {
      if (this.#declaredCookies.has(name)) continue;
      // PHP and Rack once read names percent-encoded: a twin of a declared one stays a trap.
      const takenFor = this.#cookieNames.takenFor(decodeText(name, "percent") ?? name);
      if (takenFor !== undefined)
        refuse("cookie", name, `is not allowed: it could be taken for ${takenFor}`, violations);
    }
  }

  #unknown(undeclared: readonly string[], exchange: Exchange, violations: Violation[]): void {
    const unknown = undeclared.filter((name) => !this.#known.has(name));
    if (unknown.length === 0) return;
    if (this.#denyUnknown) {
      for (const name of unknown.slice(0, VIOLATIONS_MAX).map(shownName)) {
        violations.push({ in: "query", at: name, message: `${name} is not allowed` });
      }
      if (this.mode === "enforce") return;
    }
    const text = `undeclared query parameters: ${toldNames(unknown, UNDECLARED_NAMES_MAX)}`;
    const used = usedInQuery(exchange.request.query ?? "", unknown);
    exchange.note({ guard: this.name, kind: "noticed", text, undeclared: used });
  }
}

function entryOf(parameter: Parameter, options: ParametersOptions, index: number): Entry {
  const schema = parameter.content === undefined ? parameter.schema : parameter.content.schema;
  const shape = shapeOf(schema, options.set);
  const json = parameter.content !== undefined && /[/+]json\b/.test(parameter.content.name);
  let members: UndeclaredMembers | undefined;
  return {
    parameter,
    shape,
    check: schema === undefined ? undefined : options.schemas.check(schema, "request"),
    json,
    members:
      schema === undefined || (!json && shape.kind === "scalar")
        ? undefined
        : () => (members ??= new UndeclaredMembers(options.set, schema)),
    index,
  };
}

function judge(entry: Entry, reading: unknown, violations: Violation[]): void {
  const { parameter } = entry;
  if (reading === ABSENT) {
    if (parameter.required) report(entry, "", `${parameter.name} is required`, violations);
    return;
  }
  if (reading === EMPTY) return;
  if (reading instanceof Malformed) {
    report(entry, "", `${parameter.name} ${reading.sentence}`, violations);
    return;
  }
  let value = reading;
  if (entry.json) {
    // A field's value is bytes, one to a character.
    const json = readJson(Buffer.from(value as string, parameter.in === "header" ? "latin1" : "utf8"));
    if (!json.ok) {
      report(entry, "", `${parameter.name} must be valid JSON`, violations);
      return;
    }
    value = json.value;
  }
  if (entry.check?.fits(value, VALUES_MAX) === false) {
    for (const { at, message } of entry.check.explain(value, parameter.name)) report(entry, at, message, violations);
  } else if (entry.members !== undefined) {
    // As in a body: ASP.NET binds `filter[ROLE]` to `role`, and Go reads JSON so.
    const lookalikes: SchemaViolation[] = [];
    entry.members().find(value, 0, lookalikes);
    for (const { at, message } of lookalikes) report(entry, at, message, violations);
  }
}

/** The names under which declared cookies come. */
function cookieNames(entries: readonly Entry[]): string[] {
  return entries.flatMap(({ parameter, shape }) =>
    parameter.explode && parameter.content === undefined && shape.kind === "object"
      ? [...shape.properties.keys()]
      : [parameter.name],
  );
}

/** Something that came in that place and that no parameter of the operation is. */
function refuse(place: ParameterPlace, name: string, sentence: string, violations: Violation[]): void {
  const shown = shownName(name);
  violations.push({ in: place, at: shown, message: `${shown} ${sentence}` });
}

function report(entry: Entry, at: string, message: string, violations: Violation[]): void {
  violations.push({ in: entry.parameter.in, at: entry.parameter.name + at, message });
}
