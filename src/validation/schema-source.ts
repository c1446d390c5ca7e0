// What the compiler needs of a document: version, children, references, positions. DocumentSet is one; a bare schema is another.
import type { Located, Position } from "../openapi/located.ts";

export interface SchemaSource {
  readonly version: "3.0" | "3.1" | "3.2";
  /** The document itself, where `jsonSchemaDialect` stands. */
  readonly root: Located;
  child(at: Located, ...keys: (string | number)[]): Located;
  /** What `ref`, written in `from.file`, points to. Throws ProblemsError where that is nothing. */
  target(ref: string, from: Located): Located;
  position(at: Located, key?: string): Position;
}
