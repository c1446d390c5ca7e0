// Every place × style × explode × kind of value, by table; I10 and G06: what is ambiguous is refused.
import { describe, expect, it } from "vitest";
import { Fields } from "../../src/http/fields.ts";
import { DocumentSet } from "../../src/openapi/document.ts";
import type { Parameter, ParameterPlace, ParameterStyle } from "../../src/openapi/operation.ts";
import {
  type Cookies,
  parseCookies,
  readCookieParameter,
  readHeaderParameter,
} from "../../src/openapi/parameter-field.ts";
import { QueryReader } from "../../src/openapi/parameter-query.ts";
import { shapeOf } from "../../src/openapi/parameter-shape.ts";
import { readPathParameter, type ShapedParameter } from "../../src/openapi/parameter-style.ts";
import { ABSENT, EMPTY, Malformed } from "../../src/openapi/parameter-value.ts";

const STRING = { type: "string" };
const INTEGER = { type: "integer" };
const STRINGS = { type: "array", items: STRING };
const INTEGERS = { type: "array", items: INTEGER };
const COLOR = {
  type: "object",
  properties: {
    R: INTEGER,
    G: INTEGER,
    name: STRING,
    tags: STRINGS,
    inner: { type: "object", properties: { deep: INTEGER } },
  },
};

function shaped(
  place: ParameterPlace,
  style: ParameterStyle,
  explode: boolean,
  schema: unknown,
  more: Partial<Parameter> = {},
): ShapedParameter {
  const set = DocumentSet.fromObject({ openapi: "3.1.0", info: {}, paths: {}, components: { schemas: { S: schema } } });
  const at = set.child(set.root, "components", "schemas", "S");
  const parameter: Parameter = {
    name: "color",
    in: place,
    required: false,
    style,
    explode,
    allowReserved: false,
    allowEmptyValue: false,
    schema: at,
    content: undefined,
    at,
    ...more,
  };
  return { parameter, shape: shapeOf(at, set) };
}

function read(parameter: ShapedParameter, raw: string | undefined): unknown {
  switch (parameter.parameter.in) {
    case "path":
      return plain(readPathParameter(parameter, raw as string));
    case "query":
      return plain(new QueryReader([parameter]).read(raw).values[0]);
    case "header":
      return plain(readHeaderParameter(parameter, new Fields(raw === undefined ? [] : ["Color", raw])));
    case "cookie":
    default:
      return plain(
        readCookieParameter(parameter, parseCookies(new Fields(raw === undefined ? [] : ["Cookie", raw])) as Cookies),
      );
  }
}

/** Objects are without prototype on purpose; for comparison that does not matter. */
function plain(value: unknown): unknown {
  if (value instanceof Malformed) return `malformed: ${value.sentence}`;
  if (value === ABSENT || value === EMPTY || typeof value !== "object") return value;
  return JSON.parse(JSON.stringify(value));
}

const RG = { R: 100, G: 200 };

