// Examples that a parameter or a media type gives beside its schema (OpenAPI 3.1 4.8.12.1, 4.8.14.1).
import type { DocumentSet } from "../../../openapi/document.ts";
import type { Located } from "../../../openapi/located.ts";
import { isObject } from "../../../openapi/pointer.ts";

export function examplesAt(at: Located | undefined, set: DocumentSet): readonly unknown[] {
  if (!isObject(at?.value)) return [];
  const found: unknown[] = at.value["example"] === undefined ? [] : [at.value["example"]];
  const named = at.value["examples"];
  if (!isObject(named)) return found;
  for (const name of Object.keys(named)) {
    const { value } = set.follow(set.child(at, "examples", name));
    if (isObject(value)) found.push("dataValue" in value ? value["dataValue"] : value["value"]);
  }
  return found.filter((value) => value !== undefined);
}
