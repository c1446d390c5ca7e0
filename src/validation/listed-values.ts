// Whether a value that a schema lists meets what else is said of it: by the keywords that are certain without compiling anything.

/** `test` of a pattern and a text. Whatever else a schema says is not asked. */
export function bareValue(
  schema: Record<string, unknown>,
  value: unknown,
  test: (pattern: string, text: string) => boolean,
): boolean {
  if (!isOfType(schema, value)) return false;
  if (Array.isArray(schema["enum"]) && !schema["enum"].some((one) => isSame(one, value))) return false;
  if ("const" in schema && !isSame(schema["const"], value)) return false;
  if (typeof value === "string") {
    const { minLength, maxLength, pattern } = schema;
    // Characters as JSON Schema counts them.
    const length = Array.from(value).length;
    if (typeof minLength === "number" && length < minLength) return false;
    if (typeof maxLength === "number" && length > maxLength) return false;
    return typeof pattern !== "string" || test(pattern, value);
  }
  if (typeof value !== "number") return true;
  const { minimum, maximum } = schema;
  return !(typeof minimum === "number" && value < minimum) && !(typeof maximum === "number" && value > maximum);
}

/** By `type` and 3.0's `nullable` alone. */
export function isOfType(schema: Record<string, unknown>, value: unknown): boolean {
  const { type, nullable } = schema;
  if (typeof type !== "string" && !Array.isArray(type)) return true;
  const types = [type].flat() as unknown[];
  if (value === null) return types.includes("null") || nullable === true;
  if (Array.isArray(value)) return types.includes("array");
  if (typeof value === "number" && types.includes("integer") && Number.isInteger(value)) return true;
  return types.includes(typeof value);
}

/** Objects and arrays are not compared: they may be the same. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || (typeof one === "object" && one !== null && typeof other === "object" && other !== null);
}
