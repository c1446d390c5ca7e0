// Validation alone, without an OpenAPI document: one JSON Schema against bodies, bytes or values.
import type { Denial } from "../core/outcome.ts";
import { DocumentSet } from "../openapi/document.ts";
import { ProblemsError } from "../openapi/located.ts";
import { invalid, invalidAt, malformed } from "./body-guard.ts";
import type { SchemaViolation } from "./explanation.ts";
import { SchemaCompiler } from "./schema-compiler.ts";
import { changeJson } from "./sanitized-bytes.ts";
import { findMark, SanitizedPlaces } from "./sanitized-places.ts";
import { readJson } from "./strict-json.ts";
import { UndeclaredMembers } from "./undeclared.ts";

export interface BodyCheck {
  /** Bytes of a JSON body: its value, sanitized where the schema says so, or the denial that says what is wrong. */
  read(bytes: Uint8Array): { readonly value: unknown } | Denial;
  /** A value that something else parsed, as it is: nothing is sanitized, duplicate members and lost digits cannot be seen any more. */
  judge(value: unknown): Denial | undefined;
}

const BASE = "https://schema.invalid/body";

/** A schema that stands for itself, ready to be compiled. Throws ProblemsError where it cannot be enforced. */
export function compileAlone(schema: Readonly<Record<string, unknown>>) {
  const set = DocumentSet.fromObject(
    {
      openapi: "3.1.0",
      info: { title: "schema", version: "1" },
      paths: {},
      components: { schemas: { Body: { $id: BASE, ...schema } } },
    },
    "schema",
  );
  const at = set.child(set.root, "components", "schemas", "Body");
  const schemas = new SchemaCompiler(set);
  const problems = schemas.verify(at).filter(({ severity }) => severity === "error");
  if (problems.length > 0) throw new ProblemsError(problems);
  return { set, at, schemas };
}

/** Compiles a JSON Schema (2020-12). Throws ProblemsError where it cannot be enforced. */
export function bodyCheck(schema: Readonly<Record<string, unknown>>): BodyCheck {
  const { set, at, schemas } = compileAlone(schema);
  const places = findMark(set, at) === undefined ? undefined : new SanitizedPlaces(set, at);
  const check = schemas.check(at, "request");
  const undeclared = new UndeclaredMembers(set, at);
  const judged = (value: unknown, values: () => number): Denial | undefined => {
    if (!check.fits(value)) return invalid(check, value, values());
    const lookalikes: SchemaViolation[] = [];
    undeclared.find(value, 0, lookalikes);
    return lookalikes.length === 0 ? undefined : invalidAt(lookalikes);
  };
  return {
    read(bytes) {
      let reading = readJson(bytes);
      if (!reading.ok) return malformed(reading);
      const change = places?.changeOf(reading.value, []);
      if (change !== undefined) reading = readJson(Buffer.from(changeJson(reading.text, change)));
      if (!reading.ok) return malformed(reading);
      return judged(reading.value, () => reading.values) ?? { value: reading.value };
    },
    judge(value) {
      // Nobody counted the values: they are counted here, only when there is something to explain.
      return judged(value, () => countValues(value));
    },
  };
}

function countValues(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  let count = 1;
  for (const inner of Object.values(value)) count += countValues(inner);
  return count;
}
