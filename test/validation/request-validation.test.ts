// Requests against one operation, guard by guard: parameters, media types, lengths, bodies (I07, I08, I11, I12, G12).
import { describe, expect, it } from "vitest";
import { requestValidation } from "../../src/validation/index.ts";
import { declare, judge } from "./exchanges.ts";
import { JSON_TYPE, registration, search } from "./operations.ts";

const form = declare({
  requestBody: {
    content: {
      "application/x-www-form-urlencoded": {
        schema: {
          type: "object",
          required: ["name"],
          properties: {
            name: { type: "string" },
            age: { type: "integer" },
            tags: { type: "array", items: { type: "string" } },
            meta: { type: "object", required: ["a"] },
          },
          additionalProperties: false,
        },
      },
    },
  },
});

const upload = declare({
  requestBody: {
    required: true,
    content: { "application/octet-stream": {}, "image/*": { schema: { type: "string", format: "binary" } } },
  },
});

describe("POST /api/register", () => {
  const post = (body: string): ReturnType<typeof judge> => judge(registration, { lines: JSON_TYPE, body });

  it("passes a registration and keeps its value for adapters", () => {
    const body = JSON.stringify({ email: "ann@example.com", password: "123456789012" });
    const { reason, exchange } = post(body);
    expect(reason).toBeUndefined();
    expect(exchange.bodyValue).toEqual(JSON.parse(body));
    expect(exchange.body).toMatchObject({ kind: "read" });
  });

  it("I14 says what is wrong with an 11-character password and a bad e-mail, never the value", () => {
    const { reason, messages, denial } = post(JSON.stringify({ email: "ann@example", password: "hunter2hunt" }));
    expect(reason).toBe("validation.request-invalid");
    expect(messages).toEqual(["email must be a valid e-mail address", "password must be at least 12 characters"]);
    expect(denial?.violations?.map(({ in: place, at }) => `${place} ${at}`)).toEqual(["body /email", "body /password"]);
    expect(JSON.stringify(denial)).not.toContain("hunter2");
  });

  it("I11 I12 members that are not allowed or read-only", () => {
    const { messages } = post(JSON.stringify({ email: "a@b.co", password: "x".repeat(12), role: "admin", id: 7 }));
    expect(messages).toEqual(["role is not allowed", "id is read-only and must not be sent"]);
  });

  it("I01 malformed JSON is told apart from JSON that does not fit", () => {
    expect(post('{"email":"a@b.co","email":"c@d.co"}')).toMatchObject({
      reason: "validation.body-malformed",
      messages: ["A member name occurs twice in one object."],
    });
    expect(post("{").reason).toBe("validation.body-malformed");
    expect(post("[]").messages).toEqual(["The body must be an object"]);
  });

  it("a missing body and an empty one", () => {
    expect(judge(registration, {}).reason).toBe("validation.body-missing");
    expect(post("").reason).toBe("validation.body-missing");
  });
});

