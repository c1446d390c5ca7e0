// What a class of injection is: one way in which text becomes code somewhere behind the gate.

export type InjectionName =
  | "sql"
  | "nosql"
  | "shell"
  | "template"
  | "ldap"
  | "xpath"
  | "line-break"
  | "path"
  | "html"
  | "server-request";

/** Where a text stands: a field of one line, or a body, where texts may be long and of many lines. */
export type TextPlace = "parameter" | "body";

export interface InjectionClass {
  readonly name: InjectionName;
  /** Completes "looks like". */
  readonly title: string;
  /** ASCII characters of which every text that it finds has one: without them nothing is looked at. */
  readonly needs: string;
  /** Texts without them that it finds all the same. */
  readonly orNeeds?: RegExp;
  /** Shorter texts carry nothing. */
  readonly charactersMin: number;
  /** In time that grows with the length of the text, which is bounded. */
  detects(text: string, place: TextPlace): boolean;
}
