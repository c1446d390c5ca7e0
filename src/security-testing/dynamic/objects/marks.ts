// Marks that a run writes into what it sends, so that it knows its own again.
import type { DocumentSet } from "../../../openapi/document.ts";
import type { Operation } from "../../../openapi/operation.ts";
import { bodySchema, declaredProperties, type Keywords } from "./bodies.ts";
import { marker, withValue, valueAt } from "./candidates.ts";

export interface Marked {
  readonly body: unknown;
  /** Undefined where no text may be chosen freely. */
  readonly mark: string | undefined;
}

/** Writes one mark into each text of the body that may be any. */
export function marked(set: DocumentSet, operation: Operation, body: unknown, random: () => number): Marked {
  const schema = bodySchema(operation);
  if (schema === undefined || typeof body !== "object" || body === null) return { body, mark: undefined };
  const mark = marker({ random });
  const places = declaredProperties(set, schema).filter(({ at, keywords }) => isFree(at, keywords, mark));
  if (places.length === 0) return { body, mark: undefined };
  let written: unknown = body;
  for (const { at } of places) if (isWithin(written, at)) written = withValue(written, at, mark);
  return { body: written, mark };
}

/** Of the outermost object: no objects are made that were not to be sent. */
function isWithin(body: unknown, at: string): boolean {
  return !at.slice(1).includes("/") || valueAt(body, at) !== undefined;
}

const LIMITING = ["enum", "const", "pattern", "format", "readOnly", "writeOnly", "oneOf", "anyOf", "not"];

function isFree(at: string, keywords: Keywords, mark: string): boolean {
  if (keywords["type"] !== "string" || at.includes("*")) return false;
  if (LIMITING.some((keyword) => keywords[keyword] !== undefined && keywords[keyword] !== false)) return false;
  // Examples say that not any text will do.
  if (keywords["example"] !== undefined || keywords["examples"] !== undefined) return false;
  const { minLength = 0, maxLength = Infinity } = keywords as {
    readonly minLength?: number;
    readonly maxLength?: number;
  };
  return mark.length >= minLength && mark.length <= maxLength;
}
