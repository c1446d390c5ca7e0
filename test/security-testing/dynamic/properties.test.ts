// Guards the probes of property level: what is taken over and should not be, what is answered and should not be.
import { describe, expect, it } from "vitest";
import { answerProperties } from "../../../src/security-testing/dynamic/probes/answer-properties.ts";
import { properties } from "../../../src/security-testing/dynamic/probes/properties.ts";
import { type Flaw, NOTES, notesApi } from "./notes-api.ts";
import { fires, isSilent } from "./shown.ts";
import type { Routes } from "./tiny-api.ts";
import { found, probed, tiny } from "./tiny.ts";

const at = (...flaws: readonly Flaw[]) => ({ document: NOTES, api: notesApi(...flaws) });

describe("what callers should not set", () => {
  it.each([
    ["role", "dynamic.property-assigned PATCH /me body /role"],
    ["balance", "dynamic.read-only-accepted PATCH /me body /balance"],
    ["owner", "dynamic.property-assigned POST /notes body /owner"],
  ] as const)("is found where it is taken over: %s", async (flaw, expected) => {
    expect(await found(properties, at(flaw))).toEqual([expected]);
  });

  it("is not found where nothing is taken over", async () => {
    expect(await found(properties, at())).toEqual([]);
  });

  it("is none where whatever is sent is kept: such a name means nothing there", async () => {
    expect(await found(properties, at("keeps all"))).toEqual([]);
  });

  it("is stopped by the gate where it is read-only", async () => {
    expect(await found(properties, { ...at("balance", "role"), layer: "gate" })).toEqual([
      "dynamic.property-assigned PATCH /me body /role",
    ]);
  });

  it("is found where the gate lets what is read-only through, though the API does not take it over", async () => {
    const { client, ...context } = await tiny(at());
    const send: typeof client.send = async (wire, options) => ({
      ...(await client.send(wire, options)),
      layer: "gate",
    });
    // A gate that lets everything through.
    const open = { ...context, client: { ...client, send }, target: { ...context.target, layer: "gate" as const } };
    const { findings } = await probed(properties, open);
    expect(findings).toMatchObject([
      { rule: "dynamic.read-only-accepted", parameter: "body /balance", severity: "medium" },
    ]);
  });

  it("is none where one of the alternatives may be sent with it", async () => {
    const schema =
      "anyOf: [{ type: object, properties: { level: { type: integer, readOnly: true } } }, { type: object, properties: { level: { type: integer } } }]";
    const document = `paths:
  /me:
    get: { operationId: getMe, responses: { "200": { description: x } } }
    patch:
      operationId: updateMe
      security: [{ oauth: [write] }]
      requestBody: { required: true, content: { application/json: { schema: { ${schema} } } } }
      responses: { "200": { description: x } }
`;
    const me = { level: 1 };
    const api: Routes = {
      "GET /me": () => ({ body: me }),
      "PATCH /me": ({ json }) => ({ body: Object.assign(me, json) }),
    };
    expect(await found(properties, { document, api })).toEqual([]);
  });

  it("is put back", async () => {
    const api = notesApi("role");
    const context = await tiny({ document: NOTES, api });
    await probed(properties, context);
    const me = context.subjects.find(({ operation }) => operation.id === "getMe");
    const a = await context.callers.allowed("getMe", "a");
    if (me === undefined || a === undefined) throw new Error("there is no such operation");
    const values = await context.requests.prepare(me, a);
    if ("why" in values) throw new Error(values.why);
    const { reply } = await context.client.send(context.requests.wire(me, values, a));
    expect(JSON.parse(reply?.body.toString() ?? "")).toMatchObject({ role: "customer" });
  });
});

