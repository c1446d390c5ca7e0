// Small documents for judgements that need one.
import { DocumentSet } from "../../../../src/openapi/document.ts";
import { describeApi } from "../../../../src/openapi/operations.ts";
import type { Operation } from "../../../../src/openapi/operation.ts";

type Json = Readonly<Record<string, unknown>>;

export interface Small {
  readonly set: DocumentSet;
  readonly operation: (id: string) => Operation;
}

export function small(paths: Json, schemas: Json = {}): Small {
  const set = DocumentSet.fromObject({
    openapi: "3.1.0",
    info: { title: "small", version: "1" },
    paths,
    components: { schemas },
  });
  const { operations } = describeApi(set);
  const operation = (id: string) => operations.find((one) => one.id === id) as Operation;
  return { set, operation };
}

/** One operation that takes this body. */
export function taking(schema: Json, more: Json = {}): Small {
  const requestBody = { content: { "application/json": { schema } } };
  return small({
    "/things": { post: { operationId: "make", requestBody, responses: { 201: { description: "x" } }, ...more } },
  });
}
