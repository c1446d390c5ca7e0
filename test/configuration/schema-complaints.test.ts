// A document whose schemas, parameters or bodies could not be enforced does not start: each with its line and what to do.
import { describe, expect, it } from "vitest";
import { complaints } from "./composing.ts";
import { withBody, withOperation } from "./one-operation.ts";

const body = (schema: string, type = "application/json", more = ""): string => withBody(type, schema, more);
const parameter = (text: string, version?: string): string =>
  withOperation(`      parameters:\n        - ${text}`, version);

describe("what cannot be enforced", () => {
  it.each([
    [
      "$dynamicRef",
      body('{ $dynamicAnchor: x, properties: { a: { $dynamicRef: "#x" } } }'),
      "error api.yaml:11 The keyword $dynamicRef is not supported",
      "Refer to the schema that is meant with $ref.",
    ],
    [
      "unevaluatedProperties beside if",
      body("{ if: { required: [a] }, unevaluatedProperties: false }"),
      "error api.yaml:11 unevaluatedProperties beside if is not supported.",
      "additionalProperties",
    ],
    [
      "unevaluatedItems beside contains",
      body("{ contains: {}, unevaluatedItems: false }"),
      "error api.yaml:11 unevaluatedItems beside contains is not supported.",
      "items",
    ],
    [
      "another dialect",
      body('{ $schema: "http://json-schema.org/draft-07/schema#" }'),
      "error api.yaml:11 Schemas of this dialect are not supported.",
      "Leave $schema out",
    ],
    [
      "look-ahead",
      body('{ pattern: "^(?=a)" }'),
      'error api.yaml:11 The pattern "^(?=a)" uses look-ahead at character 2.',
      "linear time",
    ],
    ["a back-reference", body('{ pattern: "(a)\\\\1" }'), "uses a back-reference at character 4.", "linear time"],
    ["a count over 1000", body('{ pattern: "^(ab){1,1001}$" }'), "cannot be run in linear time", "counts up to 1000"],
    [
      "an enum without a value",
      body("{ enum: [] }"),
      "error api.yaml:11 enum must be a list of at least one",
      "Mend enum",
    ],
    ["uniqueItems as text", body('{ uniqueItems: "true" }'), "error api.yaml:11 uniqueItems must be true", "Mend uniq"],
    ["a type that is none", body("{ type: txet }"), "error api.yaml:11 type must be one of", "Mend type"],
    [
      "a reference that leads nowhere",
      body('{ $ref: "#/components/schemas/Nobody" }'),
      "leads nowhere",
      "Correct the reference",
    ],
    [
      "an anchor twice",
      body('{ allOf: [{ $anchor: x }, { $anchor: x }, { $ref: "#x" }] }'),
      'more than one "$anchor": "x" is there',
      "Correct the reference",
    ],
    [
      "deepObject for a scalar",
      parameter("{ name: a, in: query, style: deepObject, schema: { type: string } }"),
      "error api.yaml:9 the style deepObject is for objects only",
      "Choose form",
    ],
    [
      "a style of another place",
      parameter("{ name: a, in: query, style: matrix, schema: { type: string } }"),
      'error api.yaml:9 the style "matrix" does not exist for parameters in query',
      "Choose form, spaceDelimited",
    ],
    [
      "a parameter in XML",
      parameter("{ name: a, in: query, content: { application/xml: {} } }"),
      "error api.yaml:9 parameters written as application/xml are not supported",
      "application/json or text/plain",
    ],
    [
      "a parameter of two media types",
      parameter("{ name: a, in: query, content: { text/plain: {}, application/json: {} } }"),
      "error api.yaml:9 a parameter has one media type, not several",
      "Keep one",
    ],
    [
      "the whole query as one parameter",
      parameter("{ name: a, in: querystring, content: { application/json: {} } }", "3.2.0"),
      "error api.yaml:9 parameters in: querystring are not supported",
      "in: query",
    ],
    [
      "an encoding that is no media type",
      body("{ type: object }", "multipart/form-data", "            encoding: { a: { contentType: png } }"),
      "error api.yaml:12 this is no list of media types",
      "image/png",
    ],
    [
      "fields of parts",
      body(
        "{ type: object }",
        "multipart/form-data",
        "            encoding: { a: { headers: { X-A: { schema: {} } } } }",
      ),
      "error api.yaml:12 header fields of parts are not supported",
      "fields of the form",
    ],
    [
      "a style that no form has",
      body("{ type: object }", "application/x-www-form-urlencoded", "            encoding: { a: { style: matrix } }"),
      "error api.yaml:12",
      "",
    ],
  ])("%s", async (_title, document, message, remedy) => {
    const told = await complaints("authentication: {}\n", { document });
    expect(told.filter((line) => line.startsWith("error"))).toHaveLength(1);
    expect(told.join("\n")).toContain(message);
    expect(told.join("\n")).toContain(remedy);
  });
});
