// Forms, texts and bytes against the real gateway: what readers would take differently (I01, I02, I05, I07, I10, I11), and the styles of forms.
import { describe, expect, it } from "vitest";
import { documentOf, inputBench } from "./input.ts";

const INTEGER = { type: "integer", minimum: 1, maximum: 9 };
const RANGE = { type: "object", properties: { from: INTEGER, to: INTEGER }, additionalProperties: false };
const body = (content: object) => ({
  post: { requestBody: { required: true, content }, responses: { default: { description: "any" } } },
});

const { refuses, passes } = inputBench(
  documentOf({
    "/form": body({
      "application/x-www-form-urlencoded": {
        schema: {
          type: "object",
          required: ["role"],
          properties: {
            role: { type: "string", enum: ["user", "guest"] },
            user_id: INTEGER,
            ids: { type: "array", items: INTEGER, maxItems: 2 },
            list: { type: "array", items: INTEGER },
            pipes: { type: "array", items: INTEGER },
            range: RANGE,
            deep: RANGE,
            both: { type: "array", items: RANGE },
          },
        },
        encoding: {
          list: { style: "form", explode: false },
          pipes: { style: "pipeDelimited", explode: false },
          deep: { style: "deepObject", explode: true },
        },
      },
    }),
    "/closed": body({
      "application/x-www-form-urlencoded": {
        schema: { type: "object", properties: { a: INTEGER }, additionalProperties: false },
      },
    }),
    "/text": body({ "text/plain": { schema: { type: "string", pattern: "^[a-z]+$", maxLength: 5 } } }),
    "/number": body({ "text/plain": { schema: INTEGER } }),
    "/latin": body({ "text/plain; charset=iso-8859-1": { schema: { type: "string", maxLength: 2 } } }),
    "/bytes": body({ "application/octet-stream": { schema: { type: "string", format: "binary", maxLength: 4 } } }),
    "/image": body({ "image/*": { schema: { type: "string", format: "binary", minLength: 2 } } }),
    "/any": body({ "image/png": {}, "application/vnd.x+json": { schema: RANGE } }),
  }),
);

const form = (text: string | Buffer, target = "/form") => ({
  target,
  fields: { "content-type": "application/x-www-form-urlencoded" },
  body: text,
});
const typed = (target: string, type: string, text: string | Buffer) => ({
  target,
  fields: { "content-type": type },
  body: text,
});

describe("forms", () => {
  it.each([
    ["I10 a field twice", "role=user&role=admin", "role must be given once"],
    ["I10 a field twice, once encoded", "role=user&r%6fle=admin", "role must be given once"],
    ["I10 `role[]` beside `role`", "role=user&role[]=admin", "could be taken for role"],
    ["I10 an object for a scalar", "role=user&role[$ne]=x", "could be taken for role"],
    ["I10 `user.id` for `user_id`", "role=user&user.id=-7", "could be taken for user_id"],
    ["I10 another letter case", "role=user&ROLE=admin", "could be taken for role"],
    ["I10 a name that NUL ends", "role=user&role%00x=admin", "is not allowed"],
    ["I10 a semicolon", "role=user;user_id=-7", "semicolons"],
    ["I10 too many items", "role=user&ids=1&ids=2&ids=3", "ids must have at most 2 items"],
    ["I10 an item of another type", "role=user&ids=x", "must be an integer"],
    ["I10 an array where a scalar is declared", "role=user&user_id=1&user_id=2", "user_id must be given once"],
    ["I10 a list in the style of another", "role=user&list=1|2", "must be an integer"],
    ["I10 pipes in the style of another", "role=user&pipes=1,2", "must be an integer"],
    ["I10 a deep object as JSON", 'role=user&deep={"from":1}', "deep must be written as deep[member]=…"],
    ["I10 a member of a deep object twice", "role=user&deep[from]=1&deep[from]=2", "each member once"],
    ["I01 a member twice in JSON", 'role=user&range={"from":1,"from":-7}', "range must be an object"],
    ["I02 a prototype", "role=user&__proto__[admin]=1", "is not allowed"],
    ["I02 a constructor's prototype", "role=user&constructor[prototype][admin]=1", "is not allowed"],
    ["I02 a prototype in JSON", 'role=user&range={"__proto__":{"from":1}}', "range must be an object"],
    ["I05 invalid UTF-8", "role=%ff", "role is not valid percent-encoded UTF-8"],
    ["I05 overlong UTF-8", "role=%c1%b5ser", "role is not valid percent-encoded UTF-8"],
    ["I05 half a surrogate", "role=%ed%a0%80", "role is not valid percent-encoded UTF-8"],
  ])("%s: %s", (_title, text, says) => refuses(form(text), { status: 400, says }));

  it("I11 a field that a closed schema does not name", () =>
    refuses(form("a=1&admin=true", "/closed"), { status: 400, says: "admin is not allowed" }));

  it("I05 bytes that are no UTF-8", () =>
    refuses(form(Buffer.from([0x61, 0x3d, 0xff])), { status: 400, reason: "validation.body-malformed" }));

  it.each([
    "role=user&ids=1&ids=2&list=1,2,3&pipes=1|2%7C3&deep[from]=1&deep%5Bto%5D=2",
    'role=guest&range=%7B%22from%22%3A1%7D&both={"from":1}&both={"to":2}',
    "role=user&free=O%27Brien+%26+Co%3B&a[]=1",
    "role=user&",
  ])("its harmless twin passes: %s", (text) => passes(form(text)));
});

