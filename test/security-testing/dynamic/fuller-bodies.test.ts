// Guards requests to APIs that need more than their document says: what is left to the caller is sent where it is needed, and only there.
import { describe, expect, it } from "vitest";
import { objectRead } from "../../../src/security-testing/dynamic/probes/object-read.ts";
import type { Subject } from "../../../src/security-testing/dynamic/subject.ts";
import { fires } from "./shown.ts";
import { probed, tiny } from "./tiny.ts";
import type { Answered, Routes } from "./tiny-api.ts";

const DOCUMENT = `paths:
  /notes:
    post:
      operationId: createNote
      requestBody: { required: true, content: { application/json: { schema: { type: object, required: [title], properties: { title: { type: string, maxLength: 40 }, text: { type: string, maxLength: 40 }, by: { type: string, readOnly: true } } } } } }
      responses: { "201": { description: made } }
  /notes/{id}:
    get:
      operationId: getNote
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { "200": { description: one } }
`;

/** Answers whoever asks; `refuse` says what it does not make. */
function notes(refuse: (sent: Readonly<Record<string, unknown>>) => Answered | undefined) {
  const kept = new Map<string, unknown>();
  const sent: string[] = [];
  const api: Routes = {
    "POST /notes": ({ json, who }) => {
      sent.push(Object.keys(json as object).join());
      const refused = refuse(json as Record<string, unknown>);
      if (refused !== undefined) return refused;
      const id = `n${kept.size}`;
      kept.set(id, { id, ...(json as object), by: who?.sub });
      return { status: 201, body: { id } };
    },
    "GET /notes/{id}": ({ path }) =>
      kept.has(path["id"] ?? "") ? { body: kept.get(path["id"] ?? "") } : { status: 404, body: {} },
  };
  return { api, sent };
}

const prepared = async ({ api }: { readonly api: Routes }) => {
  const context = await tiny({ document: DOCUMENT, api });
  const subject = context.subjects.find(({ operation }) => operation.id === "getNote") as Subject;
  const prepare = async () => context.requests.prepare(subject, context.callers.a);
  return { context, prepare };
};

describe("what makes an object", () => {
  it.each([400, 422, 500])("gets all that may be in its body where %i is answered to what must be", async (status) => {
    const asked = notes(({ text }) => (text === undefined ? { status, body: {} } : undefined));
    const { prepare } = await prepared(asked);
    expect([await prepare(), await prepare()]).toMatchObject([{ path: { id: "n0" } }, { path: { id: "n1" } }]);
    expect(asked.sent).toEqual(["title", "title,text", "title,text"]);
  });

  it("gets no more than it must where that will do", async () => {
    const asked = notes(() => undefined);
    const { prepare } = await prepared(asked);
    expect(await prepare()).toMatchObject({ path: { id: "n0" } });
    expect(asked.sent).toEqual(["title"]);
  });

  it.each([
    ["is tried once more, and then as before", 400, ["title", "title,text", "title"]],
    ["is not tried again where the refusal is about who asks", 403, ["title", "title"]],
    ["is not tried again where it is about what is there", 409, ["title", "title"]],
  ] as const)("%s", async (_how, status, expected) => {
    const asked = notes(() => ({ status, body: {} }));
    const { prepare } = await prepared(asked);
    const why = `createNote answers ${status}`;
    expect([await prepare(), await prepare()]).toEqual([{ why }, { why }]);
    expect(asked.sent).toEqual(expected);
  });
});

it("finds what such an object shows to others", async () => {
  const { context } = await prepared(notes(({ text }) => (text === undefined ? { status: 500, body: {} } : undefined)));
  const { findings, untested } = await probed(objectRead, context);
  expect(untested).toEqual([]);
  expect(findings.map(({ rule }) => rule)).toEqual(["dynamic.object-read-by-another"]);
  fires(findings, "dynamic.object-read-by-another");
});
