// What an operation declares in path, query and body: APIs that read all of them as one take a name for that of another place (G06).
import { DeclaredNames } from "../openapi/declared-names.ts";
import type { Operation, Parameter } from "../openapi/operation.ts";
import { shapeOf } from "../openapi/parameter-shape.ts";
import { parseMediaType } from "../http/media-type.ts";
import type { SchemaSource } from "./schema-source.ts";

type Place = "path" | "query" | "body";

const WHERE: Readonly<Record<Place, string>> = { path: "in the path", query: "in the query", body: "in the body" };

/** WordPress and Phalcon take their route from these, whatever the path is. */
const ROUTES = new DeclaredNames(["rest_route", "_url"], "dots");
const ANOTHER_PATH = "is not allowed: it asks for another path";

/**
 * `getParameter` of servlets, `$_REQUEST` of PHP, `params` of Rails and Sinatra, `FormValue` of Go, `values` of Flask and what binds
 * structures (Echo, Gin) fill one bag: there `?role=admin` is the `role` of a body, whose schema never saw it. Each question is about a
 * name that nobody declares where it came; the answer is the sentence that follows it.
 */
export class OperationNames {
  readonly #operation: Pick<Operation, "parameters" | "requestBody">;
  readonly #set: SchemaSource;
  readonly #made = new Map<Place, DeclaredNames>();
  #queryNames: ReadonlySet<string> | undefined;

  constructor(operation: Pick<Operation, "parameters" | "requestBody">, set: SchemaSource) {
    this.#operation = operation;
    this.#set = set;
  }

  /** A name in the query. */
  besideQuery(name: string): string | undefined {
    return anotherPath(name) ?? this.#takenFor(name, "body") ?? this.#takenFor(name, "path");
  }

  /** A field of a form. */
  besideForm(name: string): string | undefined {
    return anotherPath(name) ?? this.#takenFor(name, "query") ?? this.#takenFor(name, "path");
  }

  /** A member of a whole JSON body. Clients send `id` again, which the path has: that is theirs and the API's to compare. */
  besideJson(name: string): string | undefined {
    this.#queryNames ??= new Set(this.#namesIn("query"));
    return this.#queryNames.has(name) ? sentence(name, "query") : undefined;
  }

  #takenFor(name: string, place: Place): string | undefined {
    let names = this.#made.get(place);
    if (names === undefined) this.#made.set(place, (names = new DeclaredNames(this.#namesIn(place), "dots")));
    const declared = names.takenFor(name);
    return declared === undefined ? undefined : sentence(declared, place);
  }

  #namesIn(place: Place): string[] {
    const { parameters, requestBody } = this.#operation;
    if (place !== "body")
      return parameters.filter((one) => one.in === place).flatMap((one) => sentNames(one, this.#set));
    const contents = requestBody?.content.filter(({ name }) => hasFields(name)) ?? [];
    return contents.flatMap(({ schema }) => [...shapeOf(schema, this.#set).properties.keys()]);
  }
}

function anotherPath(name: string): string | undefined {
  return ROUTES.takenFor(name) === undefined ? undefined : ANOTHER_PATH;
}

/** Names under which a parameter comes. */
function sentNames(parameter: Parameter, set: SchemaSource): string[] {
  const { name, style, explode, content, schema } = parameter;
  if (parameter.in !== "query" || !explode || content !== undefined || style === "deepObject") return [name];
  const shape = shapeOf(schema, set);
  return shape.kind === "object" ? [...shape.properties.keys()] : [name];
}

function hasFields(mediaType: string): boolean {
  const parsed = parseMediaType(mediaType);
  if (parsed === undefined || parsed.type === "*") return true;
  const { essence, subtype } = parsed;
  if (essence === "application/x-www-form-urlencoded" || essence === "multipart/form-data") return true;
  return subtype === "json" || subtype.endsWith("+json") || subtype === "*";
}

function sentence(declared: string, place: Place): string {
  return `is not allowed: it could be taken for ${declared} ${WHERE[place]}`;
}