const TABLE: [ParameterPlace, ParameterStyle, boolean, unknown, string, unknown][] = [
  // path
  ["path", "simple", false, STRING, "blue", "blue"],
  ["path", "simple", true, INTEGER, "5", 5],
  ["path", "simple", false, STRINGS, "blue,black", ["blue", "black"]],
  ["path", "simple", true, INTEGERS, "3,4", [3, 4]],
  ["path", "simple", false, COLOR, "R,100,G,200", RG],
  ["path", "simple", true, COLOR, "R=100,G=200", RG],
  ["path", "label", false, STRING, ".blue", "blue"],
  ["path", "label", false, STRINGS, ".blue,black", ["blue", "black"]],
  ["path", "label", true, STRINGS, ".blue.black", ["blue", "black"]],
  ["path", "label", false, COLOR, ".R,100,G,200", RG],
  ["path", "label", true, COLOR, ".R=100.G=200", RG],
  ["path", "matrix", false, STRING, ";color=blue", "blue"],
  ["path", "matrix", true, STRING, ";color", ""],
  ["path", "matrix", false, STRINGS, ";color=blue,black", ["blue", "black"]],
  ["path", "matrix", true, STRINGS, ";color=blue;color=black", ["blue", "black"]],
  ["path", "matrix", false, COLOR, ";color=R,100,G,200", RG],
  ["path", "matrix", true, COLOR, ";R=100;G=200", RG],
  // query
  ["query", "form", true, STRING, "color=blue", "blue"],
  ["query", "form", false, STRING, "color=blue", "blue"],
  ["query", "form", true, STRINGS, "color=blue&color=black", ["blue", "black"]],
  ["query", "form", true, INTEGERS, "color=1", [1]],
  ["query", "form", false, INTEGERS, "color=3,4", [3, 4]],
  ["query", "form", true, COLOR, "R=100&G=200", RG],
  ["query", "form", false, COLOR, "color=R,100,G,200", RG],
  ["query", "spaceDelimited", false, INTEGERS, "color=3%204+5", [3, 4, 5]],
  ["query", "spaceDelimited", true, INTEGERS, "color=3&color=4", [3, 4]],
  ["query", "spaceDelimited", false, COLOR, "color=R%20100%20G%20200", RG],
  ["query", "pipeDelimited", false, INTEGERS, "color=3|4%7C5", [3, 4, 5]],
  ["query", "pipeDelimited", true, STRINGS, "color=a&color=b", ["a", "b"]],
  ["query", "pipeDelimited", false, COLOR, "color=R%7c100|G|200", RG],
  ["query", "deepObject", true, COLOR, "color[R]=100&color%5BG%5D=200", RG],
  [
    "query",
    "deepObject",
    true,
    COLOR,
    "color[inner][deep]=7&color[tags]=a&color[tags]=b",
    { inner: { deep: 7 }, tags: ["a", "b"] },
  ],
  ["query", "deepObject", true, COLOR, "color[tags][]=a&color[tags][]=b", { tags: ["a", "b"] }],
  // header
  ["header", "simple", false, STRING, "blue, dark", "blue, dark"],
  ["header", "simple", false, INTEGER, " 7 ", 7],
  ["header", "simple", false, INTEGERS, "3, 4 ,5", [3, 4, 5]],
  ["header", "simple", true, STRINGS, "blue,black", ["blue", "black"]],
  ["header", "simple", false, COLOR, "R, 100, G, 200", RG],
  ["header", "simple", true, COLOR, "R=100, G=200", RG],
  ["header", "simple", false, STRING, "%41", "%41"],
  // cookie
  ["cookie", "form", true, STRING, "a=1; color=dark%20blue; b=2", "dark blue"],
  ["cookie", "form", false, INTEGERS, "color=3,4", [3, 4]],
  ["cookie", "form", false, COLOR, "color=R,100,G,200", RG],
  ["cookie", "form", true, COLOR, "R=100; x=y; G=200", RG],
  ["cookie", "form", true, STRINGS, "color=a; color=b", ["a", "b"]],
  ["cookie", "cookie", true, STRING, "color=dark%20blue", "dark%20blue"],
  ["cookie", "cookie", true, STRINGS, "color=a; color=b", ["a", "b"]],
];

const REFUSED: [ParameterPlace, ParameterStyle, boolean, unknown, string, string][] = [
  ["query", "form", true, STRING, "color=a&color=b", "must be given once"],
  ["query", "form", false, STRINGS, "color=a,b&color=c", "must be given once"],
  ["query", "form", true, STRING, "color=%zz", "is not valid percent-encoded UTF-8"],
  ["query", "form", true, STRING, "color=%c0%af", "is not valid percent-encoded UTF-8"],
  ["query", "form", true, STRING, "color=%ed%a0%80", "is not valid percent-encoded UTF-8"],
  ["query", "form", false, COLOR, "color=R,100,G", "must be written as name and value in turn"],
  ["query", "form", true, COLOR, "R=100&R=200", "must have each member once"],
  ["query", "deepObject", true, COLOR, "color[R]=1&color[R]=2", "must have each member once"],
  ["query", "deepObject", true, COLOR, "color[]=1", "must have each member once"],
  ["query", "deepObject", true, COLOR, "color=1", "must be written as color[member]=…"],
  ["query", "deepObject", true, COLOR, "color[a][b][c][d][e][f]=1", "nests too deep"],
  ["path", "label", false, STRING, "blue", 'must begin with "."'],
  ["path", "matrix", false, STRING, "blue", 'must begin with ";"'],
  ["path", "matrix", false, STRING, ";colour=blue", "must be written as ;color=…"],
  ["path", "matrix", false, STRING, ";color=a;color=b", "must be given once"],
  ["path", "simple", true, COLOR, "R=100,G", "must be written as name=value"],
  ["path", "simple", true, COLOR, "R=1,R=2", "must have each member once"],
  ["cookie", "form", true, STRING, "color=a; color=b", "must be given once"],
];

