// From ajv's errors to at most 20 violations: one branch of each alternative instead of all, nothing twice.
import type { ErrorObject, ValidateFunction } from "ajv";
import { pointerTo } from "../openapi/pointer.ts";
import { DISCRIMINATOR_KEYWORD } from "./keywords.ts";
import { VIOLATIONS_MAX } from "./limits.ts";
import { nameOf, sentenceOf, shownName, typeSentence } from "./sentence.ts";

/** A place inside a value and what is wrong there. */
export interface SchemaViolation {
  /** JSON Pointer, `""` for the whole. */
  readonly at: string;
  readonly message: string;
}

/** Compiles a branch of `oneOf` or `anyOf` as it stands in the translated schema; the same one each time. */
export type CompileBranch = (schema: object | boolean) => ValidateFunction;

const ALTERNATIVES_DEPTH_MAX = 8;

/** `whole` names the value itself. Without `compileBranch` errors are taken as they are. */
export function explain(
  errors: readonly ErrorObject[],
  whole: string,
  compileBranch: CompileBranch | undefined,
): readonly SchemaViolation[] {
  const chosen = compileBranch === undefined ? errors : withoutNoise(errors, compileBranch, 0);
  const violations: SchemaViolation[] = [];
  const seen = new Set<string>();
  for (const error of chosen) {
    if (error.keyword === "if" || error.propertyName !== undefined) continue;
    const at = placeOf(error);
    const name = nameOf(at, whole);
    const message =
      error.keyword === "anyOf" && Array.isArray(error.params["types"])
        ? typesMessage(error, name)
        : sentenceOf(error, name);
    const key = `${at}\n${message}`;
    if (seen.has(key)) continue;
    seen.add(key);
    violations.push({ at: at.split("/").map(shownName).join("/"), message });
    if (violations.length >= VIOLATIONS_MAX) break;
  }
  return violations;
}

function typesMessage(error: ErrorObject, name: string): string {
  return `${name} must be ${typeSentence(error.params["types"])}`;
}

/** Names what is missing or too much, not the object around it. */
function placeOf(error: ErrorObject): string {
  const params = error.params as Record<string, unknown>;
  const member =
    params["missingProperty"] ??
    params["additionalProperty"] ??
    params["unevaluatedProperty"] ??
    (error.keyword === "propertyNames" ? params["propertyName"] : undefined);
  return typeof member === "string" ? pointerTo(error.instancePath, member) : error.instancePath;
}

/**
 * ajv reports the errors of all branches, then the alternative itself. How many those are is found by asking each
 * branch again: then they are replaced by those of the branch that was most likely meant.
 */
function withoutNoise(errors: readonly ErrorObject[], compileBranch: CompileBranch, depth: number): ErrorObject[] {
  const kept: ErrorObject[] = [];
  for (let index = errors.length - 1; index >= 0; index -= 1) {
    const error = errors[index] as ErrorObject;
    if (error.keyword === "contains" && Array.isArray(error.data)) {
      kept.push(error);
      index -= Math.min(index, containedErrors(error, compileBranch));
      continue;
    }
    const alternative = error.keyword === "oneOf" || error.keyword === "anyOf";
    if (!alternative || !Array.isArray(error.schema) || depth >= ALTERNATIVES_DEPTH_MAX) {
      kept.push(error);
      continue;
    }
    const passing = (error.params as { passingSchemas?: unknown }).passingSchemas;
    const branches = branchErrors(error, compileBranch);
    const total = branches.reduce((sum, branch) => sum + branch.length, 0);
    // More than one fits: what the others say is of no interest.
    const several = Array.isArray(passing);
    if (several) {
      kept.push(error);
      continue;
    }
    const best = bestBranch(error, branches);
    if (best === undefined) kept.push(error);
    else kept.push(...withoutNoise(best, compileBranch, depth + 1).toReversed());
    if (total <= index) index -= total;
  }
  return kept.toReversed();
}

