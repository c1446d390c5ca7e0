// Guards the probes of bounds and bodies: each finds the flaw in a few lines, nothing in the same lines mended, and what the gate stops at the gate no more.
import { describe, expect, it } from "vitest";
import { answers } from "../../../src/security-testing/dynamic/probes/answers.ts";
import { bodySize } from "../../../src/security-testing/dynamic/probes/body-size.ts";
import { gateNets } from "../../../src/security-testing/dynamic/probes/gate-nets.ts";
import { strayInputs } from "../../../src/security-testing/dynamic/probes/stray-inputs.ts";
import { contentType } from "../../../src/security-testing/dynamic/probes/content-type.ts";
import { inputBounds } from "../../../src/security-testing/dynamic/probes/input-bounds.ts";
import { pageSize } from "../../../src/security-testing/dynamic/probes/page-size.ts";
import type { Probe, ProbeContext } from "../../../src/security-testing/dynamic/probe.ts";
import { fires, isSilent } from "./shown.ts";
import { found, probed, tiny, type TinyOptions } from "./tiny.ts";

const OAUTH =
  "authentication:\n  oauth: { issuer: https://i.example/, audience: https://api.example, claims: { roles: [roles] } }\n";

const ORDERS = `paths:
  /orders:
    post:
      operationId: place
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [quantity]
              additionalProperties: false
              properties: { quantity: { type: integer, minimum: 1, maximum: 100 }, note: { type: string, maxLength: 20 } }
              example: { quantity: 2, note: now }
      responses: { "201": { description: ok } }
    get:
      operationId: list
      parameters: [{ name: limit, in: query, schema: { type: integer, minimum: 1 } }]
      responses: { "200": { description: ok, content: { application/json: { schema: { type: array, items: { type: integer } } } } } }
`;

// oxlint-disable-next-line typescript/no-explicit-any -- what comes
const isSound = (json: any) =>
  typeof json === "object" &&
  json !== null &&
  Object.keys(json).every((name) => name === "quantity" || name === "note") &&
  Number.isInteger(json.quantity) &&
  json.quantity >= 1 &&
  json.quantity <= 100 &&
  (json.note === undefined || (typeof json.note === "string" && json.note.length <= 20));
const judged = { "POST /orders": ({ json }: { json: unknown }) => ({ status: isSound(json) ? 201 : 400 }) };
const careless = { "POST /orders": () => ({ status: 201 }) };

/** A gate that only watches, and is to refuse: what nobody at it does. */
async function brokenGate(options: Omit<TinyOptions, "layer" | "configuration">): Promise<ProbeContext> {
  const configuration = `${OAUTH}validation: { requests: monitor, injection: monitor }\n`;
  const context = await tiny({ ...options, layer: "gate", configuration });
  const subjects = context.subjects.map(({ policy, ...subject }) => ({
    ...subject,
    policy: {
      ...policy,
      validation: {
        ...policy.validation,
        requests: "enforce",
        injection: "enforce",
        unknownParameters: "enforce",
        responses: "enforce",
      } as const,
    },
  }));
  return { ...context, subjects };
}

async function says(probe: Probe, context: ProbeContext): Promise<string[]> {
  const { findings } = await probed(probe, context);
  return findings.map(({ message }) => message);
}

