// What stands in an answer and should not: what is write-only, and what nobody declared.
import type { DocumentSet } from "../../../openapi/document.ts";
import type { Located } from "../../../openapi/located.ts";
import { isObject, memberOf, pointerKeys } from "../../../openapi/pointer.ts";
import { UndeclaredMembers } from "../../../validation/undeclared.ts";
import { declaredProperties, withoutPositions } from "./bodies.ts";

export interface Answered {
  /** `/pin`; positions in lists are `*`. */
  readonly at: string;
  readonly isWriteOnly: boolean;
}

const UNDECLARED_MAX = 200;
/** What some put where a secret was. */
const MASKED = /^[*•x.]*$/i;

/** `writeOnly`: pointers that a request of the same object declares so, beside what the answer's own schema says. */
export function answeredTooMuch(
  set: DocumentSet,
  schema: Located,
  value: unknown,
  writeOnly: ReadonlySet<string>,
): readonly Answered[] {
  const found = new Map<string, Answered>();
  const add = (at: string, isWriteOnly: boolean) => {
    if (!found.has(at)) found.set(at, { at, isWriteOnly });
  };
  const declared = declaredProperties(set, schema);
  for (const { at, keywords } of declared) {
    if (keywords["writeOnly"] === true && tells(value, pointerKeys(at))) add(at, true);
  }
  for (const pointer of new UndeclaredMembers(set, schema).find(value, UNDECLARED_MAX)) {
    const at = withoutPositions(pointer);
    if (!tells(value, pointerKeys(at))) continue;
    const inItem = at.replace(/^\/\*/, "");
    add(at, writeOnly.has(at) || writeOnly.has(inItem));
  }
  return [...found.values()];
}

/** Pointers of what the body of a request declares as write-only. */
export function writeOnlyOf(set: DocumentSet, schema: Located | undefined): readonly string[] {
  if (schema === undefined) return [];
  return declaredProperties(set, schema)
    .filter(({ keywords }) => keywords["writeOnly"] === true)
    .map(({ at }) => at);
}

/** Whether something is there to be read: neither null nor empty nor blanked out. */
function tells(value: unknown, keys: readonly string[]): boolean {
  const [key, ...rest] = keys;
  if (key === undefined) return typeof value === "string" ? !MASKED.test(value) : value !== null && value !== undefined;
  if (key === "*" && Array.isArray(value)) return value.some((item) => tells(item, rest));
  return isObject(value) && tells(memberOf(value, key), rest);
}
