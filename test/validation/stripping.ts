// An operation whose answer has the schema `Answer`, and answers of it in `strip`.
import { declare, type Declared, judgeAnswer } from "./exchanges.ts";

export const JSON_TYPE = ["Content-Type", "application/json"];
export const STRING = { type: "string" };
export const INTEGER = { type: "integer" };

export const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

export const object = (properties: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  type: "object",
  properties,
  ...more,
});

/** Other schemas may be given beside it. */
export function declared(schema: unknown, schemas: Record<string, unknown> = {}, version = "3.1.0"): Declared {
  return declare(
    { responses: { 200: { description: "ok", content: { "application/json": { schema: reference("Answer") } } } } },
    { method: "get", schemas: { Answer: schema, ...schemas }, version },
  );
}

export function strip(schema: unknown, body: string, schemas: Record<string, unknown> = {}, version = "3.1.0") {
  return judgeAnswer(declared(schema, schemas, version), { lines: JSON_TYPE, body }, "strip");
}