describe("parameters by style", () => {
  for (const [place, style, explode, schema, raw, expected] of TABLE) {
    const kind = (schema as { type: string }).type;
    it(`I10 ${place} ${style}${explode ? " exploded" : ""}, ${kind}: ${raw}`, () => {
      expect(read(shaped(place, style, explode, schema), raw)).toEqual(expected);
    });
  }

  for (const [place, style, explode, schema, raw, sentence] of REFUSED) {
    it(`I10 refused: ${place} ${style}${explode ? " exploded" : ""}: ${raw}`, () => {
      expect(read(shaped(place, style, explode, schema), raw)).toBe(`malformed: ${sentence}`);
    });
  }

  it.each([
    ["query", "form", INTEGERS, "color=1%2C2%2c3", [1, 2, 3]],
    ["query", "form", STRINGS, "color=blue%2Cblack", ["blue", "black"]],
    ["query", "form", COLOR, "color=R%2C100%2CG%2C200", { R: 100, G: 200 }],
    ["path", "simple", INTEGERS, "1%2C2", [1, 2]],
    ["path", "label", INTEGERS, ".1%2C2", [1, 2]],
    ["path", "matrix", INTEGERS, ";color=1%2C2", [1, 2]],
    ["cookie", "form", STRINGS, "color=blue%2Cblack", ["blue", "black"]],
  ] as const)(
    "I10 %s %s: commas part items where all of them came encoded: %o",
    (place, style, schema, raw, expected) => {
      expect(read(shaped(place, style, false, schema), raw)).toEqual(expected);
    },
  );

  it("I10 a text with a comma stays one where a single text is declared, alone or beside a list", () => {
    expect(read(shaped("query", "form", false, STRING), "color=Doe%2C+Jane")).toBe("Doe, Jane");
    const either = { oneOf: [STRING, STRINGS] };
    expect(read(shaped("query", "form", false, either), "color=Doe%2C+Jane")).toBe("Doe, Jane");
  });

  it("G06 delimiters that came encoded beside plain ones are data", () => {
    expect(read(shaped("query", "form", false, STRINGS), "color=a%2Cb,c")).toEqual(["a,b", "c"]);
    expect(read(shaped("query", "form", true, STRING), "color=a%26b%3Dc%2Bd+e")).toBe("a&b=c+d e");
    expect(read(shaped("path", "simple", false, STRINGS), "a%2Cb,c")).toEqual(["a,b", "c"]);
    expect(read(shaped("path", "simple", false, STRING), "a+b")).toBe("a+b");
    expect(read(shaped("path", "label", true, STRINGS), ".a%2Eb.c")).toEqual(["a.b", "c"]);
    expect(read(shaped("cookie", "form", false, STRINGS), "color=a%2Cb,c")).toEqual(["a,b", "c"]);
  });

  it("G06 names are compared decoded, and what nobody declares is listed", () => {
    const reader = new QueryReader([shaped("query", "form", true, STRING)]);
    expect(reader.read("c%6flor=blue&a[]=1&a.b=2&x&x=1&%zz=1&&=3")).toEqual({
      values: ["blue"],
      undeclared: ["a[]", "a.b", "x", "%zz", ""],
    });
    expect(reader.read("color=blue&c%6flor=red").values[0]).toBeInstanceOf(Malformed);
    expect(reader.read(undefined)).toEqual({ values: [ABSENT], undeclared: undefined });
    expect(reader.read("")).toEqual({ values: [ABSENT], undeclared: undefined });
  });

  it("G06 no value is the empty text, and passes unchecked only where allowEmptyValue says so", () => {
    expect(read(shaped("query", "form", true, STRING), "color")).toBe("");
    expect(read(shaped("query", "form", true, INTEGER), "color=")).toBe("");
    const lenient = shaped("query", "form", true, INTEGER, { allowEmptyValue: true });
    expect(read(lenient, "color")).toBe(EMPTY);
    expect(read(lenient, "color=&color=")).toBe("malformed: must be given once");
  });

  it("scalars have one spelling each", () => {
    const integer = shaped("query", "form", true, INTEGER);
    for (const text of [
      "+1",
      "01",
      "1e3",
      "0x10",
      "1.0",
      "%201",
      "1%20",
      "-0",
      "--1",
      "１",
      "1_000",
      "NaN",
      "",
      "9007199254740993",
    ]) {
      expect(typeof read(integer, `color=${text}`)).toBe("string");
    }
    expect(read(integer, "color=0")).toBe(0);
    expect(read(integer, "color=-12")).toBe(-12);
    expect(read(integer, "color=9007199254740991")).toBe(9007199254740991);
    expect(read(shaped("query", "form", true, { type: "integer", format: "int64" }), "color=9223372036854775807")).toBe(
      2 ** 63,
    );
    const number = shaped("query", "form", true, { type: "number" });
    for (const text of ["1e3", "Infinity", "-Infinity", "NaN", ".5", "5.", "1,5", "00.5"]) {
      expect(typeof read(number, `color=${text}`)).toBe("string");
    }
    expect(read(number, "color=-0.5")).toBe(-0.5);
    const boolean = shaped("query", "form", true, { type: "boolean" });
    for (const text of ["TRUE", "1", "yes", "on", ""]) expect(typeof read(boolean, `color=${text}`)).toBe("string");
    expect(read(boolean, "color=false")).toBe(false);
  });

  it("takes types through references and alternatives", () => {
    expect(read(shaped("query", "form", true, { allOf: [{ type: "integer" }, { minimum: 1 }] }), "color=5")).toBe(5);
    expect(
      read(shaped("query", "form", true, { oneOf: [{ type: "integer" }, { type: "boolean" }] }), "color=true"),
    ).toBe(true);
    expect(read(shaped("query", "form", true, { enum: [1, 2] }), "color=2")).toBe(2);
    expect(read(shaped("query", "form", false, { oneOf: [STRING, STRINGS] }), "color=a")).toBe("a");
    expect(read(shaped("query", "form", false, { oneOf: [STRING, STRINGS] }), "color=a,b")).toEqual(["a", "b"]);
  });

  it("an exploded object takes the names that nobody else declares", () => {
    const free = shaped("query", "form", true, { type: "object", additionalProperties: INTEGER }, { name: "filters" });
    const reader = new QueryReader([shaped("query", "form", true, STRING), free]);
    const { values, undeclared, refused } = reader.read("color=blue&a=1&b=2&__proto__=3&color[]=red");
    expect(values[0]).toBe("blue");
    expect(plain(values[1])).toEqual({ a: 1, b: 2 });
    expect(undeclared).toBeUndefined();
    expect(refused?.map(({ name }) => name)).toEqual(["__proto__", "color[]"]);
    expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
  });

  it("several lines of one header are one list, or refused", () => {
    const lines = new Fields(["Color", "1", "color", "2,3"]);
    expect(readHeaderParameter(shaped("header", "simple", false, INTEGERS), lines)).toEqual([1, 2, 3]);
    expect(readHeaderParameter(shaped("header", "simple", false, INTEGER), lines)).toBeInstanceOf(Malformed);
  });

  it("refuses a flood of parameters", () => {
    const reader = new QueryReader([shaped("query", "form", true, STRINGS)]);
    const many = (count: number): string => Array.from({ length: count }, () => "color=a").join("&");
    expect(reader.read(many(1_000)).values[0]).toHaveLength(1_000);
    expect(reader.read(many(1_001)).values[0]).toBeInstanceOf(Malformed);
  });
});
