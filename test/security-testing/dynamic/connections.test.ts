// How a run connects operations: what a path names is made by one, told by its answer, or shown by a list.
import { describe, expect, it } from "vitest";
import type { ProbeContext } from "../../../src/security-testing/dynamic/probe.ts";
import type { RequestValues } from "../../../src/security-testing/dynamic/requests.ts";
import type { Subject } from "../../../src/security-testing/dynamic/subject.ts";
import { tiny, type TinyOptions } from "./tiny.ts";
import type { Routes } from "./tiny-api.ts";

const PUBLIC = `openapi: 3.1.0\ninfo: { title: T, version: "1" }\nsecurity: []\n`;

describe("what a path names", () => {
  const get = (id: string, parameter = "id", schema = "{ type: string }") => `
    parameters: [{ name: ${parameter}, in: path, required: true, schema: ${schema} }]
    get: { operationId: ${id}, responses: { "200": { description: One. } } }
    delete: { operationId: delete${id}, responses: { "204": { description: Gone. } } }
`;
  const post = (id: string, more = "") => `
    post: { operationId: ${id}, responses: { "201": { description: Made.${more === "" ? "" : `, ${more}`} } } }
`;
  const made = (id: unknown, headers = {}) => ({
    "POST /orders": () => ({ status: 201, body: id, headers }),
  });
  const orders = (more = "", parameter = "orderId", schema?: string) =>
    `  /orders:${post("make", more)}  /orders/{${parameter}}:${get("One", parameter, schema)}`;

  it.each([
    [
      "by a link",
      orders(`links: { one: { operationId: One, parameters: { orderId: "$response.body#/deep/number" } } }`),
      made({ id: "wrong", deep: { number: "n1" } }),
      "n1",
    ],
    [
      "by the link's header",
      orders(`links: { one: { operationId: One, parameters: { path.orderId: "$response.header.X-Made" } } }`),
      made({}, { "X-Made": "h1" }),
      "h1",
    ],
    ["by the parameter's name", orders(), made({ orderId: "o1" }), "o1"],
    ["by id", orders(), made({ id: "i1" }), "i1"],
    ["by id as a number", orders("", "orderId", "{ type: integer }"), made({ id: 17 }), 17],
    ["by id within data", orders(), made({ data: { id: "d1" } }), "d1"],
    ["by Location", orders(), made("", { Location: "/orders/l1" }), "l1"],
    [
      "by Location of another host, as a number",
      orders("", "orderId", "{ type: integer }"),
      made("", { Location: "https://x.example/orders/42" }),
      42,
    ],
  ])("is found %s in what a POST answers", async (_how, paths, api, id) => {
    const { context, values } = await prepared(
      { document: `${PUBLIC}paths:\n${paths}`, api, configuration: "" },
      "One",
    );
    expect(values.path).toEqual({ orderId: id });
    expect(context.requests.isOwn(subjectOf(context, "deleteOne"), values)).toBe(true);
    expect(context.requests.isOwn(subjectOf(context, "deleteOne"), { ...values, path: { orderId: "other" } })).toBe(
      false,
    );
  });

  it("is made anew each time", async () => {
    let count = 0;
    const api: Routes = { "POST /orders": () => ({ status: 201, body: { id: `n${(count += 1)}` } }) };
    const { context, values } = await prepared(
      { document: `${PUBLIC}paths:\n${orders()}`, api, configuration: "" },
      "One",
    );
    const again = (await context.requests.prepare(subjectOf(context, "One"), context.callers.a)) as RequestValues;
    expect([values.path, again.path]).toEqual([{ orderId: "n1" }, { orderId: "n2" }]);
  });

  it("is made within what the path names first", async () => {
    const paths = `${orders()}  /orders/{orderId}/items:
    parameters: [{ name: orderId, in: path, required: true, schema: { type: string } }]${post("add")}  /orders/{orderId}/items/{itemId}:
    parameters: [{ name: orderId, in: path, required: true, schema: { type: string } }, { name: itemId, in: path, required: true, schema: { type: string } }]
    get: { operationId: item, responses: { "200": { description: One. } } }
`;
    const api: Routes = {
      ...made({ id: "o1" }),
      "POST /orders/{orderId}/items": ({ path }) => ({ status: 201, body: { id: `${path["orderId"]}-1` } }),
    };
    const { values } = await prepared({ document: `${PUBLIC}paths:\n${paths}`, api, configuration: "" }, "item");
    expect(values.path).toEqual({ orderId: "o1", itemId: "o1-1" });
  });

  it("is put where a client chooses the name", async () => {
    const paths = `  /things/{key}:
    parameters: [{ name: key, in: path, required: true, schema: { type: string, pattern: "^k[0-9]{4}$" } }]
    put: { operationId: put, responses: { "201": { description: Made. } } }
    get: { operationId: One, responses: { "200": { description: One. } } }
`;
    const keys: string[] = [];
    const api: Routes = {
      "PUT /things/{key}": ({ path }) => ({ status: 201, body: keys.push(path["key"] as string) }),
    };
    const { values } = await prepared({ document: `${PUBLIC}paths:\n${paths}`, api, configuration: "" }, "One");
    expect(values.path).toEqual({ key: keys[0] });
  });

  it("is taken from a list where nothing makes it, and is not the run's own", async () => {
    const paths = `  /orders:
    get: { operationId: list, responses: { "200": { description: All. } } }
  /orders/{orderId}:${get("One", "orderId")}`;
    const api: Routes = { "GET /orders": () => ({ body: { items: [{ id: "first" }, { id: "second" }] } }) };
    const { context, values } = await prepared(
      { document: `${PUBLIC}paths:\n${paths}`, api, configuration: "" },
      "One",
    );
    expect(values.path).toEqual({ orderId: "first" });
    expect(context.requests.isOwn(subjectOf(context, "deleteOne"), values)).toBe(false);
  });

  it("is given by the owner of the API before all", async () => {
    const given = new Map([["One", { path: { orderId: "given" } }]]);
    const options = { document: `${PUBLIC}paths:\n${orders()}`, api: made({ id: "made" }), configuration: "", given };
    expect((await prepared(options, "One")).values.path).toEqual({ orderId: "given" });
  });

  it("leaves a request unmade where nobody tells", async () => {
    const context = await tiny({
      document: `${PUBLIC}paths:\n  /orders/{orderId}:${get("One", "orderId")}`,
      api: {},
      configuration: "",
    });
    const subject = subjectOf(context, "One");
    expect(await context.requests.prepare(subject, context.callers.a)).toEqual({
      why: "no operation makes what {orderId} names",
    });
    expect(context.requests.invent(subject)).toMatchObject({ path: { orderId: expect.any(String) as string } });
  });

  it("says what the maker answered where that failed", async () => {
    const options = {
      document: `${PUBLIC}paths:\n${orders()}`,
      api: { "POST /orders": () => ({ status: 422 }) },
      configuration: "",
    };
    const context = await tiny(options);
    expect(await context.requests.prepare(subjectOf(context, "One"), context.callers.a)).toEqual({
      why: "make answers 422",
    });
  });

  it("is read by the operation that is there for it", async () => {
    const paths = `${orders()}  /orders/{orderId}/refund:
    parameters: [{ name: orderId, in: path, required: true, schema: { type: string } }]${post("refund")}  /me:
    get: { operationId: me, responses: { "200": { description: Me. } } }
  /me/avatar:${post("avatar")}`;
    const context = await tiny({ document: `${PUBLIC}paths:\n${paths}`, api: {}, configuration: "" });
    const reader = (id: string) => context.requests.readerOf(subjectOf(context, id))?.operation.id;
    expect(["refund", "deleteOne", "avatar", "make"].map(reader)).toEqual(["One", "One", "me", undefined]);
    const own = (id: string) => context.requests.isOwn(subjectOf(context, id), { path: {} } as RequestValues);
    expect(["avatar", "make"].map(own)).toEqual([true, false]);
  });
});

