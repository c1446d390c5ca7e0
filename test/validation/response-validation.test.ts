// Answers of the protected API against one operation: R01 undeclared members, R02 writeOnly, R03 undeclared status and type.
import { describe, expect, it } from "vitest";
import { declare, judgeAnswer } from "./exchanges.ts";

const JSON_TYPE = ["Content-Type", "application/json; charset=utf-8"];

const orders = declare(
  {
    responses: {
      200: {
        description: "ok",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Order" } }, "text/csv": {} },
      },
      204: { description: "none" },
      "4XX": {
        description: "no",
        content: { "application/problem+json": { schema: { type: "object", required: ["title"] } } },
      },
    },
  },
  {
    method: "get",
    schemas: {
      Order: {
        type: "object",
        required: ["id", "secret"],
        properties: {
          id: { type: "integer" },
          secret: { type: "string", writeOnly: true },
          lines: { type: "array", items: { type: "object", properties: { sku: { type: "string" } } } },
        },
      },
    },
  },
);

describe("answers", () => {
  it("passes what is declared, byte for byte", () => {
    const body = ' {"id": 9007199254740993, "lines": []}\n';
    const judged = judgeAnswer(orders, { lines: JSON_TYPE, body });
    expect(judged).toMatchObject({ reason: undefined, body, plan: "buffer" });
    expect(judged.exchange.notes).toEqual([]);
  });

  it("R03 status: exact, by class, undeclared", () => {
    expect(judgeAnswer(orders, { status: 204 }).reason).toBeUndefined();
    expect(judgeAnswer(orders, { status: 304 }).reason).toBeUndefined();
    expect(
      judgeAnswer(orders, { status: 404, lines: ["content-type", "application/problem+json"], body: '{"title":"x"}' })
        .reason,
    ).toBeUndefined();
    expect(
      judgeAnswer(orders, { status: 404, lines: ["content-type", "application/problem+json"], body: "{}" }).messages,
    ).toEqual(["title is required"]);
    expect(judgeAnswer(orders, { status: 500, lines: JSON_TYPE, body: "{}" })).toMatchObject({
      reason: "validation.response-undeclared",
      messages: ["status 500 is not declared"],
    });
    const open = declare({ responses: { default: { description: "any" } } });
    expect(judgeAnswer(open, { status: 200, lines: ["content-type", "text/html"], body: "x" }).reason).toBeUndefined();
    expect(judgeAnswer(open, { status: 500, lines: ["content-length", "0"] }).reason).toBeUndefined();
    expect(judgeAnswer(open, { status: 500, lines: ["content-type", "text/html"], body: "x" })).toMatchObject({
      reason: "validation.response-undeclared",
      messages: ["no body is declared for status 500"],
    });
  });

  it("R03 media type: undeclared, missing, one that nobody must read", () => {
    expect(judgeAnswer(orders, { lines: ["content-type", "text/html"], body: "<h1>" })).toMatchObject({
      reason: "validation.response-undeclared",
      messages: ["the media type is not declared for status 200"],
    });
    const twice = judgeAnswer(orders, { lines: [...JSON_TYPE, "content-type", "text/html"], body: "{}" });
    expect(twice.messages).toEqual(["the media type is said twice"]);
    expect(judgeAnswer(orders, { body: "x" }).reason).toBe("validation.response-undeclared");
    expect(judgeAnswer(orders, { lines: ["content-length", "0"] }).reason).toBeUndefined();
    expect(judgeAnswer(orders, { lines: ["content-type", "text/csv"], body: "a,b" })).toMatchObject({
      reason: undefined,
      plan: "stream",
    });
  });

  it("R02 what does not fit, and writeOnly members", () => {
    expect(judgeAnswer(orders, { lines: JSON_TYPE, body: '{"id":"x","secret":"hunter2"}' })).toMatchObject({
      reason: "validation.response-invalid",
      messages: ["id must be an integer", "secret is write-only and must not be in an answer"],
    });
    expect(judgeAnswer(orders, { lines: JSON_TYPE, body: "not json" }).messages).toEqual([
      "The answer is not valid JSON.",
    ]);
  });

  it("R01 no undeclared member whose name is data is noted by it", () => {
    const body = '{"id":1,"ann@example.com":1,"lines":[{"sku":"a","sk_live_4eC39HqLyjWDarjtT1zdp7dc":1}]}';
    expect(judgeAnswer(orders, { lines: JSON_TYPE, body }).exchange.notes[0]?.text).toBe(
      "undeclared in the answer: /*, /lines/0/*",
    );
  });

  it("R01 undeclared members are noted where the schema is silent, in every mode", () => {
    const body = '{"id":1,"passwordHash":"hunter2","lines":[{"sku":"a","cost":1}]}';
    for (const mode of ["enforce", "monitor"] as const) {
      const judged = judgeAnswer(orders, { lines: JSON_TYPE, body }, mode);
      expect(judged.body).toBe(body);
      expect(judged.exchange.notes).toEqual([
        {
          guard: "validation.responses",
          kind: "noticed",
          text: "undeclared in the answer: /passwordHash, /lines/0/cost",
          undeclared: {
            in: "answer",
            media: "application/json",
            names: [
              { at: "/passwordHash", type: "string" },
              { at: "/lines/*/cost", type: "integer" },
            ],
          },
        },
      ]);
    }
  });

  it("monitor notes and lets through", () => {
    const judged = judgeAnswer(orders, { lines: JSON_TYPE, body: '{"id":"x"}' }, "monitor");
    expect(judged).toMatchObject({
      reason: undefined,
      body: '{"id":"x"}',
      plan: "tee",
      messages: ["id must be an integer"],
    });
    expect(judged.exchange.notes[0]).toMatchObject({ guard: "validation.responses", kind: "would-deny" });
  });
});
