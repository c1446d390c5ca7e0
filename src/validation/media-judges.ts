// What is held against bodies of each declared media type, in a request or an answer.
import { AnswerStripper } from "./answer-stripper.ts";
import type { DeclaredMedia, MediaTable } from "./body-media.ts";
import type { SchemaCheck, SchemaCompiler } from "./schema-compiler.ts";
import type { SchemaSource } from "./schema-source.ts";
import { UndeclaredMembers } from "./undeclared.ts";

export interface Judge {
  readonly check: SchemaCheck;
  /** Made at first use. */
  readonly undeclared: () => UndeclaredMembers;
  /** Made at first use. */
  readonly stripper: () => AnswerStripper;
}

/** A judge for each declared type that has a schema. */
export function mediaJudges(
  table: MediaTable,
  set: SchemaSource,
  schemas: SchemaCompiler,
  direction: "request" | "response",
): ReadonlyMap<DeclaredMedia, Judge> {
  const judges = new Map<DeclaredMedia, Judge>();
  for (const media of table.declared) {
    const { schema } = media;
    if (schema === undefined) continue;
    let members: UndeclaredMembers | undefined;
    const undeclared = (): UndeclaredMembers => (members ??= new UndeclaredMembers(set, schema));
    let cutter: AnswerStripper | undefined;
    const stripper = (): AnswerStripper => (cutter ??= new AnswerStripper(set, schemas, schema));
    judges.set(media, { check: schemas.check(schema, direction), undeclared, stripper });
  }
  return judges;
}
