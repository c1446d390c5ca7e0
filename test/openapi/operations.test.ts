// What a document says is read exactly, and what would weaken a gate is told with its line.
import { describe, expect, it } from "vitest";
import { describeApi } from "../../src/openapi/operations.ts";
import { briefly, describeObject, loadFrom, ok, problemsOf } from "./memory-files.ts";

describe("operations", () => {
  it("have an id, a template, tags and their place", () => {
    const { operations, title } = describeObject({
      "/a/{x}": {
        parameters: [{ name: "x", in: "path", required: true, schema: {} }],
        get: { operationId: "getA", tags: ["t"], ...ok },
        delete: ok,
      },
    });
    expect(title).toBe("T");
    expect(operations.map(({ id, method, template, tags }) => [id, method, template, tags])).toEqual([
      ["getA", "GET", "/a/{x}", ["t"]],
      ["DELETE /a/{x}", "DELETE", "/a/{x}", []],
    ]);
    expect(operations[0]?.at.pointer).toBe("/paths/~1a~1{x}/get");
  });

  it("of 3.2 may be QUERY and any other method", () => {
    const item = { query: ok, additionalOperations: { COPY: ok, purge: ok } };
    expect(describeObject({ "/a": item }, {}, "3.2.0").operations.map(({ method }) => method)).toEqual([
      "QUERY",
      "COPY",
      "purge",
    ]);
    expect(() => describeObject({ "/a": { query: ok } }, {}, "3.1.0")).toThrow("3.2");
  });

  it("may be behind the $ref of their path, in another file", async () => {
    const set = await loadFrom({
      "api/openapi.yaml":
        "openapi: 3.1.0\ninfo: { title: T, version: '1' }\npaths:\n  /a: { $ref: a.yaml, get: { responses: {} } }\n",
      "api/a.yaml": "post:\n  secuirty: []\n  responses: {}\n",
    });
    expect(briefly(await problemsOf(() => describeApi(set)))).toEqual(["2:3 openapi.unknown-key"]);
  });

  it("keep a path's $ref from being two operations of one method", () => {
    const paths = { "/a": { $ref: "#/components/pathItems/A", get: ok } };
    const rest = { components: { pathItems: { A: { get: ok, put: ok } } } };
    expect(() => describeObject(paths, rest, "3.1.0")).toThrow("behind the path's $ref");
  });

  it("tell all mistakes at once, in order, with lines and remedies", async () => {
    const text = [
      "openapi: 3.1.0",
      "info: { title: T, version: '1' }",
      "security: [{ oauht: [] }]",
      "paths:",
      "  /a/{id}:",
      "    get: { operationId: x }",
      "  /a/{other}:",
      "    get:",
      "      operationId: x",
      "      secuirty: []",
      "      parameters: [{ name: other, in: path, required: true, schema: { $ref: '#/nowhere' } }]",
      "  b: {}",
      "components:",
      "  securitySchemes:",
      "    oauth: { type: oauth, flows: {} }",
      "    key: { type: apiKey, in: body, name: k }",
      "",
    ].join("\n");
    const set = await loadFrom({ "api/openapi.yaml": text });
    const problems = await problemsOf(() => describeApi(set));
    expect(briefly(problems)).toEqual([
      "3:14 openapi.security-unknown",
      "6:5 openapi.path-parameter-undeclared",
      "8:5 openapi.route-ambiguous",
      "9:7 openapi.operation-id-twice",
      "10:7 openapi.unknown-key",
      "11:71 openapi.reference-unresolved",
      "12:3 openapi.path-template",
      "15:14 openapi.security-scheme",
      "16:26 openapi.security-scheme",
    ]);
    const remedies = problems.map((problem) => problem.remedy);
    expect(remedies).toContain('Did you mean "security"?');
    expect(remedies).toContain('Did you mean "oauth2"?');
    expect(problems[3]?.message).toContain("openapi.yaml:6");
    expect(problems.every((problem) => problem.severity === "error" && problem.remedy !== undefined)).toBe(true);
  });

  it("are needed: a document without any stops the start", () => {
    expect(() => describeObject({})).toThrow("no operation");
  });
});
