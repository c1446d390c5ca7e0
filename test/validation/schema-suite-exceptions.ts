// The cases of the JSON Schema test suite that do not hold, each with its reason. The suite's test allows nothing else.

export interface Exception {
  readonly file: string;
  /** Descriptions of the groups; all groups of the file where none are named. */
  readonly groups?: readonly string[];
  /** `refused`: such a document stops the start. `wrong`: judged otherwise than the suite has it. */
  readonly result: "refused" | "wrong";
  readonly reason: string;
}

const DYNAMIC = "ajv resolves $dynamicRef wrongly; a document with one stops the start";
const URL_REFERENCE = "nothing is fetched for a reference, and no schema of the document has that $id";
const IF = "ajv counts what a failed `if` saw as evaluated; such a document stops the start";
const ITEMS = "ajv miscounts items evaluated by contains or by items of a branch; such a document stops the start";
const DIALECT = "schemas of other dialects and vocabularies stop the start";

export const EXCEPTIONS: readonly Exception[] = [
  { file: "dynamicRef.json", result: "refused", reason: DYNAMIC },
  { file: "unevaluatedItems.json", groups: ["unevaluatedItems with $dynamicRef"], result: "refused", reason: DYNAMIC },
  {
    file: "unevaluatedProperties.json",
    groups: ["unevaluatedProperties with $dynamicRef"],
    result: "refused",
    reason: DYNAMIC,
  },
  {
    file: "unevaluatedProperties.json",
    groups: [
      "unevaluatedProperties can see annotations from if without then and else",
      "unevaluatedProperties with if/then/else",
      "unevaluatedProperties with if/then/else, else not defined",
      "unevaluatedProperties with if/then/else, then not defined",
    ],
    result: "refused",
    reason: IF,
  },
  {
    file: "unevaluatedItems.json",
    groups: [
      "unevaluatedItems can see annotations from if without then and else",
      "unevaluatedItems with if/then/else",
      "unevaluatedItems and contains interact to control item dependency relationship",
    ],
    result: "refused",
    reason: IF,
  },
  {
    file: "unevaluatedItems.json",
    groups: [
      "unevaluatedItems depends on adjacent contains",
      "unevaluatedItems depends on multiple nested contains",
      "unevaluatedItems with nested items",
    ],
    result: "refused",
    reason: ITEMS,
  },
  {
    file: "anchor.json",
    groups: ["Location-independent identifier with base URI change in subschema"],
    result: "refused",
    reason: URL_REFERENCE,
  },
  { file: "defs.json", groups: ["validate definition against metaschema"], result: "refused", reason: URL_REFERENCE },
  {
    file: "ref.json",
    groups: [
      "remote ref, containing refs itself",
      "$id must be resolved against nearest parent, not just immediate parent",
    ],
    result: "refused",
    reason: URL_REFERENCE,
  },
  {
    file: "refRemote.json",
    groups: [
      "base URI change",
      "base URI change - change folder",
      "base URI change - change folder in subschema",
      "remote HTTP ref with different $id",
      "remote HTTP ref with different URN $id",
      "remote HTTP ref with nested absolute ref",
    ],
    result: "refused",
    reason: URL_REFERENCE,
  },
  {
    file: "properties.json",
    groups: ["properties whose names are Javascript object property names"],
    result: "refused",
    reason: "a property named __proto__ cannot be declared: no request may carry one",
  },
  { file: "vocabulary.json", result: "refused", reason: DIALECT },
  {
    file: "format.json",
    result: "wrong",
    reason: "formats are asserted, not annotated: the first group of each format only says that nothing is checked",
  },
];
