// Which value of the discriminating property means which branch of `oneOf` or `anyOf` (OpenAPI 3.1, 4.8.25).
import type { Located } from "../openapi/located.ts";
import { memberOf } from "../openapi/pointer.ts";

export interface Discriminator {
  readonly propertyName: string;
  /** Index of the branch, by the property's value. */
  readonly values: Readonly<Record<string, number>>;
}

/** Undefined where the schema has none. `branches` as the document writes them. */
export function discriminatorOf(at: Located, branches: readonly unknown[]): Discriminator | undefined {
  const discriminator = memberOf(at.value, "discriminator");
  const propertyName = memberOf(discriminator, "propertyName");
  if (typeof propertyName !== "string") return undefined;
  const references = branches.map((branch) => memberOf(branch, "$ref"));
  const values = Object.create(null) as Record<string, number>;
  for (const [index, reference] of references.entries()) {
    if (typeof reference === "string") values[reference.slice(reference.lastIndexOf("/") + 1)] = index;
  }
  for (const [value, target] of Object.entries(memberOf(discriminator, "mapping") ?? {})) {
    const index = references.findIndex(
      (reference) =>
        reference === target || (typeof reference === "string" && reference.endsWith(`/${String(target)}`)),
    );
    if (index >= 0) values[value] = index;
  }
  return { propertyName, values };
}
