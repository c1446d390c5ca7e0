// A document with the schemas of one test, and a compiler over it.
import { DocumentSet } from "../../src/openapi/document.ts";
import type { Located } from "../../src/openapi/located.ts";
import { type SchemaCheck, SchemaCompiler } from "../../src/validation/schema-compiler.ts";
import type { Direction } from "../../src/validation/translation.ts";

export interface Schemas {
  readonly set: DocumentSet;
  readonly compiler: SchemaCompiler;
  readonly at: (name: string) => Located;
  readonly check: (name: string, direction?: Direction) => SchemaCheck;
}

export function schemasOf(schemas: Record<string, unknown>, version = "3.1.0"): Schemas {
  const set = DocumentSet.fromObject({
    openapi: version,
    info: { title: "test", version: "1" },
    paths: {},
    components: { schemas },
  });
  const compiler = new SchemaCompiler(set);
  const at = (name: string): Located => set.child(set.root, "components", "schemas", name);
  return { set, compiler, at, check: (name, direction = "request") => compiler.check(at(name), direction) };
}

/** The sentences for a value, empty where it fits; both ways of asking must agree. */
export function sentences(check: SchemaCheck, value: unknown): string[] {
  const found = check.explain(value, "The body").map(({ message }) => message);
  if (check.fits(value) !== (found.length === 0)) throw new Error("fits and explain disagree");
  return found;
}
