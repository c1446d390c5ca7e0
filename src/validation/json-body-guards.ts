// Guards for a JSON body and one schema, without an OpenAPI document: the same as for an operation that takes nothing else.
import type { RequestGuard } from "../core/guard.ts";
import { compileAlone } from "./body-check.ts";
import { bodyGuards } from "./body-guard.ts";
import { bodyLengthGuard, mediaTypeGuard } from "./body-head-guards.ts";
import { MediaTable } from "./body-media.ts";

/** Throws ProblemsError where the schema cannot be enforced. */
export function jsonBodyGuards(
  schema: Readonly<Record<string, unknown>>,
  bodyBytesMax: number,
): { readonly head: readonly RequestGuard[]; readonly body: readonly RequestGuard[] } {
  const { set, at, schemas } = compileAlone(schema);
  const table = new MediaTable([{ name: "application/json", schema: at, encoding: undefined }], set);
  return {
    head: [mediaTypeGuard("enforce", table, true), bodyLengthGuard("enforce", bodyBytesMax)],
    body: bodyGuards({ table, required: true, set, schemas, mode: "enforce" }),
  };
}
