// Schemas that could not be enforced are told at the start, not at the first request that needs them.
import type { Located, Problem } from "../../openapi/located.ts";
import type { MediaType, Operation } from "../../openapi/operation.ts";
import { type SchemaCompiler, verifySanitization } from "../../validation/index.ts";
import type { Judgement } from "./judgement.ts";
import type { OperationPolicy } from "./operation-policy.ts";

export function verifySchemas(
  policies: ReadonlyMap<Operation, OperationPolicy>,
  schemas: SchemaCompiler,
  judgement: Judgement,
): void {
  const sanitized: Problem[] = [];
  for (const policy of policies.values()) {
    for (const at of schemasOf(policy)) judgement.problems.push(...schemas.verify(at));
    if (policy.validation.requests !== "off")
      sanitized.push(...verifySanitization(policy.operation, judgement.api.set));
  }
  // Many operations may share the schema that is marked.
  const told = new Set<string>();
  for (const problem of sanitized) {
    const key = `${JSON.stringify(problem.position)} ${problem.message}`;
    if (!told.has(key)) judgement.problems.push(problem);
    told.add(key);
  }
}

function* schemasOf({ operation, validation }: OperationPolicy): Generator<Located> {
  if (validation.requests !== "off") {
    for (const { schema, content } of operation.parameters) {
      if (schema !== undefined) yield schema;
      if (content?.schema !== undefined) yield content.schema;
    }
    yield* ofContent(operation.requestBody?.content ?? []);
  }
  if (validation.responses !== "off") for (const { content } of operation.responses) yield* ofContent(content);
}

function* ofContent(content: readonly MediaType[]): Generator<Located> {
  for (const { schema } of content) if (schema !== undefined) yield schema;
}