describe("texts and bytes", () => {
  it.each([
    ["I14 a text that does not match", typed("/text", "text/plain", "ab1"), "The body must match"],
    ["I14 a text over its length", typed("/text", "text/plain;charset=utf-8", "abcdef"), "at most 5 characters"],
    ["I14 bytes over their length", typed("/bytes", "application/octet-stream", "12345"), "at most 4 bytes"],
    ["I14 bytes below their length", typed("/image", "image/png", "1"), "at least 2 bytes"],
    ["I14 a number out of range", typed("/number", "text/plain", "10"), "at most 9"],
    ["I14 text for a number", typed("/number", "text/plain", "1e0"), "must be an integer"],
    ["I14 a text in its own charset", typed("/latin", "text/plain; charset=iso-8859-1", "\xe9\xe9\xe9"), "at most 2"],
    ["I14 JSON under another name", typed("/any", "application/vnd.x+json", '{"from":10}'), "at most 9"],
  ])("%s", (_title, attempt, says) => refuses(attempt, { status: 400, says }));

  it.each([
    ["I05 invalid UTF-8 in a text", typed("/text", "text/plain", Buffer.from([0x61, 0xff]))],
    ["I05 a byte order mark in a text", typed("/text", "text/plain", "\ufeffab")],
    ["I05 what is not ASCII, where the charset says so", typed("/text", "text/plain; charset=us-ascii", "é")],
    [
      "I05 what is not ASCII once it is decoded",
      typed("/form", "application/x-www-form-urlencoded; charset=us-ascii", "free=%C3%A9"),
    ],
    ["I05 UTF-16 as a text", typed("/text", "text/plain", Buffer.from("ab\u0100", "utf16le"))],
  ])("%s", async (_title, attempt) => {
    await refuses(attempt, {
      status: 400,
      reason:
        attempt.target === "/text" && attempt.body.length > 4
          ? "validation.request-invalid"
          : "validation.body-malformed",
    });
  });

  it.each([
    ["I07 a range takes no other type", typed("/image", "imagex/png", "12")],
    ["I07 nor a parameter's trick", typed("/image", "text/plain;x=image/png", "12")],
    ["I07 nor several", typed("/image", "image/png, text/html", "12")],
    ["I07 a charset that is not declared", typed("/text", "text/plain;charset=utf-7", "ab")],
    ["I07 one that another entry declares", typed("/text", "text/plain; charset=iso-8859-1", "ab")],
  ])("%s", (_title, attempt) => refuses(attempt, { status: 415, reason: "validation.media-type-unsupported" }));

  it.each([
    typed("/text", "text/plain", "abcde"),
    typed("/text", "TEXT/Plain; charset=US-ASCII", "abc"),
    typed("/bytes", "application/octet-stream", Buffer.from([0, 255, 13, 10])),
    typed("/image", "image/webp", "12"),
    typed("/number", "text/plain", "9"),
    typed("/latin", "text/plain; charset=iso-8859-1", Buffer.from([0xe9, 0xe9])),
    typed("/any", "image/png", "\0"),
    typed("/any", "application/vnd.x+json", '{"from":9}'),
  ])("$target takes $fields", async (attempt) => {
    await passes(attempt);
    expect(attempt.body.length).toBeGreaterThan(0);
  });
});