describe("a gate that refuses nothing", () => {
  const api = { ...careless, "GET /orders": () => ({ body: [] }) };

  it("is noticed by bounds, by what two readers take for two things, and by what is not declared", async () => {
    expect((await says(inputBounds, await brokenGate({ document: ORDERS, api }))).sort()).toMatchInlineSnapshot(`
      [
        "GET /orders: takes a query limit that comes twice",
        "GET /orders: takes a query limit that is no integer",
        "GET /orders: takes a query portcullisUndeclared that is not declared",
        "POST /orders: takes a body /note that is no string",
        "POST /orders: takes a body /quantity left out although it is required",
        "POST /orders: takes a body left out although it is required",
        "POST /orders: takes a body that has a member twice",
        "POST /orders: takes a body that is no UTF-8",
        "POST /orders: takes a body that is too deep",
        "POST /orders: takes a body with more behind its end",
        "POST /orders: takes a header Content-Encoding that is not known",
        "POST /orders: takes a query portcullisUndeclared that is not declared",
      ]
    `);
  });

  it("is noticed by what no operation declares", async () => {
    const finding = [
      "POST /orders: the gate lets through a member of __proto__ in the query",
      "GET /orders: the gate lets through a member of __proto__ in the query",
      "GET /orders: the gate lets through a body although none is declared",
    ];
    expect((await says(strayInputs, await brokenGate({ document: ORDERS, api }))).sort()).toEqual(finding.sort());
    expect(await found(strayInputs, { document: ORDERS, api, layer: "gate" })).toEqual([]);
  });

  it("is noticed by texts that look like code, where it is to refuse them", async () => {
    const finding = [
      "POST /orders: the gate lets through a body /note that looks like SQL, which the policy has it refuse",
    ];
    expect(await says(gateNets, await brokenGate({ document: ORDERS, api }))).toEqual(finding);
    const configuration = `${OAUTH}validation: { injection: enforce }\n`;
    expect(await found(gateNets, { document: ORDERS, api, layer: "gate", configuration })).toEqual([]);
    expect(await found(gateNets, { document: ORDERS, api, layer: "gate" })).toEqual([]);
  });

  it("is noticed by texts that it is to sanitize, where the API shows them again", async () => {
    const marked = ORDERS.replace("maxLength: 20", "maxLength: 40, x-portcullis-sanitize: [strip-control, trim]");
    const echo = { "POST /orders": ({ json }: { json: unknown }) => ({ status: 201, body: json }) };
    const sanitize = (context: ProbeContext) => ({
      ...context,
      subjects: context.subjects.map(({ policy, ...subject }) => ({
        ...subject,
        policy: { ...policy, validation: { ...policy.validation, injection: "off" } as const },
      })),
    });
    const finding = ["POST /orders: the gate lets through a body /note as it came, which it is to sanitize"];
    expect(await says(gateNets, sanitize(await brokenGate({ document: marked, api: echo })))).toEqual(finding);
    expect(await found(gateNets, { document: marked, api: echo, layer: "gate" })).toEqual([]);
  });

  it("is noticed by media types and sizes", async () => {
    expect(await says(contentType, await brokenGate({ document: ORDERS, api }))).toEqual([
      "POST /orders: reads application/json that is sent as text/plain",
    ]);
    expect(await says(bodySize, await brokenGate({ document: ORDERS, api }))).toEqual([
      "POST /orders: reads a body of 1048577 bytes, where the policy allows 1048576",
    ]);
  });
});

describe("a gate that lets out what it is to hold back", () => {
  it.each([
    ["a status", { status: 418, body: [] }],
    ["a media type", { headers: { "Content-Type": "text/html" }, body: "<p>" }],
    ["a list of something else", { body: ["one"] }],
  ])("is noticed by %s that is not declared", async (_name, answer) => {
    const api = { ...careless, "GET /orders": () => answer };
    expect(await says(answers, await brokenGate({ document: ORDERS, api }))).toEqual([
      expect.stringMatching(/^GET \/orders: the gate lets out .*, although the policy holds answers to the document$/),
    ]);
    const configuration = `${OAUTH}validation: { responses: enforce }\n`;
    expect(await found(answers, { document: ORDERS, api, layer: "gate", configuration })).toEqual([]);
  });
});

