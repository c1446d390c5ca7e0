// I09: multipart bodies that a forgiving reader takes for something else than a strict one; and what browsers and clients send.
import { describe, expect, it } from "vitest";
import { readMultipart } from "../../src/http/multipart.ts";
import { documentOf, inputBench } from "./input.ts";
import { readLeniently } from "./lenient-multipart.ts";
import { CASES, MALFORMED } from "./multipart-bodies.ts";
import { JAVA_CASES } from "./multipart-java.ts";
import { PHP_CASES } from "./multipart-php.ts";
import { B, END, field, file, named, part, TYPE, USER } from "./multipart-writing.ts";

const { refuses, passes, guarded } = ((bench) => ({ ...bench, guarded: () => bench.guarded }))(
  inputBench(
    documentOf({
      "/profile": {
        post: {
          requestBody: {
            required: true,
            content: {
              "multipart/form-data": {
                schema: {
                  type: "object",
                  required: ["role"],
                  properties: {
                    role: { type: "string", enum: ["user", "guest"] },
                    age: { type: "integer", minimum: 18 },
                    tags: { type: "array", items: { type: "string", maxLength: 5 }, maxItems: 2 },
                    meta: { type: "object", properties: { a: { type: "integer" } }, additionalProperties: false },
                    photo: { type: "string", format: "binary", minLength: 3, maxLength: 10 },
                    papers: { type: "array", items: { type: "string", format: "binary" }, maxItems: 2 },
                  },
                  additionalProperties: false,
                },
                encoding: { photo: { contentType: "image/png, image/jpeg" } },
              },
            },
          },
          responses: { default: { description: "any" } },
        },
      },
      // As FastAPI writes files.
      "/generated": {
        post: {
          requestBody: {
            required: true,
            content: {
              "multipart/form-data": {
                schema: {
                  type: "object",
                  properties: {
                    role: { type: "string" },
                    photo: { type: "string", contentMediaType: "application/octet-stream", maxLength: 10 },
                    papers: {
                      anyOf: [
                        { type: "array", items: { type: "string", contentMediaType: "application/octet-stream" } },
                        { type: "null" },
                      ],
                    },
                    picture: { type: "string", contentMediaType: "image/png" },
                    page: { type: "string", contentMediaType: "text/html" },
                    coded: { type: "string", contentMediaType: "image/png", contentEncoding: "base64" },
                  },
                },
              },
            },
          },
          responses: { default: { description: "any" } },
        },
      },
      "/any": {
        post: {
          requestBody: { required: true, content: { "multipart/form-data": {} } },
          responses: { default: { description: "any" } },
        },
      },
    }),
  ),
);

const post = (body: string | Buffer, type = TYPE) => ({
  target: "/profile",
  fields: { "content-type": type },
  body: typeof body === "string" ? Buffer.from(body, "latin1") : body,
});

describe("I09 what a forgiving reader makes of it", () => {
  it.each([...CASES, ...JAVA_CASES, ...PHP_CASES])("%s", async (_title, body, expected, refusal) => {
    expect(readLeniently(TYPE, Buffer.from(body, "latin1"))).toContainEqual(expect.objectContaining(expected));
    await refuses(post(body), { status: 400, ...refusal });
  });
});

describe("I09 the boundary in Content-Type", () => {
  const body = USER + END;
  const unsupported = { status: 415, reason: "validation.media-type-unsupported" };
  it.each([
    ["no boundary", "multipart/form-data"],
    ["an empty boundary", 'multipart/form-data; boundary=""'],
    ["two boundaries", `${TYPE}; boundary=other`],
    ["a parameter that ends alike", `multipart/form-data; xboundary=other; boundary=${B}`],
    ["a boundary of 71", `multipart/form-data; boundary=${"b".repeat(71)}`],
    ["a comma in it", `multipart/form-data; boundary="${B},other"`],
    ["a space in it", `multipart/form-data; boundary="${B} x"`],
    ["an escape in it", `multipart/form-data; boundary="\\${B}"`],
    ["another charset", `${TYPE}; charset=utf-16`],
    ["another kind of multipart", `multipart/mixed; boundary=${B}`],
    ["a continuation of it", `multipart/form-data; boundary*0=${B.slice(0, 4)}; boundary*1=${B.slice(4)}`],
  ])("%s", (_title, type) => refuses(post(body, type), unsupported));
});

