// Whether a schema says more of a text or of bytes than that they are some: only then must they be seen.
import type { Located } from "../openapi/located.ts";
import { SANITIZE_MARK } from "./sanitizing.ts";
import { partsOf, type ReferenceTargets } from "../openapi/parameter-shape.ts";

const CONSTRAINTS = ["minLength", "maxLength", "pattern", "enum", "const", "not", "if", SANITIZE_MARK];
/** Formats that say nothing about the characters. */
const OPEN_FORMATS: ReadonlySet<unknown> = new Set(["binary", "password"]);

export function isConstrainedText(schema: Located, set: ReferenceTargets): boolean {
  return partsOf(schema, set).some(({ value }) => {
    const part = value as Record<string, unknown>;
    const { format } = part;
    return CONSTRAINTS.some((keyword) => keyword in part) || (format !== undefined && !OPEN_FORMATS.has(format));
  });
}