it("names things that lists of the API show", async () => {
  const document = `${PUBLIC}paths:
  /products:
    get: { operationId: products, responses: { "200": { description: All. } } }
  /orders:
    post:
      operationId: order
      requestBody: { required: true, content: { application/json: { schema: { type: object, required: [sku, productId, name], properties: { sku: { type: string, pattern: "^[A-Z]{3}-[0-9]{3}$" }, productId: { type: integer }, name: { type: string } } } } } }
      responses: { "201": { description: Made. } }
`;
  const api: Routes = { "GET /products": () => ({ body: [{ sku: "TEA-001", id: 12, name: "Tea" }] }) };
  const { values } = await prepared({ document, api, configuration: "" }, "order");
  expect(values.body).toMatchObject({ sku: "TEA-001", productId: 12 });
  expect(values.body).not.toMatchObject({ name: "Tea" });
});

function subjectOf(context: ProbeContext, id: string): Subject {
  return context.subjects.find(({ operation }) => operation.id === id) as Subject;
}

async function prepared(options: TinyOptions, id: string): Promise<{ context: ProbeContext; values: RequestValues }> {
  const context = await tiny(options);
  const values = await context.requests.prepare(subjectOf(context, id), context.callers.a);
  if ("why" in values) throw new Error(values.why);
  return { context, values };
}
