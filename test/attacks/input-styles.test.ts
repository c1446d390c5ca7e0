// I10, the whole matrix: each place × style × explode × type, written by a serializer of this test's own and sent through the real gateway.
import { describe, it } from "vitest";
import { documentOf, inputBench, type Attempt } from "./input.ts";

type Kind = "string" | "integer" | "number" | "boolean" | "array" | "object";
type Place = "path" | "query" | "header" | "cookie";

interface Cell {
  readonly place: Place;
  readonly style: string;
  readonly explode: boolean;
  readonly kind: Kind;
}

const KINDS: readonly Kind[] = ["string", "integer", "number", "boolean", "array", "object"];
const SCHEMAS: Readonly<Record<Kind, object>> = {
  string: { type: "string", pattern: "^[a-z]+$" },
  integer: { type: "integer" },
  number: { type: "number", maximum: 10 },
  boolean: { type: "boolean" },
  array: { type: "array", items: { type: "integer" }, minItems: 2, maxItems: 3 },
  object: {
    type: "object",
    required: ["R", "G"],
    properties: { R: { type: "integer" }, G: { type: "integer" } },
    additionalProperties: false,
  },
};
const GOOD: Readonly<Record<Kind, unknown>> = {
  string: "blue",
  integer: -7,
  number: 1.5,
  boolean: true,
  array: [3, 4],
  object: { R: 100, G: 200 },
};
/** What does not fit, by how it is wrong. */
const BAD: Readonly<Record<Kind, Readonly<Record<string, unknown>>>> = {
  string: { "another scalar": "BLUE", "an array where a scalar is declared": ["blue", "blue"] },
  integer: { "another scalar": "x", "an array where a scalar is declared": [1, 2] },
  number: { "another scalar": 10.1, "an array where a scalar is declared": [11, 2] },
  boolean: { "another scalar": "yes", "an array where a scalar is declared": [true, true] },
  array: { "a scalar where an array is declared": "7", "an item of another type": [1, "x"], "too many": [1, 2, 3, 4] },
  object: {
    "a scalar where an object is declared": "7",
    "a member of another type": { R: 1, G: "x" },
    "one too few": { R: 1 },
  },
};

const STYLES: readonly (readonly [Place, string, readonly Kind[], readonly boolean[]])[] = [
  ["path", "simple", KINDS, [false, true]],
  ["path", "label", KINDS, [false, true]],
  ["path", "matrix", KINDS, [false, true]],
  ["query", "form", KINDS, [false, true]],
  ["query", "spaceDelimited", ["array", "object"], [false]],
  ["query", "pipeDelimited", ["array", "object"], [false]],
  ["query", "deepObject", ["object"], [true]],
  ["header", "simple", KINDS, [false, true]],
  ["cookie", "form", KINDS, [false, true]],
  ["cookie", "cookie", KINDS, [false, true]],
];
const CELLS: readonly Cell[] = STYLES.flatMap(([place, style, kinds, explodes]) =>
  kinds.flatMap((kind) => explodes.map((explode) => ({ place, style, explode, kind }))),
);

/** RFC 6570 and OpenAPI 4.8.12.3, as a client would write it. */
function write({ style, explode }: Cell, value: unknown): string {
  const isList = Array.isArray(value);
  const pairs = typeof value === "object" && !isList ? Object.entries(value as object) : undefined;
  const list = isList ? (value as unknown[]).map(String) : pairs?.flat().map(String);
  const equals = pairs?.map(([name, inner]) => `${name}=${String(inner)}`);
  const named = (delimiter: string): string =>
    list === undefined
      ? `color=${String(value)}`
      : explode
        ? (equals ?? list.map((item) => `color=${item}`)).join(delimiter)
        : `color=${list.join(",")}`;
  switch (style) {
    case "simple":
      return (explode ? (equals ?? list) : list)?.join(",") ?? String(value);
    case "label":
      return `.${explode ? ((equals ?? list)?.join(".") ?? String(value)) : (list?.join(",") ?? String(value))}`;
    case "matrix":
      return `;${named(";")}`;
    case "spaceDelimited":
      return `color=${list?.join("%20") ?? String(value)}`;
    case "pipeDelimited":
      return `color=${list?.join("|") ?? String(value)}`;
    case "deepObject":
      return pairs?.map(([name, inner]) => `color[${name}]=${String(inner)}`).join("&") ?? `color=${String(value)}`;
    case "cookie":
      return named("; ");
    default:
      return named("&");
  }
}

const pathOf = (cell: Cell): string => `/cell${CELLS.indexOf(cell)}`;

const { refuses, passes } = inputBench(
  documentOf(
    Object.fromEntries(
      CELLS.map((cell) => [
        cell.place === "path" ? `${pathOf(cell)}/{color}` : pathOf(cell),
        {
          get: {
            parameters: [
              {
                name: "color",
                in: cell.place,
                required: true,
                style: cell.style,
                explode: cell.explode,
                schema: SCHEMAS[cell.kind],
              },
            ],
            responses: { default: { description: "any" } },
          },
        },
      ]),
    ),
    {},
    "3.2.0",
  ),
);

function attempt(cell: Cell, value: unknown): Attempt {
  const text = write(cell, value);
  switch (cell.place) {
    case "path":
      return { method: "GET", target: `${pathOf(cell)}/${text}` };
    case "query":
      return { method: "GET", target: `${pathOf(cell)}?${text}` };
    case "header":
      return { method: "GET", target: pathOf(cell), fields: { color: text } };
    case "cookie":
    default:
      return { method: "GET", target: pathOf(cell), fields: { cookie: text.replaceAll("&", "; ") } };
  }
}

describe.each(CELLS)("I10 $place $style, explode $explode, $kind", (cell) => {
  it("passes as it came", () => passes(attempt(cell, GOOD[cell.kind])));

  it.each(Object.keys(BAD[cell.kind]))("refuses %s", (how) =>
    refuses(attempt(cell, BAD[cell.kind][how]), { status: 400 }),
  );
});

describe("I10 none where one is required", () => {
  it.each(CELLS.filter(({ place }) => place !== "path"))("$place $style, explode $explode, $kind", (cell) =>
    refuses({ method: "GET", target: pathOf(cell) }, { status: 400, says: "is required" }),
  );
});
