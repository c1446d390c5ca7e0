// What the document shows as values of one property of a body: examples of the property, and of the body as a whole.
import type { DocumentSet } from "../../../openapi/document.ts";
import type { Operation } from "../../../openapi/operation.ts";
import { isObject, memberOf } from "../../../openapi/pointer.ts";
import { mediaAt } from "./bodies.ts";
import { conjunctionOf, propertiesOf } from "./conjuncts.ts";
import { examplesAt } from "./examples.ts";

export function examplesOf(operation: Operation, name: string, set: DocumentSet): readonly unknown[] {
  const found: unknown[] = [];
  for (const media of operation.requestBody?.content ?? []) {
    for (const whole of examplesAt(mediaAt(operation, media.name, set), set)) found.push(memberOf(whole, name));
    if (media.schema === undefined) continue;
    const conjunction = conjunctionOf(media.schema, set);
    for (const whole of statedAt(conjunction.merged)) found.push(memberOf(whole, name));
    const property = propertiesOf(conjunction, set).get(name);
    if (property !== undefined) found.push(...statedAt(conjunctionOf(property, set).merged));
  }
  return found.filter((value) => value !== undefined);
}

function statedAt(schema: unknown): readonly unknown[] {
  if (!isObject(schema)) return [];
  const listed = Array.isArray(schema["examples"]) ? (schema["examples"] as unknown[]) : [];
  return schema["example"] === undefined ? listed : [schema["example"], ...listed];
}