describe("I09 what clients send passes, byte for byte", () => {
  it.each([
    ["a browser", USER + field("age", "18") + file("caf\xc3\xa9 (1).png") + END, TYPE],
    ["curl, with a quoted boundary", USER + END, `multipart/form-data; boundary="${B}"`],
    ["Spring, with a charset", USER + END, `${TYPE};charset=UTF-8`],
    ["no line end behind the last boundary", USER + END.slice(0, -2), TYPE],
    [
      ".NET, names without quotes and `filename*`",
      part("Content-Disposition: form-data; name=role", "user") +
        part(
          "Content-Disposition: form-data; name=photo; filename=a.png; filename*=utf-8''a.png\r\nContent-Type: image/png",
          "bytes",
        ) +
        END,
      TYPE,
    ],
    [
      ".NET, a name that is not ASCII",
      USER +
        part(
          `${named("photo", `; filename="=?utf-8?B?${Buffer.from("Übersicht?.png").toString("base64")}?="; filename*=utf-8''%C3%9Cbersicht%3F.png`)}\r\nContent-Type: image/png`,
          "bytes",
        ) +
        END,
      TYPE,
    ],
    [
      "Java's HttpClient of Apache, a text without a charset of its own",
      part(
        `${named("role")}\r\nContent-Type: text/plain; charset=ISO-8859-1\r\nContent-Transfer-Encoding: 8bit`,
        "user",
      ) + END,
      TYPE,
    ],
    ["OkHttp, with Content-Length", part(`${named("role")}\r\nContent-Length: 4`, "user") + END, TYPE],
    ["no file chosen", USER + file("", "", "\r\nContent-Type: application/octet-stream") + END, TYPE],
    [
      "several items, files and JSON",
      USER +
        field("tags", "a") +
        field("tags", "b") +
        field("meta", '{"a":1}') +
        file("1", "\0\xff\r\n--gate", "", "papers") +
        END,
      TYPE,
    ],
    ["an empty item", USER + field("tags", "") + END, TYPE],
    ["lines in a file", USER + file("a.png", "1\r\n\r\n2\n--") + END, TYPE],
  ])("%s", (_title, body, type) => passes(post(body, type)));

  it("what Node's own FormData writes", async () => {
    const form = new FormData();
    form.append("role", "user");
    form.append("photo", new File(["bytes"], "a b.png", { type: "image/png" }));
    form.append("papers", new File(["x"], "1.txt"));
    const request = new Request("http://x/", { method: "POST", body: form });
    const type = request.headers.get("content-type") as string;
    await passes(post(Buffer.from(await request.arrayBuffer()), type));
  });

  it("files are at most what they may be, and no shorter", async () => {
    await passes(post(USER + file("a.png", "1234567890") + END));
    await passes(post(USER + file("a.png", "\xff\xfe\x00") + END));
    expect(guarded().exchanges.at(-1)?.ended).toBe("complete");
  });
});