describe("media types", () => {
  const send = (lines: readonly string[], body = "{}"): ReturnType<typeof judge> =>
    judge(registration, { lines, body });

  it("I07 passes the declared type in its honest spellings", () => {
    for (const type of [
      "application/json",
      "APPLICATION/JSON",
      "application/json; charset=utf-8",
      'application/json;charset="UTF-8"',
    ]) {
      expect(send(["content-type", type]).reason).toBe("validation.request-invalid");
    }
  });

  it("I07 refuses missing, double, undeclared and tricky types, and lists what is taken", () => {
    const cases = [
      [],
      ["Content-Type", "text/plain"],
      ["Content-Type", "application/json;charset=utf-7"],
      ["Content-Type", "application/json;charset=utf-16"],
      ["Content-Type", "application/json, text/plain"],
      ["Content-Type", "application/json;charset=utf-8;charset=utf-7"],
      ["Content-Type", "application/json", "content-type", "application/json"],
      ["Content-Type", "application/jsonx"],
      ["Content-Type", "application/vnd.api+json"],
      ["Content-Type", "json"],
      ["Content-Type", ""],
      ["Content-Type", "*/*"],
    ];
    for (const lines of cases) {
      const { reason, denial } = send(lines);
      expect(reason).toBe("validation.media-type-unsupported");
      expect(denial?.lines).toEqual(["Accept", "application/json"]);
    }
  });

  it("I08 refuses encoded bodies", () => {
    for (const encoding of ["gzip", "br", "identity, gzip", "x", ""]) {
      expect(send([...JSON_TYPE, "Content-Encoding", encoding]).reason).toBe("validation.content-encoding-unsupported");
    }
    expect(send([...JSON_TYPE, "Content-Encoding", "identity", "content-encoding", "gzip"]).reason).toBe(
      "validation.content-encoding-unsupported",
    );
    expect(send([...JSON_TYPE, "Content-Encoding", "identity"]).reason).toBe("validation.request-invalid");
  });

  it("a +json type is JSON; a wildcard with a structured schema takes only what can be held against it", () => {
    const schema = { type: "object", required: ["a"] };
    const patch = declare({
      requestBody: { content: { "application/merge-patch+json": { schema }, "*/*": { schema } } },
    });
    expect(judge(patch, { lines: ["Content-Type", "application/merge-patch+json"], body: "{}" }).messages).toEqual([
      "a is required",
    ]);
    expect(judge(patch, { lines: ["Content-Type", "application/hal+json"], body: "{}" }).messages).toEqual([
      "a is required",
    ]);
    expect(judge(patch, { lines: ["Content-Type", "text/plain"], body: '{"a":1}' }).reason).toBe(
      "validation.media-type-unsupported",
    );
  });

  it("I07 a range by suffix, as ASP.NET writes it, takes what ends so, by its schema, and nothing else", () => {
    const schema = { type: "object", required: ["a"] };
    const content = {
      "application/json": { schema },
      "application/*+json": { schema: { ...schema, required: ["b"] } },
      "application/vnd.own+json": { schema: { ...schema, required: ["c"] } },
      "application/*+xml": {},
    };
    const ranges = declare({ requestBody: { content } });
    const sent = (type: string) => judge(ranges, { lines: ["Content-Type", type], body: "{}" });
    expect(sent("application/json").messages).toEqual(["a is required"]);
    expect(sent("application/vnd.other+json; charset=utf-8").messages).toEqual(["b is required"]);
    expect(sent("application/merge-patch+JSON").messages).toEqual(["b is required"]);
    expect(sent("application/vnd.own+json").messages).toEqual(["c is required"]);
    expect(sent("application/atom+xml").reason).toBeUndefined();
    for (const type of [
      "application/*+json",
      "application/*",
      "*/*",
      "application/+json",
      "application/xjson",
      "application/x+jsonx",
      "text/x+json",
    ]) {
      expect([type, sent(type).reason]).toEqual([type, "validation.media-type-unsupported"]);
    }
    const any = declare({ requestBody: { content: { "*/*": {} } } });
    expect(judge(any, { lines: ["Content-Type", "*/*"], body: "{}" }).reason).toBe("validation.media-type-unsupported");
  });

  it("bodies that nothing must see are not read", () => {
    expect(judge(upload, { lines: ["Content-Type", "image/png"], body: "x" }).reason).toBeUndefined();
    expect(judge(upload, { lines: ["Content-Type", "text/html"], body: "x" }).reason).toBe(
      "validation.media-type-unsupported",
    );
    expect(judge(upload, {}).reason).toBe("validation.body-missing");
    const reads = (content: unknown): boolean =>
      requestValidation({ ...declare({ requestBody: { content } }), mode: "enforce", bodyBytesMax: 1 }).readsBody;
    expect(requestValidation({ ...upload, mode: "enforce", bodyBytesMax: 1 })).toMatchObject({
      readsBody: false,
      body: [],
    });
    expect(reads({ "text/plain": { schema: { type: "string" } } })).toBe(false);
    expect(reads({ "*/*": {} })).toBe(false);
    expect(reads({ "*/*": { schema: { required: ["a"] } } })).toBe(true);
    expect(reads({ "application/json": {}, "image/png": {} })).toBe(true);
  });
});

describe("lengths", () => {
  it("F16 refuses by the declared length, at the limit and beyond", () => {
    const send = (length: number): string | undefined =>
      judge(upload, { lines: ["Content-Type", "image/png"], body: "x", contentLength: length }, { bodyBytesMax: 1_000 })
        .reason;
    expect(send(1_000)).toBeUndefined();
    expect(send(1_001)).toBe("validation.body-too-large");
  });

  it("refuses a body where none is declared", () => {
    expect(judge(search, { path: ["1"], query: "q=a", body: "{}" }).reason).toBe("validation.body-unexpected");
  });
});

describe("form bodies", () => {
  const post = (body: string | Uint8Array): ReturnType<typeof judge> =>
    judge(form, { lines: ["Content-Type", "application/x-www-form-urlencoded"], body });

  it("types fields by the schema", () => {
    const { reason, exchange } = post("name=Ann+O%27Brien&age=7&tags=a&tags=b%26c&meta=%7B%22a%22%3A1%7D");
    expect(reason).toBeUndefined();
    expect(JSON.parse(JSON.stringify(exchange.bodyValue))).toEqual({
      name: "Ann O'Brien",
      age: 7,
      tags: ["a", "b&c"],
      meta: { a: 1 },
    });
  });

  it("refuses what does not fit or could be read in two ways", () => {
    expect(post("name=a&age=07").messages).toEqual(["age must be an integer"]);
    expect(post("age=7").messages).toEqual(["name is required"]);
    expect(post("name=a&admin=true").messages).toEqual(["admin is not allowed"]);
    expect(post("name=a&n%61me=b").messages).toEqual(["name must be given once"]);
    expect(post("name=%ff&age=%zz").messages).toEqual([
      "name is not valid percent-encoded UTF-8",
      "age is not valid percent-encoded UTF-8",
    ]);
    expect(post("name=a&%ff=b").messages).toEqual(["The body is not valid percent-encoded UTF-8."]);
    expect(post(Buffer.from([0x6e, 0x3d, 0xff])).messages).toEqual(["The body is not valid UTF-8."]);
    expect(post("name=a&__proto__=b").messages).toEqual(["__proto__ is not allowed"]);
    expect(post("name=a&name[]=b").messages).toEqual(["name[] is not allowed: it could be taken for name"]);
    expect(post("name=a;age=x").messages).toEqual(["name must have its semicolons written as %3B"]);
    expect(post("name=a&meta={}").messages).toEqual(["a is required"]);
    expect(post("name=a&=1").messages).toEqual(["A field of the body has no name."]);
    expect(post(Array.from({ length: 1_001 }, () => "tags=a").join("&")).messages).toContain(
      "tags has too many parameters",
    );
  });
});
