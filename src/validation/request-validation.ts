// The guards that hold one operation's requests against the document: some by the head, one with the body.
import type { RequestGuard } from "../core/guard.ts";
import { bodyGuards } from "./body-guard.ts";
import { bodyLengthGuard, bodyUnexpectedGuard, mediaTypeGuard } from "./body-head-guards.ts";
import { MediaTable } from "./body-media.ts";
import { OperationNames } from "./operation-names.ts";
import { parametersGuard, type ParametersOptions } from "./parameters-guard.ts";

export interface RequestValidationOptions extends ParametersOptions {
  readonly bodyBytesMax: number;
}

export interface RequestValidation {
  readonly head: RequestGuard[];
  readonly body: RequestGuard[];
  /** False where no declared media type needs its body seen: then it streams through. */
  readonly readsBody: boolean;
}

export function requestValidation(options: RequestValidationOptions): RequestValidation {
  const { operation, set, schemas, mode, bodyBytesMax } = options;
  const described = operation.requestBody;
  const names = new OperationNames(operation, set);
  const parameters = parametersGuard({ ...options, names });
  if (described === undefined) return { head: [parameters, bodyUnexpectedGuard(mode)], body: [], readsBody: false };
  const table = new MediaTable(described.content, set);
  const head = [parameters, mediaTypeGuard(mode, table, described.required), bodyLengthGuard(mode, bodyBytesMax)];
  const body = table.reads ? bodyGuards({ table, required: described.required, set, schemas, mode, names }) : [];
  return { head, body, readsBody: table.reads };
}