describe("I09 files that are strings with a media type, as generators write them", () => {
  const PAGE = "\r\nContent-Type: text/html";
  const sent = (body: string) => ({ ...post(body + END), target: "/generated" });

  it.each([
    ["bytes of any type", file("a.png", "\0\xff")],
    ["bytes without a type", file("a.png", "x", "")],
    ["several, where there may be none", file("1", "\xff", "", "papers") + file("2", "b", PAGE, "papers")],
    ["a file of the type", file("a.png", "x", "\r\nContent-Type: image/png", "picture")],
    ["a page as text", part(`${named("page")}${PAGE}`, "<p>")],
    ["coded bytes as text", field("coded", "AAAA")],
  ])("%s: passes", (_title, body) => passes(sent(body)));

  it.each([
    ["a text in place of it", field("photo", "x"), "photo must be a file"],
    ["too many bytes", file("a.png", "12345678901"), "photo must be at most 10 bytes"],
    ["two for one", file("a.png") + file("b.png"), "photo must be given once"],
    ["another type", file("a.html", "x", PAGE, "picture"), "picture must be of the type image/png"],
    ["a file in place of a text", file("a.txt", "x", "", "role"), "role must not be a file"],
    ["a file in place of a page", file("a.html", "x", PAGE, "page"), "page must not be a file"],
    ["a file in place of coded bytes", file("a.png", "x", "", "coded"), "coded must not be a file"],
  ])("%s: is refused", (_title, body, says) => refuses(sent(body), { status: 400, says }));
});

describe("G08 a multipart form without a schema", () => {
  const any = (body: string) => ({ ...post(body), target: "/any" });

  it.each([
    ["fields, once and twice", USER + USER + field("ROLE", "admin") + END],
    ["files, also unnamed, and of any type", file("a.exe", "\0\xff") + file("", "x") + END],
    [
      "JSON, and bytes in a field",
      part(`${named("a")}\r\nContent-Type: application/json`, "{") + field("b", "\xff") + END,
    ],
    ["a method that is not its name", field("method", "_method") + field("my_method", "DELETE") + END],
  ])("%s: passes, byte for byte", (_title, body) => passes(any(body)));

  it.each([
    ["two names", part(`${named("a")}; name="_method"`, "DELETE") + END],
    ["no end", USER + field("a", "x")],
    ["a preamble", `x\r\n${USER}${END}`],
    ["a bare LF", USER.replaceAll("\r\n", "\n") + END],
    ["another charset for all", field("_charset_", "utf-16") + END],
  ])("%s: its framing is as strict", (_title, body) => refuses(any(body), MALFORMED));

  it.each(["_method", ".method", " _method", "_method[]", "__proto__"])("%s is refused", (name) =>
    refuses(any(USER + field(name, "DELETE") + END), { status: 400, says: "is not allowed" }),
  );

  it("no boundary", () =>
    refuses(
      { ...any(USER + END), fields: { "content-type": "multipart/form-data" } },
      { status: 415, reason: "validation.media-type-unsupported" },
    ));
});

describe("I09 what is wrong only at the end", () => {
  const large = file("1", "x".repeat(500_000), "", "papers");
  it.each([
    ["a field that does not fit", USER + large + field("age", "17") + END, "age must be at least 18"],
    ["a field twice", USER + large + USER + END, "role must be given once"],
    [
      "a file too many",
      USER + large + large.replace("500", "5") + file("3", "x", "", "papers") + END,
      "at most 2 items",
    ],
  ])("%s: the API is not even connected to", (_title, body, says) => refuses(post(body), { status: 400, says }));

  it("no end at all", () => refuses(post(USER + large), { ...MALFORMED, says: "does not end with its boundary" }));
});

describe("I09 bounds", () => {
  const limits = { partsMax: 1_000, headBytesMax: 2_048 };
  it("a thousand fields and no more, and a body of boundaries in linear time", () => {
    const many = (count: number): Buffer => Buffer.from(field("a", "1").repeat(count) + END);
    expect(readMultipart(many(1_000), B, limits)).toMatchObject({ ok: true });
    expect(readMultipart(many(1_001), B, limits)).toEqual({
      ok: false,
      problem: "The body has more than 1000 fields.",
    });
    const before = process.cpuUsage();
    readMultipart(Buffer.from(`--${B}\r\n${named("a")}\r\n\r\n${`\r\n--${B.slice(0, -1)}`.repeat(40_000)}`), B, limits);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1_000);
  });
});
