// openapi.yaml as the shop itself reads it: which operation a request is for, whom it is open to, and whether its values are right.
import { readFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { parse } from "yaml";

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required?: boolean;
  readonly schema: object;
}

interface Described {
  readonly operationId: string;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly parameters: Readonly<Record<string, Parameter>> };
}

export interface DescribedOperation {
  readonly id: string;
  readonly method: string;
  readonly isPublic: boolean;
  readonly scopes: readonly string[];
  /** Media type of the body; undefined where it takes none. */
  readonly bodyType: string | undefined;
  readonly queryNames: readonly string[];
  readonly judgeValues: ValidateFunction;
  readonly judgeBody: ValidateFunction | undefined;
  readonly pattern: RegExp;
  readonly names: readonly string[];
}

const BASE = "/v2";
const FILE = path.join(import.meta.dirname, "openapi.yaml");
const document = parse(readFileSync(FILE, "utf8")) as Document;
const components = document.components;
const options = { strict: false, coerceTypes: true, allErrors: true } as const;
/** Values of the address are texts; those of a body are not taken for what they are not. */
const ofAddress = addFormats.default(new Ajv2020(options));
const ofBody = addFormats.default(new Ajv2020({ ...options, coerceTypes: false }));

export const OPERATIONS: readonly DescribedOperation[] = Object.entries(document.paths).flatMap(([template, item]) =>
  ["get", "post", "put", "patch", "delete"]
    .filter((method) => item[method] !== undefined)
    .map((method) =>
      describe(template, method, item[method] as Described, item["parameters"] as Described["parameters"]),
    ),
);

function describe(template: string, method: string, operation: Described, more: Described["parameters"] = []) {
  const parameters = [...more, ...(operation.parameters ?? [])].map(resolved);
  const [bodyType, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const properties = Object.fromEntries(parameters.map(({ name, schema }) => [name, schema]));
  const required = parameters.filter((parameter) => parameter.required === true).map(({ name }) => name);
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  return {
    id: operation.operationId,
    method: method.toUpperCase(),
    isPublic: operation.security?.length === 0,
    scopes: operation.security?.flatMap((schemes) => Object.values(schemes).flat()) ?? [],
    bodyType,
    queryNames: parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name),
    judgeValues: ofAddress.compile({ type: "object", properties, required, components }),
    judgeBody:
      content && bodyType === "application/json" ? ofBody.compile({ ...content.schema, components }) : undefined,
    pattern: new RegExp(`^${BASE}${template.replaceAll(/\{\w+\}/g, "([^/]+)")}$`),
    names,
  };
}

function resolved(parameter: Parameter | { readonly $ref: string }): Parameter {
  if (!("$ref" in parameter)) return parameter;
  return components.parameters[parameter.$ref.split("/").at(-1) as string] as Parameter;
}

export interface Found {
  readonly operation: DescribedOperation;
  readonly params: Readonly<Record<string, string>>;
}

/** The operation, or the methods that the path has; none where there is no such path. */
export function find(method: string, path: string, ignoresCase: boolean): Found | readonly string[] {
  const methods: string[] = [];
  // Paths without parameters stand before those with them.
  for (const operation of BY_NAMES) {
    const pattern = ignoresCase ? new RegExp(operation.pattern, "i") : operation.pattern;
    const match = pattern.exec(path);
    if (match === null) continue;
    methods.push(operation.method);
    const values = match.slice(1).map(decoded);
    if (operation.method !== method || values.includes(undefined)) continue;
    return { operation, params: Object.fromEntries(operation.names.map((name, i) => [name, values[i] as string])) };
  }
  return methods;
}

const BY_NAMES = OPERATIONS.toSorted((a, b) => a.names.length - b.names.length);

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

/** What is wrong with the values, in the order of the schema. */
export function faults(judge: ValidateFunction, value: unknown): readonly ErrorObject[] {
  return judge(value) ? [] : (judge.errors ?? []);
}
