// `unmatched`: what no operation matches is denied, or goes on; nobody reaches a guarded handler by Express's lax routing.
import { describe, expect, it } from "vitest";
import { ask } from "../gateway/harness.ts";
import { mounted } from "./mounting.ts";

/** A token is asked for: whoever reaches a handler without one came around the gate. */
const DOCUMENT = `openapi: 3.1.0
info: { title: Orders, version: "1" }
security: [{ oauth: [] }]
paths:
  /orders: { get: { operationId: list, responses: { default: { description: any } } } }
  /orders/{id}: { get: { operationId: one, parameters: [{ name: id, in: path, required: true, schema: { type: string } }], responses: { default: { description: any } } } }
  /files/{name}.json: { get: { operationId: file, parameters: [{ name: name, in: path, required: true, schema: { type: string } }], responses: { default: { description: any } } } }
  /a:b: { get: { operationId: odd, responses: { default: { description: any } } } }
  /closed/: { get: { operationId: closed, responses: { default: { description: any } } } }
components:
  securitySchemes: { oauth: { type: http, scheme: bearer } }
`;
const text = "authentication:\n  oauth: { issuer: https://i.example/, audience: a }\n";

function shop(unmatched?: "deny" | "next", before: "gate" | "none" = "gate") {
  const reached: string[] = [];
  const options = { document: DOCUMENT, text, ...(unmatched === undefined ? {} : { unmatched }) };
  const starting = mounted((app, gate) => {
    if (before === "gate") app.use(gate);
    const handle = (name: string) => (_request: unknown, response: { send(body: string): unknown }) => {
      reached.push(name);
      response.send(name);
    };
    app.get("/orders", handle("orders"));
    app.get("/orders/:id", handle("order"));
    app.get("/files/:name.json", handle("file"));
    app.get("/a\\:b", handle("odd"));
    app.get("/closed", handle("closed"));
    app.get("/page", handle("page"));
    app.post("/page", handle("posted"));
  }, options);
  return starting.then((started) => ({ ...started, reached }));
}

/** Spellings that Express, or a server that decodes, takes for a declared path. */
const SPELLINGS =
  `/ORDERS /Orders /orders/ /ORDERS/ /orders? /orders/?x=1 /orders/7/ /ORDERS/7 /Orders/7/ /orders/7/?x //orders /orders//7 /orders/./7 /x/../orders /%6frders /%6Frders /%4fRDERS /%256frders /orders%2f7 /orders%2F /orders;v=1 /orders/7;a /files/x.JSON /files/x.json/ /FILES/x.json /A:B /a%3Ab /A%3ab /closed /CLOSED/ /orders\\7`.split(
    " ",
  );

describe("without the gate", () => {
  it("Express routes several spellings to the handlers: the attack works", async () => {
    const { url, reached } = await shop(undefined, "none");
    for (const path of ["/ORDERS", "/orders/", "/ORDERS/7/", "/A:B", "/FILES/x.json/"]) await ask(url + path);
    expect(reached).toEqual(["orders", "orders", "order", "odd", "file"]);
  });
});

describe.each(["deny", "next"] as const)("unmatched: %s", (unmatched) => {
  it("lets no spelling of a declared path reach its handler", async () => {
    const { url, reached } = await shop(unmatched);
    for (const path of SPELLINGS) {
      for (const method of ["GET", "HEAD"]) {
        const { status } = await ask(url + path, { method });
        expect({ path, method, status }).toEqual({
          path,
          method,
          status: expect.toSatisfy((s) => s >= 400 && s < 405),
        });
      }
    }
    expect(reached).toEqual([]);
  });

  it.each([
    ["POST", "/orders", {}, 405],
    ["OPTIONS", "/orders", {}, 405],
    ["POST", "/page", { "x-http-method-override": "GET" }, 400],
    ["GET", "/page", { "x-original-url": "/orders" }, unmatched === "next" ? 200 : 404],
    ["TRACE", "/orders", {}, 501],
  ] as const)("%s %s %o: %i", async (method, path, headers, status) => {
    const { url, reached } = await shop(unmatched);
    expect((await ask(url + path, { method, headers })).status).toBe(status);
    expect(reached).not.toContain("orders");
  });
});

describe("what lies outside the document", () => {
  it("is denied by default", async () => {
    const { url, reached, nth } = await shop();
    expect((await ask(`${url}/page`)).status).toBe(404);
    expect(reached).toEqual([]);
    expect((await nth(1)).denial?.reason).toBe("validation.operation-undeclared");
  });

  it("goes on where asked for, with a record that says so, and without a limit of its body", async () => {
    const { url, reached, nth } = await shop("next");
    const { status, headers } = await ask(`${url}/page`);
    expect([status, headers["x-powered-by"], headers["x-content-type-options"]]).toEqual([200, undefined, "nosniff"]);
    const { denial, notes, operation, answerStatus } = await nth(1);
    expect([denial, operation, answerStatus]).toEqual([undefined, undefined, 200]);
    expect(notes).toMatchObject([{ kind: "noticed", text: "let through: no operation matches" }]);
    expect((await ask(`${url}/page`, { method: "POST", body: Buffer.alloc(2_000_000) })).status).toBe(200);
    expect(reached).toEqual(["page", "posted"]);
  });

  it("keeps what the application says of CORS, which declared operations do not", async () => {
    const cors = 'transport: { cors: { origins: ["https://app.example"] } }\n';
    const options = { document: DOCUMENT, text: cors + text, unmatched: "next" as const };
    const { url } = await mounted((app, gate) => {
      app.use(gate);
      app.use((_request, response) => void response.set("Access-Control-Allow-Origin", "https://own.example").end());
    }, options);
    const headers = { origin: "https://app.example" };
    const [own, declared] = [await ask(`${url}/page`, { headers }), await ask(`${url}/orders`, { headers })];
    expect(own.headers["access-control-allow-origin"]).toBe("https://own.example");
    expect([declared.status, declared.headers["access-control-allow-origin"]]).toEqual([401, "https://app.example"]);
  });

  it("is the application's 404 where it has no such path either", async () => {
    const { url } = await shop("next");
    const { status, body } = await ask(`${url}/none`);
    expect([status, body.includes("Cannot GET /none")]).toEqual([404, true]);
  });
});
