// Asks every schema that the guards of an API would compile whether it can be enforced: once, at the start.
import type { Located, Problem } from "../openapi/located.ts";
import type { MediaType, Operation } from "../openapi/operation.ts";
import type { SchemaCompiler } from "./schema-compiler.ts";

export interface VerifyOptions {
  /** Whether answers are judged at all. */
  readonly responses: boolean;
}

/** Problems of all operations, each place once. Bodies that are judged by type and size only are left alone. */
export function verifyOperations(
  operations: readonly Operation[],
  schemas: SchemaCompiler,
  { responses }: VerifyOptions = { responses: true },
): Problem[] {
  const problems = schemas.verifyDialect();
  const verify = (schema: Located | undefined): void => {
    if (schema !== undefined) problems.push(...schemas.verify(schema));
  };
  for (const operation of operations) {
    for (const parameter of operation.parameters) {
      verify(parameter.content === undefined ? parameter.schema : parameter.content.schema);
    }
    for (const media of operation.requestBody?.content ?? []) if (isJudged(media)) verify(media.schema);
    if (!responses) continue;
    for (const response of operation.responses) {
      for (const media of response.content) if (isJudged(media)) verify(media.schema);
    }
  }
  return problems;
}

function isJudged(media: MediaType): boolean {
  return /[/+]json\b|\/\*|x-www-form-urlencoded/.test(media.name);
}
