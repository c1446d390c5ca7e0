// Guards the probes of object level: each fires at its flaw, and at nothing else, least of all at what is shared by design.
import { describe, expect, it } from "vitest";
import { objectChange, objectDelete } from "../../../src/security-testing/dynamic/probes/object-change.ts";
import { objectRead } from "../../../src/security-testing/dynamic/probes/object-read.ts";
import { type Flaw, NOTES, notesApi } from "./notes-api.ts";
import type { Answered, Routes } from "./tiny-api.ts";
import { found, probed, tiny, type TinyOptions } from "./tiny.ts";

const at = (...flaws: readonly Flaw[]) => ({ document: NOTES, api: notesApi(...flaws) });

describe("reading what is another's", () => {
  it.each([
    [
      "read",
      [
        "dynamic.object-read-by-another GET /notes/{id} path id",
        "dynamic.object-read-by-another GET /notes/{id}/lines/{line} path line",
      ],
    ],
    ["print", ["dynamic.object-read-by-another GET /notes/{id}/print path id"]],
    ["line", ["dynamic.object-read-by-another GET /notes/{id}/lines/{line} path line"]],
    ["told", expect.arrayContaining(["dynamic.object-existence-leak GET /notes/{id} path id"])],
  ] as const)("is found where the flaw is: %s", async (flaw, expected) => {
    expect(await found(objectRead, at(flaw))).toEqual(expected);
  });

  it("is not found where there is no flaw", async () => {
    const { findings, untested } = await probed(objectRead, await tiny(at()));
    expect({ findings, untested }).toEqual({ findings: [], untested: [] });
  });

  it("is not found where all see the same list", async () => {
    expect(await found(objectRead, at("shared"))).toEqual([]);
  });

  it("is found behind a gate, too: it does not know whose a note is", async () => {
    expect(await found(objectRead, { ...at("print"), layer: "gate" })).toEqual([
      "dynamic.object-read-by-another GET /notes/{id}/print path id",
    ]);
  });

  it("names who did what, and shows it", async () => {
    const { findings } = await probed(objectRead, await tiny(at("print")));
    expect(findings[0]).toMatchObject({ confidence: "certain", operation: { id: "printNote" } });
    expect(findings[0]?.evidence.map(({ say }) => say)).toEqual([
      expect.stringContaining("who made it"),
      expect.stringContaining("reads the same"),
      expect.stringContaining("nobody has"),
    ]);
  });
});

describe("changing what is another's", () => {
  it("is found where the flaw is", async () => {
    expect(await found(objectChange, at("change"))).toEqual([
      "dynamic.object-changed-by-another PATCH /notes/{id} path id",
      "dynamic.object-changed-by-another POST /notes/{id}/lines path id",
    ]);
  });

  it.each(["read", "delete", "shared"] as const)("is not found at another flaw: %s", async (flaw) => {
    expect(await found(objectChange, at(flaw))).toEqual([]);
  });
});

describe("deleting what is another's", () => {
  it("is found where the flaw is", async () => {
    expect(await found(objectDelete, at("delete"))).toEqual([
      "dynamic.object-deleted-by-another DELETE /notes/{id} path id",
    ]);
  });

  it.each(["read", "change", "shared", "after delete"] as const)("is not found at another flaw: %s", async (flaw) => {
    expect(await found(objectDelete, at(flaw))).toEqual([]);
  });
});

/** Tickets without a list: who reads and closes them is told by the test. */
function tickets(read: (owner: string, who: string) => Answered, roles = ""): TinyOptions {
  const owners = new Map<string, string>();
  const ok = 'responses: { "200": { description: x, content: { application/json: {} } } }';
  const document = `paths:
  /tickets:
    post: { operationId: open, security: [{ oauth: [write] }], ${ok} }
  /tickets/{ticketId}:
    parameters: [{ name: ticketId, in: path, required: true, schema: { type: string } }]
    get: { operationId: look, ${ok} }
`;
  const api: Routes = {
    "POST /tickets": ({ who }) => {
      const id = crypto.randomUUID();
      owners.set(id, who?.sub ?? "");
      return { status: 201, body: { id } };
    },
    "GET /tickets/{ticketId}": ({ path, who }) => {
      const owner = owners.get(path["ticketId"] ?? "");
      return owner === undefined ? { status: 404 } : read(owner, who?.sub ?? "");
    },
  };
  const configuration =
    "authentication:\n  oauth: { issuer: https://i.example/, audience: https://api.example, claims: { roles: [roles] } }\n" +
    (roles === ""
      ? ""
      : `authorization: { roles: { agent: {} } }\noperations:\n  look: { authorization: { roles: [${roles}] } }\n`);
  return { document, api, configuration };
}

describe("what looks like it", () => {
  const all = { subject: "printer", state: "open" };

  it("may be found where no list tells whose it is", async () => {
    expect(
      await found(
        objectRead,
        tickets(() => ({ body: all })),
      ),
    ).toEqual(["dynamic.object-read-by-another GET /tickets/{ticketId} path ticketId"]);
  });

  it.each([
    ["a part that is for all", (owner: string, who: string) => ({ body: owner === who ? all : { state: "open" } })],
    ["an answer that says nothing", () => ({ body: {} })],
    ["an empty one", () => ({ status: 204 })],
    ["a refusal by 200", (owner: string, who: string) => ({ body: owner === who ? all : { error: "not yours" } })],
    ["the same refusal as for none", (owner: string, who: string) => (owner === who ? { body: all } : { status: 404 })],
  ])("is not taken for it: %s", async (_, read) => {
    expect(await found(objectRead, tickets(read))).toEqual([]);
  });

  it("is the work of those who have a role for it", async () => {
    expect(
      await found(
        objectRead,
        tickets(() => ({ body: all }), "agent"),
      ),
    ).toEqual([]);
  });
});
