// Guards what a record says of a path: the template always, the concrete path without what may be secret.
import type { Exchange, OperationName } from "../core/exchange.ts";
import { withoutAssigned } from "./assigned-secrets.ts";
import { cut, quoted } from "./escaping.ts";
import { MASK, masked } from "./masking.ts";
import { isSecretName } from "./secret-names.ts";
import { wireText } from "./wire-text.ts";

/** The longest path that a record shows. */
export const PATH_CHARACTERS_MAX = 512;
/** Nothing vouches for what a path holds that matches no operation: enough to recognise it, no more. */
const UNMATCHED_PATH_CHARACTERS_MAX = 128;

/** Says which path parameters of an operation are never written. */
export type SensitiveParameters = (operation: OperationName) => Iterable<string>;

interface OperationPlan {
  /** `"operation":{…},` */
  readonly json: Buffer;
  /** The template's literal parts, one more than there are parameters; undefined where nothing is sensitive. */
  readonly literals: readonly string[] | undefined;
  /** By parameter: what stands for its value, or undefined where the value may be written. */
  readonly placeholders: readonly (string | undefined)[];
}

/** Paths and operations as records show them; what follows from an operation alone is made once. */
export class OperationFields {
  readonly #plans = new WeakMap<OperationName, OperationPlan>();
  readonly #sensitive: SensitiveParameters;

  constructor(sensitive: SensitiveParameters) {
    this.#sensitive = sensitive;
  }

  /** The member `operation` as JSON with a comma after it. */
  json(operation: OperationName): Buffer {
    return this.#plan(operation).json;
  }

  /** The path as it may be written: not escaped yet. */
  path(exchange: Exchange): string {
    const operation = exchange.operation;
    if (operation === undefined) return unmatchedPath(wireText(exchange.request.path));
    const plan = this.#plan(operation);
    if (plan.literals === undefined) return masked(exchange.request.path);
    const values = exchange.pathParameters;
    if (values.length !== plan.placeholders.length) return operation.template;
    let path = plan.literals[0] as string;
    for (let i = 0; i < values.length; i += 1) {
      path += (plan.placeholders[i] ?? values[i]) + (plan.literals[i + 1] as string);
    }
    return masked(path);
  }

  #plan(operation: OperationName): OperationPlan {
    let plan = this.#plans.get(operation);
    if (plan === undefined) {
      plan = planOf(operation, new Set(this.#sensitive(operation)));
      this.#plans.set(operation, plan);
    }
    return plan;
  }
}

function planOf(operation: OperationName, sensitive: ReadonlySet<string>): OperationPlan {
  // The literals stand at even places, the names at odd ones.
  const parts = operation.template.split(/\{([^{}]*)\}/);
  const placeholders: (string | undefined)[] = [];
  for (let i = 1; i < parts.length; i += 2) {
    const name = parts[i] as string;
    placeholders.push(sensitive.has(name) || isSecretName(name) ? `{${name}}` : undefined);
  }
  const hides = placeholders.some((placeholder) => placeholder !== undefined);
  return {
    json: Buffer.from(
      `"operation":{"id":${quoted(operation.id, 256)},"template":${quoted(operation.template, PATH_CHARACTERS_MAX)}},`,
    ),
    literals: hides ? parts.filter((_, index) => index % 2 === 0) : undefined,
    placeholders,
  };
}

/** A path that nothing matched, also a target that was rejected: no query, no parameters of segments, no user information. */
function unmatchedPath(path: string): string {
  let text = path;
  const end = text.search(/[?#;]|%3f|%23|%3b/i);
  if (end >= 0) text = text.slice(0, end);
  if (/^\/[^/]/.test(text)) text = withoutPersons(text);
  const at = text.lastIndexOf("@");
  if (at >= 0) text = `...${text.slice(at)}`;
  // `/orders&api_key=…`: one slip, and what was meant for the query stands in the path.
  return cut(masked(withoutAssigned(text)), UNMATCHED_PATH_CHARACTERS_MAX);
}

/** In a path of segments: no mail addresses, and nothing of what stands behind a name like `reset-token`. */
function withoutPersons(path: string): string {
  const segments = path.split("/");
  for (let i = 1; i < segments.length; i += 1) {
    const segment = segments[i] as string;
    const isSecret = segment !== "" && isSecretName(segments[i - 1] as string);
    if (isSecret || /@|%40/.test(segment)) segments[i] = MASK;
  }
  return segments.join("/");
}