describe("bounds", () => {
  it("are found unchecked, the first of each place, beside the gate and not at it", async () => {
    const places = ["body", "body /note", "body /quantity"];
    const all = places.map((place) => `dynamic.input-unchecked POST /orders ${place}`);
    expect(await found(inputBounds, { document: ORDERS, api: careless })).toEqual(all);
    expect(await found(inputBounds, { document: ORDERS, api: careless, layer: "gate" })).toEqual([]);
    expect(await found(inputBounds, { document: ORDERS, api: judged })).toEqual([]);
  });

  it("are found one by one", async () => {
    const lax = {
      "POST /orders": ({ json }: { json: { quantity: number } }) => ({
        status: isSound({
          ...json,
          quantity: typeof json?.quantity === "number" && json.quantity < 1 ? 1 : json?.quantity,
        })
          ? 201
          : 400,
      }),
    };
    const { findings } = await probed(inputBounds, await tiny({ document: ORDERS, api: lax }));
    expect(findings.map(({ message }) => message)).toEqual(["POST /orders: takes a body /quantity below its minimum"]);
  });

  it("say nothing at a gate that is to watch only", async () => {
    const configuration = `${OAUTH}validation: { requests: monitor }\n`;
    expect(await found(inputBounds, { document: ORDERS, api: careless, layer: "gate", configuration })).toEqual([]);
  });

  it("are found refused where the gate is narrower than the document", async () => {
    const context = await tiny({ document: ORDERS, api: careless, layer: "gate" });
    const subjects = context.subjects.filter(({ operation }) => operation.method === "POST");
    const narrow = {
      ...context,
      client: {
        ...context.client,
        send: async (wire: Parameters<typeof context.client.send>[0]) => {
          const refusal = { ...wire, body: '{"quantity":0}' };
          return context.client.send(String(wire.body).includes('"quantity":100') ? refusal : wire);
        },
      },
    };
    const { findings } = await probed(inputBounds, { ...narrow, subjects });
    fires(findings, "dynamic.input-refused");
    const honest = await probed(inputBounds, { ...context, subjects });
    isSilent(honest.findings, "dynamic.input-refused");
    expect(findings.map(({ rule, parameter }) => `${rule} ${parameter ?? ""}`)).toEqual([
      "dynamic.input-refused body /quantity",
    ]);
  });
});

describe("media types", () => {
  const read = { "POST /orders": ({ json }: { json: unknown }) => ({ status: isSound(json) ? 201 : 400 }) };
  const strict: typeof read = {
    "POST /orders": (asked) => {
      const { request } = asked as unknown as { request: { headers: Record<string, string> } };
      return { status: request.headers["content-type"] === "application/json" ? 201 : 415 };
    },
  };

  it("are found unchecked beside the gate, not at it, and not where they are looked at", async () => {
    const finding = ["dynamic.content-type-unchecked POST /orders header Content-Type"];
    expect(await found(contentType, { document: ORDERS, api: read })).toEqual(finding);
    expect(await found(contentType, { document: ORDERS, api: strict })).toEqual([]);
    expect(await found(contentType, { document: ORDERS, api: read, layer: "gate" })).toEqual([]);
  });
});

describe("sizes", () => {
  const limited = { "POST /orders": ({ text }: { text: string }) => ({ status: text.length > 1_048_576 ? 413 : 201 }) };

  it("of bodies are found without a limit beside the gate, not at it, and not where there is one", async () => {
    expect(await found(bodySize, { document: ORDERS, api: careless })).toEqual([
      "dynamic.body-unlimited POST /orders body",
    ]);
    expect(await found(bodySize, { document: ORDERS, api: limited })).toEqual([]);
    const configuration = `${OAUTH}validation: { bodyBytesMax: 10KB }\n`;
    expect(await found(bodySize, { document: ORDERS, api: careless, layer: "gate", configuration })).toEqual([]);
  });

  it("of pages are found where all there is comes, and not where a page has an end", async () => {
    const items = (count: number) => Array.from({ length: count }, (_, i) => i);
    const all = {
      "GET /orders": ({ query }: { query: URLSearchParams }) => ({
        body: items(302).slice(0, Number(query.get("limit") ?? 20)),
      }),
    };
    const capped = {
      "GET /orders": ({ query }: { query: URLSearchParams }) => ({
        body: items(302).slice(0, Math.min(100, Number(query.get("limit") ?? 20))),
      }),
    };
    const finding = ["dynamic.page-size-unbounded GET /orders query limit"];
    expect(await found(pageSize, { document: ORDERS, api: all })).toEqual(finding);
    expect(await found(pageSize, { document: ORDERS, api: all, layer: "gate" })).toEqual(finding);
    expect(await found(pageSize, { document: ORDERS, api: capped })).toEqual([]);
    const bounded = ORDERS.replace("minimum: 1 }", "minimum: 1, maximum: 100 }");
    expect(await found(pageSize, { document: bounded, api: all, layer: "gate" })).toEqual([]);
  });
});
