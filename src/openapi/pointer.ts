// JSON Pointers (RFC 6901): the address of a node inside one file.

/** The pointer of a member or item of the node at `parent`. */
export function pointerTo(parent: string, key: string | number): string {
  if (typeof key === "number") return `${parent}/${key}`;
  if (!key.includes("~") && !key.includes("/")) return `${parent}/${key}`;
  return `${parent}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The keys that a pointer names, from the root down. */
export function pointerKeys(pointer: string): string[] {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((key) => (key.includes("~") ? key.replaceAll("~1", "/").replaceAll("~0", "~") : key));
}

/** A JSON object, not an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The own member or item of that name: what the prototype carries (`constructor`, `__proto__`) is no part of a document. */
export function memberOf(value: unknown, key: string | number): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string | number, unknown>)[key];
}