describe("what answers should not tell", () => {
  it.each([
    ["pin", ["dynamic.write-only-answered GET /me answer /pin"]],
    [
      "cost",
      [
        "dynamic.property-undeclared-answered GET /notes answer /*/cost",
        "dynamic.property-undeclared-answered GET /notes/{id} answer /cost",
        "dynamic.property-undeclared-answered PATCH /notes/{id} answer /cost",
        "dynamic.property-undeclared-answered POST /notes answer /cost",
      ],
    ],
  ] as const)("is found: %s", async (flaw, expected) => {
    expect(await found(answerProperties, at(flaw))).toEqual(expected);
  });

  it("is not found where they tell nothing of it", async () => {
    expect(await found(answerProperties, at())).toEqual([]);
  });

  it("is stopped by a gate that strips", async () => {
    const configuration =
      "authentication:\n  oauth: { issuer: https://i.example/, audience: https://api.example }\nvalidation: { responses: strip }\n";
    expect(await found(answerProperties, { ...at("pin", "cost"), layer: "gate", configuration })).toEqual([]);
  });
});

describe("what is made and cannot be read", () => {
  const document = `paths:
  /accounts:
    post:
      operationId: register
      security: []
      requestBody: { required: true, content: { application/json: { schema: { type: object, required: [email], properties: { email: { type: string, format: email } } } } } }
      responses: { "201": { description: made } }
`;
  const registering = (answer: (sent: Readonly<Record<string, unknown>>) => object): Routes => {
    const known = new Set<unknown>();
    return {
      "POST /accounts": ({ json }) => {
        if (known.has(json.email)) return { status: 409, body: {} };
        known.add(json.email);
        return { status: 201, body: { id: known.size, ...answer(json as Record<string, unknown>) } };
      },
    };
  };
  const ROLE = "dynamic.property-assigned POST /accounts body /role";

  it.each([
    [
      "its answer has what was sent",
      ({ email, role = "member" }: { email?: unknown; role?: unknown }) => ({ email, role }),
      [ROLE],
    ],
    ["its answer has what the API chose", ({ email }: { email?: unknown }) => ({ email, role: "member" }), []],
    ["it answers whatever it was sent", (sent: object) => ({ role: "member", ...sent }), []],
    ["its answer tells nothing", () => ({}), []],
  ] as const)("is found only by its answer: %s", async (_how, answer, expected) => {
    const findings = await found(properties, { document, api: registering(answer) });
    expect(findings).toEqual(expected);
    if (expected.length > 0) fires(findings, "dynamic.property-assigned");
    else isSilent(findings, "dynamic.property-assigned");
  });

  it("is tentative", async () => {
    const api = registering(({ email, role = "member" }) => ({ email, role }));
    const { findings } = await probed(properties, await tiny({ document, api }));
    expect(findings).toMatchObject([{ confidence: "tentative", evidence: [{}, {}] }]);
  });
});

it("is found beside the owner's name: what was given away cannot be changed any more", async () => {
  const document = `paths:
  /orders:
    post: { operationId: make, responses: { "201": { description: made } } }
  /orders/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get: { operationId: read, responses: { "200": { description: one } } }
    patch:
      operationId: change
      requestBody: { required: true, content: { application/json: { schema: { type: object, properties: { note: { type: string, maxLength: 40 } } } } } }
      responses: { "200": { description: one } }
`;
  const orders = new Map<string, { id: string; customer: string; status: string; note: string }>();
  const none = { status: 404, body: {} };
  const api: Routes = {
    "POST /orders": ({ who }) => {
      const order = { id: crypto.randomUUID(), customer: who?.sub ?? "", status: "open", note: "" };
      orders.set(order.id, order);
      return { status: 201, body: order };
    },
    "GET /orders/{id}": ({ path }) => {
      const order = orders.get(path["id"] ?? "");
      return order === undefined ? none : { body: order };
    },
    "PATCH /orders/{id}": ({ path, json, who }) => {
      const order = orders.get(path["id"] ?? "");
      if (order === undefined || order.customer !== who?.sub) return none;
      const { note = order.note, status = order.status, customer = order.customer } = json;
      Object.assign(order, { note, status, customer });
      return { body: order };
    },
  };
  const change = (await found(properties, { document, api })).filter((one) => one.includes("PATCH"));
  expect(change).toEqual([
    "dynamic.property-assigned PATCH /orders/{id} body /customer",
    "dynamic.property-assigned PATCH /orders/{id} body /status",
  ]);
});
