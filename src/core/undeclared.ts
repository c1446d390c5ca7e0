// What was used and is not declared: names and JSON types, so that a record can say what a document lacks. Never a value.

export type JsonType = "string" | "integer" | "number" | "boolean" | "object" | "array" | "null";

export interface UsedName {
  /** A parameter's name, or a JSON Pointer in which `*` stands for any item or any member. */
  readonly at: string;
  /** Of a member; of a parameter, the narrowest that its text could be. */
  readonly type: JsonType;
}

export interface Undeclared {
  readonly in: "query" | "body" | "answer";
  /** Media type of the body or answer, without parameters. */
  readonly media?: string | undefined;
  readonly names: readonly UsedName[];
}
