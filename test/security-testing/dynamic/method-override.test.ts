// Guards the probe of methods that are named otherwise: in a field, the query or a form.
import { describe, expect, it } from "vitest";
import { methodOverride } from "../../../src/security-testing/dynamic/probes/method-override.ts";
import { UNKNOWN } from "./surface-api.ts";
import type { Asked, Routes } from "./tiny-api.ts";
import { found } from "./tiny.ts";

/** Notes that come and go; a request that names another method is taken for one with it where `reads` says so. */
function notes(reads: (asked: Asked) => string | undefined): Routes {
  const kept = new Set<string>();
  const one: Routes[string] = (asked) => {
    const { who, path, request } = asked;
    const id = path["id"] ?? "";
    if (who === undefined) return UNKNOWN;
    if (!kept.has(id)) return { status: 404 };
    const method = reads(asked) ?? request.method;
    if (method === "DELETE") kept.delete(id);
    if (method === "POST") return { status: 405 };
    return method === "DELETE" ? { status: 204 } : { body: { id } };
  };
  return {
    "POST /notes": ({ who }) => {
      if (who === undefined) return UNKNOWN;
      const id = String(1000 + kept.size);
      kept.add(id);
      return { status: 201, body: { id } };
    },
    "GET /notes/{id}": one,
    "DELETE /notes/{id}": one,
    "POST /notes/{id}": one,
  };
}

const NOTES = `paths:
  /notes:
    post: { operationId: addNote, responses: { "201": { description: made, content: { application/json: { schema: { type: object, properties: { id: { type: string } } } } } } } }
  /notes/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get: { operationId: getNote, responses: { "200": { description: ok } } }
    delete: { operationId: deleteNote, security: [{ oauth: [write] }], responses: { "204": { description: gone } } }
`;

describe("the probe of methods that are named otherwise", () => {
  const field = (name: string) => (asked: Asked) => asked.request.headers[name] as string | undefined;

  it.each([
    ["header X-HTTP-Method-Override", field("x-http-method-override")],
    ["header X-Method-Override", field("x-method-override")],
    ["query _method", ({ query }: Asked) => query.get("_method") ?? undefined],
    ["body /_method", ({ text }: Asked) => new URLSearchParams(text).get("_method") ?? undefined],
  ] as const)("finds that %s is believed", async (parameter, reads) => {
    const isPost = parameter.startsWith("body");
    const found_ = await found(methodOverride, { document: NOTES, api: notes(reads) });
    const expected = `dynamic.method-overridden DELETE /notes/{id} ${parameter}`;
    expect(found_).toEqual(isPost ? [expected] : [expected, expected]);
    expect(await found(methodOverride, { document: NOTES, api: notes(field("x-http-method")), layer: "gate" })).toEqual(
      [],
    );
  });

  it("is silent where the method is the request's own", async () => {
    expect(await found(methodOverride, { document: NOTES, api: notes(() => undefined) })).toEqual([]);
  });
});
