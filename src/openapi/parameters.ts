// Reads the parameters of an operation: defaults filled in, those of its path merged in.
import { optional, readContent } from "./contents.ts";
import type { Findings } from "./findings.ts";
import { checkKeys } from "./known-keys.ts";
import { type Located, placeKey } from "./located.ts";
import { shapeOf } from "./parameter-shape.ts";
import type { MediaType, Parameter, ParameterPlace, ParameterStyle } from "./operation.ts";

const STYLES: Record<ParameterPlace, readonly [ParameterStyle, ...ParameterStyle[]]> = {
  path: ["simple", "label", "matrix"],
  query: ["form", "spaceDelimited", "pipeDelimited", "deepObject"],
  header: ["simple"],
  cookie: ["form", "cookie"],
};

/** Header parameters that OpenAPI tells to ignore: other parts of the document describe them (OpenAPI 3.1 4.8.12.2). */
const IGNORED_HEADERS: readonly string[] = ["accept", "content-type", "authorization"];

/** Media types under `content` that are read: JSON, and text as it is. */
const READ_CONTENT = /^(?:[\w!#$&^.+-]+\/(?:[\w!#$&^.-]+\+)?json|text\/plain)(?:\s*;.*)?$/;

/** Reads parameters; those that many operations share are read once. */
export class ParameterReader {
  readonly #findings: Findings;
  readonly #known = new Map<string, Parameter | undefined>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** Parameters of the path and of the operation; the operation's own win by name and place. */
  read(pathItem: Located, operation: Located): Parameter[] {
    const merged = this.#level(pathItem);
    for (const [key, parameter] of this.#level(operation)) merged.set(key, parameter);
    return [...merged.values()];
  }

  #level(holder: Located): Map<string, Parameter> {
    const level = new Map<string, Parameter>();
    for (const item of this.#findings.list(holder, "parameters") ?? []) {
      const parameter = this.#parameter(item);
      if (parameter === undefined) continue;
      const key = `${parameter.in} ${parameter.name}`;
      if (level.has(key)) {
        const message = `the ${parameter.in} parameter "${parameter.name}" is described twice`;
        this.#findings.error("openapi.parameter-twice", item, message, "Keep one of the two.");
      }
      level.set(key, parameter);
    }
    return level;
  }

  #parameter(item: Located): Parameter | undefined {
    const node = this.#findings.object(item, "a parameter");
    if (node === undefined) return undefined;
    const place = placeKey(node);
    if (!this.#known.has(place)) this.#known.set(place, this.#readParameter(node));
    return this.#known.get(place);
  }

  #readParameter(node: Located<Record<string, unknown>>): Parameter | undefined {
    const findings = this.#findings;
    checkKeys(findings, node, "parameter");
    const name = findings.text(node, "name", true);
    const place = findings.text(node, "in", true);
    if (name === undefined || place === undefined) return undefined;
    if (place === "querystring") {
      findings.error(
        "openapi.unsupported",
        node,
        "parameters in: querystring are not supported",
        "Describe each query parameter by its name with in: query.",
        "in",
      );
      return undefined;
    }
    if (!isPlace(place)) {
      findings.error("openapi.structure", node, `"in" is "${place}"`, "Choose path, query, header or cookie.", "in");
      return undefined;
    }
    if (place === "header" && IGNORED_HEADERS.includes(name.toLowerCase())) return undefined;
    const style = this.#style(node, place);
    const required = findings.flag(node, "required", false);
    if (place === "path" && !required) {
      findings.warn(
        "openapi.path-parameter-optional",
        node,
        `the path parameter "${name}" is not marked as required; it is treated so`,
        "Add required: true.",
      );
    }
    const schema = optional(findings, node, "schema");
    const content = this.#content(node);
    if (style === "deepObject" && schema !== undefined) this.#checkDeep(node, schema);
    if ((schema === undefined) === (content === undefined)) {
      const message = `the parameter "${name}" must have either schema or content`;
      findings.error(
        "openapi.structure",
        node,
        message,
        schema === undefined ? "Add a schema." : "Remove one of the two.",
      );
    }
    return {
      name: place === "header" ? name.toLowerCase() : name,
      in: place,
      required: required || place === "path",
      style,
      explode: findings.flag(node, "explode", style === "form" || style === "cookie"),
      allowReserved: findings.flag(node, "allowReserved", false),
      allowEmptyValue: place === "query" && findings.flag(node, "allowEmptyValue", false),
      schema,
      content,
      at: node,
    };
  }

  /** One media type that can be read out of a text: JSON or plain text. */
  #content(node: Located): MediaType | undefined {
    const contents = readContent(this.#findings, node);
    const [content] = contents;
    if (contents.length > 1) {
      const message = "a parameter has one media type, not several";
      this.#findings.error("openapi.structure", node, message, "Keep one under content.", "content");
    } else if (content !== undefined && !READ_CONTENT.test(content.name)) {
      const message = `parameters written as ${content.name} are not supported`;
      const remedy = "Write them as application/json or text/plain, or describe them by schema and style.";
      this.#findings.error("openapi.unsupported", node, message, remedy, "content");
    }
    return content;
  }

  /** Brackets name members: of anything but an object no reader could tell what they mean. */
  #checkDeep(node: Located, schema: Located): void {
    const shape = this.#findings.attempt(() => shapeOf(schema, this.#findings.set));
    if (shape === undefined || shape.kind === "object" || shape.types.size === 0) return;
    const message = "the style deepObject is for objects only";
    this.#findings.error(
      "openapi.parameter-style",
      node,
      message,
      "Choose form, or let the schema be of type object.",
      "style",
    );
  }

  #style(node: Located, place: ParameterPlace): ParameterStyle {
    const allowed = STYLES[place];
    const written = this.#findings.text(node, "style");
    const style = allowed.find((candidate) => candidate === written) ?? allowed[0];
    if (written !== undefined && style !== written) {
      const message = `the style "${written}" does not exist for parameters in ${place}`;
      this.#findings.error("openapi.parameter-style", node, message, `Choose ${allowed.join(", ")}.`, "style");
    }
    return style;
  }
}

function isPlace(text: string): text is ParameterPlace {
  return Object.hasOwn(STYLES, text);
}
