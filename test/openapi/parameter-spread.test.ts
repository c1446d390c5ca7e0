// I10: an object that is spread over the query, as springdoc writes `Pageable`: arrays come item by item, and nothing is an empty object.
import { describe, expect, it } from "vitest";
import { DocumentSet } from "../../src/openapi/document.ts";
import type { Parameter } from "../../src/openapi/operation.ts";
import { QueryReader } from "../../src/openapi/parameter-query.ts";
import { shapeOf } from "../../src/openapi/parameter-shape.ts";
import { ABSENT, Malformed } from "../../src/openapi/parameter-value.ts";

const INTEGER = { type: "integer" };
const list = (items: object) => ({ type: "array", items });
const PAGEABLE = { type: "object", properties: { page: INTEGER, sort: list({ type: "string" }), ids: list(INTEGER) } };

function read(raw: string | undefined, more: Partial<Parameter> = {}, schema: object = PAGEABLE): unknown {
  const set = DocumentSet.fromObject({ openapi: "3.1.0", info: {}, paths: {}, components: { schemas: { S: schema } } });
  const at = set.child(set.root, "components", "schemas", "S");
  const written = { style: "form", explode: true, allowReserved: false, allowEmptyValue: false } as const;
  const parameter = { name: "pageable", in: "query", required: false, schema: at, content: undefined, at } as const;
  const shaped = { parameter: { ...parameter, ...written, ...more }, shape: shapeOf(at, set) };
  const [value] = new QueryReader([shaped]).read(raw).values;
  if (value instanceof Malformed) return value.sentence;
  return value === ABSENT ? "absent" : JSON.parse(JSON.stringify(value));
}

describe("an object that is spread over the query", () => {
  it.each([
    ["page=0&sort=name,asc&sort=id%2Cdesc", { page: 0, sort: ["name,asc", "id,desc"] }],
    ["sort=name", { sort: ["name"] }],
    ["ids=1&page=2&ids=x", { ids: [1, "x"], page: 2 }],
    ["page=1&page=2", "must have each member once"],
    ["sort=a&sort=%zz", "is not valid percent-encoded UTF-8"],
    ["", "absent"],
  ])("I10 arrays in it come item by item: %s", (raw, expected) => expect(read(raw)).toEqual(expected));

  it("I10 without a member it is an empty one where it is required, for its schema to judge", () => {
    for (const raw of [undefined, "", "&", "other=1"]) expect(read(raw, { required: true })).toEqual({});
    expect(read("page=1", { required: true })).toEqual({ page: 1 });
    expect(read("", { required: true }, { type: "string" })).toBe("absent");
    expect(read("", { required: true, style: "deepObject" })).toBe("absent");
  });
});
