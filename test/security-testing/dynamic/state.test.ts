// Guards the probes of state: what is used after its end, left by a failure, or has its effect again.
import { describe, expect, it } from "vitest";
import { failedCreate } from "../../../src/security-testing/dynamic/probes/failed-create.ts";
import { flowRepeated } from "../../../src/security-testing/dynamic/probes/flow-repeated.ts";
import { useAfterDelete } from "../../../src/security-testing/dynamic/probes/use-after-delete.ts";
import { type Flaw, NOTES, notesApi } from "./notes-api.ts";
import type { Answered, Routes } from "./tiny-api.ts";
import { found, probed, tiny } from "./tiny.ts";

const at = (...flaws: readonly Flaw[]) => ({ document: NOTES, api: notesApi(...flaws) });

describe("what was deleted", () => {
  it("is found where it is still answered", async () => {
    const { findings } = await probed(useAfterDelete, await tiny(at("after delete")));
    expect(findings.map(({ parameter, confidence }) => [parameter, confidence])).toEqual([
      ["path id", "certain"],
      ["path id", "tentative"],
    ]);
  });

  it("is found where only something below it is still answered, which may be meant so", async () => {
    const { findings } = await probed(useAfterDelete, await tiny(at("print after delete")));
    expect(findings.map(({ severity, confidence }) => [severity, confidence])).toEqual([["low", "tentative"]]);
  });

  it("is gone where there is no flaw", async () => {
    expect(await found(useAfterDelete, at())).toEqual([]);
  });
});

describe("what a link names by the same id", () => {
  const ok = 'responses: { "200": { description: x, content: { application/json: {} } } }';
  const id = (name: string) => `parameters: [{ name: ${name}, in: path, required: true, schema: { type: string } }]`;
  const document = `paths:
  /orders:
    post:
      operationId: order
      security: [{ oauth: [write] }]
      responses:
        "201":
          description: x
          links:
            it: { operationId: look, parameters: { id: "$response.body#/id" } }
            remove: { operationId: remove, parameters: { id: "$response.body#/id" } }
            bill: { operationId: bill, parameters: { order: "$response.body#/id" } }
            customer: { operationId: customer, parameters: { id: "$response.body#/customer" } }
  /orders/{id}:
    ${id("id")}
    get: { operationId: look, ${ok} }
    delete: { operationId: remove, security: [{ oauth: [write] }], ${ok} }
  /bills/{order}: { ${id("order")}, get: { operationId: bill, ${ok} } }
  /customers/{id}: { ${id("id")}, get: { operationId: customer, ${ok} } }
`;
  const api = (keeps: boolean): Routes => {
    const orders = new Set<string>();
    const of = (id: string | undefined, body: object) => (orders.has(id ?? "") ? { body } : { status: 404 });
    return {
      "POST /orders": () => {
        const id = crypto.randomUUID();
        orders.add(id);
        return { status: 201, body: { id, customer: "c1" } };
      },
      "GET /orders/{id}": ({ path }) => of(path["id"], { customer: "c1" }),
      "DELETE /orders/{id}": ({ path }) => {
        if (!keeps) orders.delete(path["id"] ?? "");
        return { status: 204 };
      },
      "GET /bills/{order}": ({ path }) => of(path["order"], { cents: 5 }),
      "GET /customers/{id}": () => ({ body: { name: "Carl" } }),
    };
  };

  it("is looked for, too, and what it names by another is not", async () => {
    const { findings } = await probed(useAfterDelete, await tiny({ document, api: api(true) }));
    const named = findings.map(({ message }) => / by (.*),/.exec(message)?.[1]);
    expect(named).toEqual(["GET /orders/{id}", "GET /bills/{order}"]);
    expect(await found(useAfterDelete, { document, api: api(false) })).toEqual([]);
  });
});

describe("what could not be created", () => {
  it("is found where it was left", async () => {
    expect(await found(failedCreate, at("left"))).toEqual(["dynamic.failed-create-left POST /notes body /kind"]);
  });

  it("is not there where there is no flaw", async () => {
    expect(await found(failedCreate, at())).toEqual([]);
  });
});

describe("what happens once", () => {
  it("is found where it happens again", async () => {
    const { findings } = await probed(flowRepeated, await tiny(at("again")));
    expect(findings).toMatchObject([{ rule: "dynamic.flow-repeated", parameter: "body /code", confidence: "certain" }]);
  });

  it("is not found where the second is refused", async () => {
    expect(await found(flowRepeated, at())).toEqual([]);
  });
});

describe("what looks like it", () => {
  /** A thing whose deletion is answered and shown as the test says. */
  function things(deleted: { status: number }, shown: (calls: number) => Answered): { document: string; api: Routes } {
    const ok = 'responses: { "200": { description: x, content: { application/json: {} } } }';
    const document = `paths:
  /things:
    post: { operationId: make, security: [{ oauth: [write] }], ${ok} }
  /things/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get: { operationId: look, ${ok} }
    delete: { operationId: remove, security: [{ oauth: [write] }], ${ok} }
`;
    let calls: number | undefined;
    const api: Routes = {
      "POST /things": () => ({ status: 201, body: { id: "abc-1" } }),
      "GET /things/{id}": ({ path }) => {
        if (path["id"] !== "abc-1") return { status: 404 };
        if (calls === undefined) return { body: { id: "abc-1", state: "new" } };
        calls += 1;
        return shown(calls);
      },
      "DELETE /things/{id}": () => {
        calls = 0;
        return deleted;
      },
    };
    return { document, api };
  }
  const same = () => ({ body: { id: "abc-1", state: "new" } });

  it("is found where it stays as it was", async () => {
    expect(await found(useAfterDelete, things({ status: 204 }, same))).toHaveLength(1);
  });

  it.each([
    ["what is marked as cancelled", { status: 204 }, () => ({ body: { id: "abc-1", state: "cancelled" } })],
    ["what will be deleted", { status: 202 }, same],
    ["what could not be deleted", { status: 409 }, same],
    ["what is gone a moment later", { status: 204 }, (calls: number) => (calls === 1 ? same() : { status: 404 })],
  ])("is not taken for it: %s", async (_, deleted, shown) => {
    expect(await found(useAfterDelete, things(deleted, shown))).toEqual([]);
  });
});
