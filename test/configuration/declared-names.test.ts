// Guards that what a document declares gets through: fields with unusual names, API keys in the query; and nothing like them.
import { describe, expect, it } from "vitest";
import { runRequestGuards } from "../../src/core/run.ts";
import { composed, enter } from "./composing.ts";

const DOCUMENT = `openapi: 3.1.0
info: { title: Pets, version: "1" }
paths:
  /pets/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
    delete:
      operationId: deletePet
      security: []
      parameters:
        - { name: api_key, in: header, schema: { type: string } }
        - { name: x_both, in: header, schema: { type: string } }
        - { name: X-Both, in: header, schema: { type: string } }
      responses: { default: { description: none } }
    get:
      operationId: getPet
      security: [{ fieldKey: [] }]
      responses: { default: { description: none } }
    put:
      operationId: putPet
      security: [{ queryKey: [] }]
      parameters: [{ name: X-Usual, in: header, schema: { type: string } }]
      responses: { default: { description: none } }
components:
  securitySchemes:
    fieldKey: { type: apiKey, in: header, name: Shop_Key }
    queryKey: { type: apiKey, in: query, name: key }
`;

const KEYS = "authentication:\n  fieldKey: { checkedByUpstream: true }\n  queryKey: { checkedByUpstream: true }\n";

async function fieldsOf(method: string) {
  const { gate } = enter(await composed(KEYS, { document: DOCUMENT }), method, "/pets/7");
  const { unusual, withheld } = gate.declaredFields ?? {};
  return { unusual: [...(unusual ?? [])], withheld: [...(withheld ?? [])] };
}

describe("fields with an underscore", () => {
  it("go on where the operation declares them as parameter, and their twins do not", async () => {
    expect(await fieldsOf("DELETE")).toEqual({ unusual: ["api_key", "x_both"], withheld: ["api-key", "shop-key"] });
  });

  it("go on where a scheme of the operation carries its key in them", async () => {
    expect(await fieldsOf("GET")).toEqual({ unusual: ["shop_key"], withheld: ["shop-key"] });
  });

  it("do not go on because another operation declares them", async () => {
    expect(await fieldsOf("PUT")).toEqual({ unusual: [], withheld: ["shop-key"] });
  });
});

describe("an API key in the query", () => {
  it("is declared by its scheme, for operations that ask for it, where unknown parameters are denied", async () => {
    const text = `${KEYS}validation: { unknownParameters: enforce }\n`;
    const composition = await composed(text, { document: DOCUMENT });
    const verdict = async (method: string, query: string) => {
      const { gate, exchange } = enter(composition, method, `/pets/7?${query}`);
      return (await runRequestGuards(gate.head, exchange))?.kind ?? "passes";
    };
    expect(await verdict("PUT", "key=1")).toBe("passes");
    expect(await verdict("PUT", "key=1&other=1")).toBe("deny");
    expect(await verdict("DELETE", "key=1")).toBe("deny");
  });
});
