// From a document to its operations: every mistake that would weaken a gate is found here, all at once.
import type { ApiDescription } from "./api-description.ts";
import { findAmbiguities } from "./ambiguities.ts";
import type { DocumentSet } from "./document.ts";
import { Findings } from "./findings.ts";
import { type Problem, ProblemsError } from "./located.ts";
import { judgeByMetaschema } from "./metaschema.ts";
import { OperationReader } from "./operation-reader.ts";
import type { Operation } from "./operation.ts";
import { isObject } from "./pointer.ts";
import type { Route } from "./route.ts";
import { checkSchemaReferences } from "./schema-references.ts";
import { readSchemes } from "./security-declarations.ts";

export type { ApiDescription } from "./api-description.ts";

/** Reads the document. Throws ProblemsError with all its errors. */
export function describeApi(set: DocumentSet): ApiDescription {
  const findings = new Findings(set);
  const schemes = readSchemes(findings);
  const reader = new OperationReader(findings, schemes);
  const operations = reader.readAll();
  checkIds(findings, operations);
  checkRoutes(findings, operations);
  checkSchemaReferences(findings, operations);
  judgeByMetaschema(findings);
  if (operations.length === 0 && findings.errors.length === 0) {
    const remedy = "Describe the operations of the API under paths.";
    findings.error(
      "openapi.no-operations",
      set.root,
      "the document declares no operation: every request would be denied",
      remedy,
      "paths",
    );
  }
  if (findings.errors.length > 0) throw new ProblemsError(findings.errors.sort(byPlace));
  const info = set.child(set.root, "info").value;
  const title = isObject(info) && typeof info["title"] === "string" ? info["title"] : set.root.file;
  return { set, title, operations, schemes, warnings: findings.warnings };
}

/** One route for each method and full template; an operation behind several base paths has several. */
export function routesOf(operations: readonly Operation[]): Route<Operation>[] {
  return operations.flatMap((operation) =>
    operation.templates.map((template) => ({ method: operation.method, template, value: operation })),
  );
}

function checkIds(findings: Findings, operations: readonly Operation[]): void {
  const known = new Map<string, Operation>();
  for (const operation of operations) {
    const first = known.get(operation.id);
    if (first === undefined) {
      known.set(operation.id, operation);
      continue;
    }
    const { file, line } = findings.set.position(first.at, "operationId");
    const message = `the operationId "${operation.id}" was given before, in ${file}:${line}`;
    findings.error("openapi.operation-id-twice", operation.at, message, "Give each operation its own.", "operationId");
  }
}

function checkRoutes(findings: Findings, operations: readonly Operation[]): void {
  for (const { first, second } of findAmbiguities(routesOf(operations))) {
    const { file, line } = findings.set.position(first.value.at);
    const message = `${second.method} ${second.template} means the same requests as ${first.method} ${first.template} in ${file}:${line}`;
    findings.error("openapi.route-ambiguous", second.value.at, message, "Keep one of the two.");
  }
}

function byPlace(a: Problem, b: Problem): number {
  if (a.position === undefined || b.position === undefined) return 0;
  const byFile = a.position.file.localeCompare(b.position.file);
  return byFile || a.position.line - b.position.line || a.position.column - b.position.column;
}
