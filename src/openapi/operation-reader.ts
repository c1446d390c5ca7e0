// Reads path items and their operations (OpenAPI 3.1 4.8.8 to 4.8.10, 3.2 `query` and `additionalOperations`).
import type { SecurityAlternatives } from "../core/security.ts";
import { readRequestBody, ResponseReader } from "./contents.ts";
import type { Findings } from "./findings.ts";
import { checkKeys, PATH_ITEM_METHODS } from "./known-keys.ts";
import type { Located } from "./located.ts";
import type { Operation, Parameter, SecurityScheme } from "./operation.ts";
import { ParameterReader } from "./parameters.ts";
import { parseTemplate, type PathTemplate } from "./path-template.ts";
import { memberOf } from "./pointer.ts";
import { readSecurity } from "./security-declarations.ts";
import { basePaths } from "./servers.ts";

/** RFC 9110 5.6.2. */
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export class OperationReader {
  readonly #findings: Findings;
  readonly #schemes: ReadonlyMap<string, SecurityScheme>;
  readonly #rootSecurity: SecurityAlternatives | undefined;
  readonly #parameters: ParameterReader;
  readonly #responses: ResponseReader;

  constructor(findings: Findings, schemes: ReadonlyMap<string, SecurityScheme>) {
    this.#findings = findings;
    this.#schemes = schemes;
    this.#rootSecurity = readSecurity(findings, findings.set.root, schemes);
    this.#parameters = new ParameterReader(findings);
    this.#responses = new ResponseReader(findings);
  }

  /** All operations under `paths`, in the document's order. */
  readAll(): Operation[] {
    const findings = this.#findings;
    const paths = findings.set.child(findings.set.root, "paths");
    const operations: Operation[] = [];
    for (const template of findings.members(paths, '"paths"')) {
      const parsed = parseTemplate(template);
      if ("fault" in parsed) {
        findings.error(
          "openapi.path-template",
          paths,
          `the path "${template}" ${parsed.fault}`,
          parsed.remedy,
          template,
        );
        continue;
      }
      const methods = new Map<string, Located>();
      this.#collect(findings.set.child(paths, template), methods, 0, (item, method, at) => {
        const operation = this.#read(template, parsed, item, method, at);
        if (operation !== undefined) operations.push(operation);
      });
    }
    return operations;
  }

  /** The operations of a path item, and of the one that its `$ref` names; a method in both is undefined behaviour, so an error. */
  #collect(
    item: Located,
    methods: Map<string, Located>,
    hops: number,
    found: (item: Located, method: string, at: Located) => void,
  ): void {
    const findings = this.#findings;
    const { set } = findings;
    const reference = memberOf(item.value, "$ref");
    const next = typeof reference === "string" ? findings.attempt(() => set.target(reference, item)) : undefined;
    // `follow` knows cycles: it tells of them once.
    if (hops === 0 && next !== undefined && findings.follow(item) === undefined) return;
    const node = findings.object({ ...item, value: withoutReference(item.value) }, "a path item");
    if (node === undefined) return;
    checkKeys(findings, node, "path item");
    for (const key of next === undefined ? [] : ["parameters", "servers"]) {
      if (node.value[key] === undefined) continue;
      const message = `"${key}" beside the $ref of a path would not reach the operations behind it`;
      findings.error("openapi.unsupported", node, message, "Move it to where the $ref leads.", key);
    }
    for (const key of [...PATH_ITEM_METHODS, "query"]) {
      if (node.value[key] === undefined) continue;
      if (key === "query" && set.version !== "3.2") {
        findings.error(
          "openapi.unknown-key",
          node,
          '"query" exists since OpenAPI 3.2',
          "Let the document say openapi: 3.2.0.",
          key,
        );
      }
      this.#method(node, key.toUpperCase(), set.child(node, key), methods, found);
    }
    const additional = set.child(node, "additionalOperations");
    for (const method of findings.members(additional, '"additionalOperations"')) {
      if (METHOD.test(method)) this.#method(node, method, set.child(additional, method), methods, found);
      else findings.error("openapi.structure", additional, `"${method}" is no method`, undefined, method);
    }
    if (next !== undefined) this.#collect(next, methods, hops + 1, found);
  }

  #method(
    item: Located,
    method: string,
    at: Located,
    methods: Map<string, Located>,
    found: (item: Located, method: string, at: Located) => void,
  ): void {
    if (methods.has(method)) {
      this.#findings.error(
        "openapi.operation-twice",
        at,
        `${method} is described here and behind the path's $ref`,
        "Keep one of the two.",
      );
      return;
    }
    methods.set(method, at);
    found(item, method, at);
  }

  #read(template: string, parsed: PathTemplate, item: Located, method: string, at: Located): Operation | undefined {
    const findings = this.#findings;
    const node = findings.object(at, "an operation");
    if (node === undefined) return undefined;
    checkKeys(findings, node, "operation");
    const parameters = this.#parameters.read(item, node);
    this.#checkPathParameters(template, parsed, parameters, node);
    const templates = basePaths(findings, [node, item, findings.set.root]).map((base) => base + template);
    const ownSecurity = readSecurity(findings, node, this.#schemes);
    const security = ownSecurity ?? this.#rootSecurity;
    return {
      id: findings.text(node, "operationId") ?? `${method} ${template}`,
      method,
      template: templates[0] as string,
      templates,
      documentTemplate: template,
      tags: (findings.list(node, "tags") ?? []).map((tag) => tag.value).filter((tag) => typeof tag === "string"),
      security,
      securityAt:
        security === undefined
          ? undefined
          : findings.set.child(ownSecurity === undefined ? findings.set.root : node, "security"),
      parameters,
      requestBody: readRequestBody(findings, node),
      responses: this.#responses.read(node),
      at: node,
    };
  }

  #checkPathParameters(template: string, parsed: PathTemplate, parameters: readonly Parameter[], at: Located): void {
    const declared = new Set<string>();
    for (const parameter of parameters) {
      if (parameter.in !== "path") continue;
      declared.add(parameter.name);
      if (parsed.names.includes(parameter.name)) continue;
      const message = `the path parameter "${parameter.name}" does not occur in ${template}`;
      this.#findings.warn("openapi.path-parameter-unused", parameter.at, message, "Remove it, or name it in the path.");
    }
    for (const name of parsed.names) {
      if (declared.has(name)) continue;
      const message = `the parameter {${name}} of ${template} is not described`;
      this.#findings.error(
        "openapi.path-parameter-undeclared",
        at,
        message,
        `Add a parameter with name: ${name}, in: path, required: true and a schema.`,
      );
    }
  }
}

function withoutReference(value: unknown): unknown {
  if (typeof memberOf(value, "$ref") !== "string") return value;
  const { $ref: _, ...rest } = value as Record<string, unknown>;
  return rest;
}
