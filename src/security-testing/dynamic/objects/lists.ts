// What a list holds, and whether two callers were shown the same one.
import { isObject } from "../../../openapi/pointer.ts";
import { jsonOf, type Reply } from "../wire.ts";
import { itemsOf } from "../requests/identifiers.ts";
import { isSuccess } from "./reading.ts";

/** Empty where it is no list. */
export function listed(reply: Reply | undefined): readonly unknown[] {
  return isSuccess(reply) ? itemsOf(jsonOf(reply)) : [];
}

/** What tells an item from others: its id, or all of it. */
function keyOf(item: unknown): string {
  if (!isObject(item)) return JSON.stringify(item);
  const id = item["id"] ?? item["_id"] ?? item["uuid"];
  return typeof id === "string" || typeof id === "number" ? `id ${id}` : JSON.stringify(item);
}

/** A list of which two callers see a part in common is not kept apart by caller. */
export function haveCommon(first: readonly unknown[], second: readonly unknown[]): boolean {
  const keys = new Set(first.map(keyOf));
  return second.some((item) => keys.has(keyOf(item)));
}

/** Items of `after` that `before` does not have. */
export function newItems(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  const known = new Set(before.map((item) => JSON.stringify(item)));
  return after.filter((item) => !known.has(JSON.stringify(item)));
}

/** Whether an item is, or has, that id. */
export function holds(items: readonly unknown[], id: unknown): boolean {
  const text = String(id);
  return items.some((item) => {
    const values = isObject(item) ? Object.values(item) : [item];
    return values.some((value) => (typeof value === "string" || typeof value === "number") && String(value) === text);
  });
}