/** How many errors the items gave that are not of the kind: ajv stops at the first item too many. */
function containedErrors({ data, schema, params }: ErrorObject, compileBranch: CompileBranch): number {
  const validate = compileBranch(schema as object | boolean);
  const most = (params as { maxContains?: number }).maxContains ?? Number.POSITIVE_INFINITY;
  let fitting = 0;
  let total = 0;
  for (const item of data as unknown[]) {
    if (validate(item)) fitting += 1;
    else total += validate.errors?.length ?? 0;
    if (fitting > most) break;
  }
  return total;
}

function branchErrors(error: ErrorObject, compileBranch: CompileBranch): ErrorObject[][] {
  return (error.schema as (object | boolean)[]).map((branch) => {
    const validate = compileBranch(branch);
    if (validate(error.data, undefined)) return [];
    return (validate.errors ?? []).map((inner) => ({
      ...inner,
      instancePath: error.instancePath + inner.instancePath,
    }));
  });
}

function bestBranch(error: ErrorObject, branches: readonly ErrorObject[][]): ErrorObject[] | undefined {
  const named = discriminated(error, branches);
  if (named !== undefined) return named;
  const here = error.instancePath;
  const wrongType = (branch: readonly ErrorObject[]): boolean =>
    branch.some((inner) => inner.keyword === "type" && inner.instancePath === here);
  const fitting = branches.filter((branch) => !wrongType(branch));
  if (fitting.length === 0) {
    const types = branches.flatMap(
      (branch) => branch.find((inner) => inner.keyword === "type")?.params["type"] as string | string[],
    );
    return [{ ...error, keyword: "anyOf", params: { types: [...new Set(types)] } }];
  }
  if (fitting.length === 1) return fitting[0];
  // A constant that differs on the first level is how alternatives are told apart without a discriminator.
  const weight = (branch: readonly ErrorObject[]): number =>
    branch.reduce((sum, inner) => sum + (inner.keyword === "const" || inner.keyword === "enum" ? 1_000 : 1), 0);
  const ordered = fitting.toSorted((one, other) => weight(one) - weight(other));
  const [first, second] = ordered as [ErrorObject[], ErrorObject[]];
  // Two that are equally near: naming one of them would mislead.
  return weight(first) === weight(second) && first.length > 1 ? undefined : first;
}

function discriminated(error: ErrorObject, branches: readonly ErrorObject[][]): ErrorObject[] | undefined {
  const discriminator = error.parentSchema?.[DISCRIMINATOR_KEYWORD] as
    | { propertyName: string; values: Record<string, number> }
    | undefined;
  if (discriminator === undefined || typeof error.data !== "object" || error.data === null) return undefined;
  if (!Object.hasOwn(error.data, discriminator.propertyName)) {
    return [{ ...error, keyword: "required", params: { missingProperty: discriminator.propertyName } }];
  }
  const value = (error.data as Record<string, unknown>)[discriminator.propertyName];
  const index = typeof value === "string" ? discriminator.values[value] : undefined;
  if (index !== undefined) return branches[index];
  return [
    {
      ...error,
      keyword: "enum",
      instancePath: pointerTo(error.instancePath, discriminator.propertyName),
      params: { allowedValues: acceptedNames(discriminator, branches, error.instancePath) },
    },
  ];
}

/** Without names that their own branch refuses: where `mapping` and a constant say `cat`, the schema's name `Cat` is none. */
function acceptedNames(
  { propertyName, values }: { propertyName: string; values: Record<string, number> },
  branches: readonly ErrorObject[][],
  instancePath: string,
): string[] {
  const at = pointerTo(instancePath, propertyName);
  return Object.keys(values).filter((name) =>
    (branches[values[name] as number] ?? []).every((inner) => {
      if (inner.instancePath !== at) return true;
      if (inner.keyword === "const") return inner.params["allowedValue"] === name;
      return inner.keyword !== "enum" || (inner.params["allowedValues"] as unknown[]).includes(name);
    }),
  );
}
