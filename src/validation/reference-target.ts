// Where a reference of a schema leads, for those who leave it to others to complain of one that leads nowhere.
import { type Located, ProblemsError } from "../openapi/located.ts";
import type { SchemaSource } from "./schema-source.ts";

/** Undefined: nowhere. That is reported where all schemas are verified. */
export function targetOf(source: SchemaSource, reference: string, from: Located): Located | undefined {
  try {
    return source.target(reference, from);
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return undefined;
  }
}
