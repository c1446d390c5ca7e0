// Bodies, answers and their schemas, as the operations of a document have them.
import { describe, expect, it } from "vitest";
import { DocumentSet } from "../../src/openapi/document.ts";
import type { Problem } from "../../src/openapi/located.ts";
import { describeApi } from "../../src/openapi/operations.ts";
import { describeObject, ok, only, problemsOf } from "./memory-files.ts";

describe("bodies and responses", () => {
  it("keep media types, schemas unfollowed, and header fields", () => {
    const operation = only(
      {
        "/a": {
          post: {
            requestBody: {
              required: true,
              content: { "Application/JSON; v=1": { schema: { $ref: "#/components/schemas/A" } } },
            },
            responses: {
              "4xx": { $ref: "#/components/responses/Bad" },
              default: {
                description: "",
                headers: {
                  "X-Left": { schema: { type: "integer" } },
                  "x-small": { schema: {} },
                  "Content-Type": { schema: {} },
                },
              },
            },
          },
        },
      },
      {
        components: {
          schemas: { A: { type: "object" } },
          responses: { Bad: { description: "", content: { "text/*": {} } } },
        },
      },
      "3.1.0",
    );
    expect(operation.requestBody?.required).toBe(true);
    expect(operation.requestBody?.content[0]?.name).toBe("application/json; v=1");
    expect(operation.requestBody?.content[0]?.schema?.pointer).toBe(
      "/paths/~1a/post/requestBody/content/Application~1JSON; v=1/schema",
    );
    expect(
      operation.responses.map(({ status, content, headers }) => [
        status,
        content.map(({ name }) => name),
        [...headers.keys()],
      ]),
    ).toEqual([
      ["4XX", ["text/*"], []],
      ["default", [], ["x-left", "x-small"]],
    ]);
  });

  it("with broken references deep in a schema stop the start, those in examples do not", () => {
    const body = (schema: object): object => ({
      "/a": { post: { ...ok, requestBody: { content: { "application/json": schema } } } },
    });
    const deep = {
      schema: { type: "object", properties: { a: { type: "array", items: { oneOf: [{ $ref: "#/nope" }] } } } },
    };
    expect(() => describeObject(body(deep))).toThrow("leads nowhere");
    const example = {
      schema: { type: "object", properties: { $ref: { type: "string" } } },
      example: { $ref: "#/nope" },
    };
    expect(() => describeObject(body(example))).not.toThrow();
  });

  it("judges the rest by OpenAPI's own schema: mistakes in texts warn, others stop", () => {
    const set = DocumentSet.fromObject({
      openapi: "3.1.0",
      info: { title: "T", version: "1", licence: {} },
      paths: { "/a": { get: ok } },
    });
    expect(describeApi(set).warnings.map(({ rule }) => rule)).toEqual(["openapi.structure"]);
    expect(() => describeObject({ "/a": { get: ok } }, { servres: [] }, "3.1.0")).toThrow(
      '"servres" is not known here',
    );
    expect(() => describeObject({ "/a": { get: ok } }, { servres: [] })).toThrow('"servres" is not known here');
    expect(() => describeObject({ "/a": { get: ok } }, { components: { securityScheme: {} } }, "3.2.0")).toThrow(
      "securityScheme",
    );
  });
});

describe("schemas of 3.0", () => {
  const described = (schema: object): readonly Problem[] =>
    describeObject({ "/a": { get: { ...ok, parameters: [{ name: "q", in: "query", schema }] } } }).warnings;

  it("warn of keywords that came later, stop for misspelled and wrong ones", async () => {
    expect(described({ type: "string", const: "a" }).map(({ message }) => message)).toEqual([
      '"const" is not known here',
    ]);
    expect(described({ type: "string", minLength: 1 })).toEqual([]);
    const remedy = async (schema: object): Promise<string | undefined> =>
      (await problemsOf(() => described(schema)))[0]?.remedy;
    expect(await remedy({ type: "object", requierd: ["a"] })).toBe('Did you mean "required"?');
    expect(await remedy({ type: "strng" })).toBe('Did you mean "string"?');
    expect(await problemsOf(() => described({ properties: { a: { items: { enum: "x" } } } }))).toHaveLength(1);
  });
});

describe("an operation that describes no answer", () => {
  it.each(["3.0.3", "3.1.0"])("%s is warned about, in words that say what that means", (openapi) => {
    const { warnings } = describeObject({ "/a": { get: { responses: {} } } }, {}, openapi);
    expect(warnings.map(({ message }) => message)).toEqual(['"responses" describes no answer']);
  });
});
