// Names and bodies that one reader takes for something else than what was judged (G06, I07): shown with such a reader, then refused.
import { describe, expect, it } from "vitest";
import express from "express";
import { documentOf, inputBench } from "./input.ts";

const FORM = "application/x-www-form-urlencoded";
const responses = { default: { description: "any" } };
const map = (additionalProperties: unknown) => ({ type: "object", additionalProperties });
const asking = (schema: object, more: readonly object[] = []) => ({
  get: { parameters: [...more, { name: "filter", in: "query", style: "form", explode: true, schema }], responses },
});
const posting = (schema: object, type = FORM) => ({
  post: { requestBody: { content: { [type]: { schema } } }, responses },
});
const LIMIT = { name: "limit", in: "query", schema: { type: "integer", maximum: 100 } };
const ID = { name: "id", in: "path", required: true, schema: { type: "integer" } };
const USER = { type: "object", properties: { role: { type: "string", enum: ["user"] } } };

const { refuses, passes } = inputBench(
  documentOf({
    "/items": { get: { parameters: [LIMIT], responses } },
    "/numbers": asking(map({ type: "integer" })),
    "/anything": asking(map(true)),
    "/lists": asking(map({ type: "array", items: { type: "integer" } })),
    "/users/{id}": asking({ type: "object" }, [ID]),
    "/numbers-form": posting(map({ type: "integer" })),
    "/anything-form": posting(map({})),
    "/numbers-parts": posting(map({ type: "integer" }), "multipart/form-data"),
    "/form": posting(USER),
  }),
);

/** As Express reads queries and forms with its parser `extended`; PHP and Rails alike. */
const extended = express().set("query parser", "extended").get("query parser fn") as (text: string) => object;

const part = (name: string) => `--XX\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n1\r\n--XX--\r\n`;
const PARTS = "multipart/form-data; boundary=XX";

describe("G06 a question mark before a name", () => {
  // As old parsers of HTTP do (PHP's own server has one), and who hands the target from its first question mark on to URLSearchParams.
  const read = (target: string) => new URLSearchParams(target.slice(target.indexOf("?") + 1)).get("limit");

  it.each(["/items??limit=999", "/items??limit=999&limit=5", "/items??%6Cimit=999"])("%s", async (target) => {
    expect(read(target)).toBe("999");
    await refuses(
      { method: "GET", target },
      { status: 400, says: "?limit is not allowed: it could be taken for limit" },
    );
  });

  it.each(["/items?limit=5&?x=1", "/items??x=1", "/items?limit=5&a=?limit=9"])("passes %s", async (target) => {
    await passes({ method: "GET", target });
  });
});

describe("G06 brackets in a name, where the schema says what one value is", () => {
  const SAYS = "is not allowed: it could be taken for an object or a list";

  it.each(["a[$gt]=1", "a[b]=1", "a=1&a[b]=2", "a[]=1", "a%5Bb%5D=1"])("query: %s", async (query) => {
    const values = Object.values(extended(query));
    expect(values.some((value) => typeof value === "object")).toBe(true);
    await refuses({ method: "GET", target: `/numbers?${query}` }, { status: 400, says: SAYS });
  });

  it.each(["a[$gt]=1", "a=1&a[b]=2", "a[0]=1"])("form: %s", async (body) => {
    expect(Object.values(extended(body)).every((value) => typeof value === "object")).toBe(true);
    const attempt = { target: "/numbers-form", fields: { "Content-Type": FORM }, body };
    await refuses(attempt, { status: 400, says: SAYS });
  });

  it("multipart", async () => {
    const attempt = { target: "/numbers-parts", fields: { "Content-Type": PARTS }, body: part("a[$gt]") };
    await refuses(attempt, { status: 400, says: SAYS });
    await passes({ ...attempt, body: part("a") });
  });

  it.each(["/numbers?a=1&b=2", "/anything?a[b]=1", "/lists?a[]=1&a[]=2"])("passes %s", async (target) => {
    await passes({ method: "GET", target });
  });

  it("passes in a form of which nothing is said", async () => {
    await passes({ target: "/anything-form", fields: { "Content-Type": FORM }, body: "a[b]=1" });
  });
});

describe("G06 names of other places in an object that may hold any", () => {
  it.each(["id=8", "ID=8", "rest_route=/users/8"])("%s", async (query) => {
    await refuses({ method: "GET", target: `/users/7?${query}` }, { status: 400, says: "is not allowed" });
  });

  it("passes others", async () => {
    await passes({ method: "GET", target: "/users/7?colour=red&size=2" });
  });
});

describe("I07 JSON that is sent as a form", () => {
  const fields = { "Content-Type": FORM };

  it.each(['{"role":"admin"}', ' \n{"role":"admin"}', '{"role":"admin","a":"&role=user"}'])("%j", async (body) => {
    // As APIs do that read JSON whatever the body calls itself: `force=True` of Flask, `php://input`, Go's decoder.
    expect(JSON.parse(body)).toMatchObject({ role: "admin" });
    const refusal = { status: 400, reason: "validation.body-malformed", says: "The body is JSON, not a form." };
    await refuses({ target: "/form", fields, body }, refusal);
  });

  it.each(["role=user&a={}", "%7Brole=user", "role=user&a=[1]"])("passes %s", async (body) => {
    await passes({ target: "/form", fields, body });
  });
});
