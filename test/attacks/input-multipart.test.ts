// I09: multipart bodies that a forgiving reader takes for something else than a strict one; and what browsers and clients send.
import { describe, expect, it } from "vitest";
import { readMultipart } from "../../src/http/multipart.ts";
import { documentOf, inputBench } from "./input.ts";
import { type LenientPart, readLeniently } from "./lenient-multipart.ts";

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
    }),
  ),
);

const B = "----gate7MA4YWxkTrZu0gW";
const TYPE = `multipart/form-data; boundary=${B}`;
const part = (head: string, content = "x"): string => `--${B}\r\n${head}\r\n\r\n${content}\r\n`;
const named = (name: string, more = ""): string => `Content-Disposition: form-data; name="${name}"${more}`;
const field = (name: string, content: string): string => part(named(name), content);
const file = (filename: string, content = "bytes", more = "\r\nContent-Type: image/png", name = "photo"): string =>
  part(`${named(name, `; filename="${filename}"`)}${more}`, content);
const END = `--${B}--\r\n`;
const USER = field("role", "user");
const post = (body: string | Buffer, type = TYPE) => ({
  target: "/profile",
  fields: { "content-type": type },
  body: typeof body === "string" ? Buffer.from(body, "latin1") : body,
});
const MALFORMED = { status: 400, reason: "validation.body-malformed" };

describe("I09 what a forgiving reader makes of it", () => {
  const admin: Partial<LenientPart> = { name: "role", content: "admin" };
  const cases: [string, string, Partial<LenientPart>, object][] = [
    ["missing end", USER + field("role", "admin").slice(0, -2), admin, { ...MALFORMED, says: "does not end" }],
    [
      "two fields of one name where one is declared",
      USER + field("role", "admin") + END,
      admin,
      { status: 400, says: "role must be given once" },
    ],
    [
      "two files of one name where one is declared",
      USER + file("a.png") + file("evil.png") + END,
      { filename: "evil.png" },
      { status: 400, says: "photo must be given once" },
    ],
    ["a preamble", `preamble\r\n${USER}${END}`, { name: "role" }, { ...MALFORMED, says: "does not begin" }],
    [
      "a part before what is taken for the beginning",
      `\r\n${field("role", "admin")}${END}`,
      admin,
      { ...MALFORMED, says: "does not begin" },
    ],
    ["an epilogue", `${USER}${END}epilogue`, { name: "role" }, { ...MALFORMED, says: "follows the last boundary" }],
    ["an epilogue with a part", `${USER}${END}${field("role", "admin")}${END}`, { name: "role" }, MALFORMED],
    [
      "bare LF at a boundary",
      `${part(named("role"), `user\n--${B}\n${named("role")}\n\nadmin`)}${END}`,
      admin,
      { ...MALFORMED, says: "inside a part" },
    ],
    [
      "bare LF in a head",
      USER + part(`${named("age")}\nX: y`, "20") + END,
      { name: "age" },
      { ...MALFORMED, says: "malformed" },
    ],
    ["bare CR in a head", USER + part(`${named("age")}\rX: y`, "20") + END, {}, MALFORMED],
    [
      "a boundary glued to a head",
      `--${B}\r\n${named("tags")}\r\n\r\n${field("role", "admin")}${END}`,
      admin,
      { ...MALFORMED, says: "inside a part" },
    ],
    [
      "a boundary with white space behind it",
      `--${B} \r\n${named("role")}\r\n\r\nadmin\r\n${END}`,
      admin,
      { ...MALFORMED, says: "holds something else" },
    ],
    [
      "a boundary that goes on",
      `${USER}--${B}x\r\n${named("role")}\r\n\r\nadmin\r\n${END}`,
      { name: "role" },
      MALFORMED,
    ],
    [
      "header folding",
      USER + part('Content-Disposition: form-data;\r\n name="age"', "20") + END,
      { name: "age" },
      { ...MALFORMED, says: "malformed" },
    ],
    [
      "folding that hides a file",
      USER + part(`${named("age")};\r\n filename="evil.php"`, "20") + END,
      { filename: "evil.php" },
      MALFORMED,
    ],
    [
      "a space before the colon",
      USER + part('Content-Disposition : form-data; name="age"', "20") + END,
      { name: "age" },
      MALFORMED,
    ],
    [
      "no Content-Disposition",
      USER + part("Content-Type: text/plain") + END,
      { name: undefined },
      { ...MALFORMED, says: "no Content-Disposition" },
    ],
    [
      "a Content-Disposition of another kind",
      USER + part('Content-Disposition: attachment; name="age"') + END,
      { name: "age" },
      MALFORMED,
    ],
    [
      "Content-Disposition twice",
      USER + part(`${named("age")}\r\n${named("role")}`, "admin") + END,
      admin,
      { ...MALFORMED, says: "given twice" },
    ],
    [
      "a name twice",
      USER + part(named("tags", '; name="role"'), "admin") + END,
      admin,
      { ...MALFORMED, says: "a parameter twice" },
    ],
    [
      "a file name twice",
      USER + file('a.png"; filename="evil.php') + END,
      { filename: "evil.php" },
      { ...MALFORMED, says: "a parameter twice" },
    ],
    [
      "`filename*` beside another",
      USER + file("a.png\"; filename*=\"utf-8''evil.php") + END,
      { filename: "evil.php" },
      { ...MALFORMED, says: "two names" },
    ],
    [
      "`filename*` alone",
      USER + part(`${named("tags")}; filename*=utf-8''evil.php`) + END,
      { filename: "evil.php" },
      { ...MALFORMED, says: "two names" },
    ],
    [
      "an escaped quote in a file name",
      USER + file('evil.php\\"; x=\\"a.png') + END,
      { filename: 'evil.php"; x="a.png' },
      MALFORMED,
    ],
    [
      "text behind the quotes of a file name",
      USER + part(named("photo", '; filename="a.png".php')) + END,
      { filename: "a.png" },
      MALFORMED,
    ],
    [
      "a parameter that form data does not have",
      USER + part(named("age", "; size=1"), "20") + END,
      { name: "age" },
      MALFORMED,
    ],
    ["an empty name", USER + part(named("")) + END, { name: "" }, { ...MALFORMED, says: "no name" }],
    [
      "no name",
      USER + part("Content-Disposition: form-data") + END,
      { name: undefined },
      { ...MALFORMED, says: "no name" },
    ],
    [
      "a path in `filename`",
      USER + file("../../etc/cron.d/evil") + END,
      { filename: "../../etc/cron.d/evil" },
      { ...MALFORMED, says: "lead elsewhere" },
    ],
    ["an absolute path in `filename`", USER + file("/etc/passwd") + END, { filename: "/etc/passwd" }, MALFORMED],
    ["a Windows path in `filename`", USER + file("C:evil.exe") + END, { filename: "C:evil.exe" }, MALFORMED],
    [
      "a stream of a file in `filename`",
      USER + file("evil.php::$DATA") + END,
      { filename: "evil.php::$DATA" },
      MALFORMED,
    ],
    ["an encoded path in `filename`", USER + file("..%2f..%2Fevil") + END, { filename: "..%2f..%2Fevil" }, MALFORMED],
    ["dots for a file name", USER + file("..") + END, { filename: ".." }, MALFORMED],
    ["NUL in `filename`", USER + file("evil.php\0.png") + END, { filename: "evil.php\0.png" }, MALFORMED],
    ["an encoded NUL in `filename`", USER + file("evil.php%00.png") + END, { filename: "evil.php%00.png" }, MALFORMED],
    [
      "a huge file name",
      USER + file("a".repeat(256)) + END,
      { filename: "a".repeat(256) },
      { ...MALFORMED, says: "lead elsewhere" },
    ],
    [
      "a huge name",
      USER + field("n".repeat(5_000), "x") + END,
      { name: "n".repeat(5_000) },
      { ...MALFORMED, says: "within 2048 bytes" },
    ],
    [
      "nested",
      USER +
        part(
          `${named("tags")}\r\nContent-Type: multipart/mixed; boundary=in`,
          `--in\r\n${named("role")}\r\n\r\nadmin\r\n--in--`,
        ) +
        END,
      admin,
      { ...MALFORMED, says: "parts of its own" },
    ],
    [
      "a message inside",
      USER + part(`${named("tags")}\r\nContent-Type: message/rfc822`) + END,
      { name: "tags" },
      MALFORMED,
    ],
    [
      "Content-Transfer-Encoding",
      part(`${named("role")}\r\nContent-Transfer-Encoding: base64`, "YWRtaW4=") + END,
      admin,
      { ...MALFORMED, says: "is encoded" },
    ],
    [
      "a charset that only one side knows",
      part(`${named("role")}\r\nContent-Type: text/plain; charset=utf-7`, "user") + END,
      { name: "role" },
      { status: 400, says: "role must be in UTF-8" },
    ],
    [
      "a field that changes the charset",
      USER + field("_charset_", "utf-16") + END,
      { name: "_charset_" },
      { ...MALFORMED, says: "charset" },
    ],
    [
      "a wrong Content-Length in a part",
      USER + part(`${named("age")}\r\nContent-Length: 1`, "20") + END,
      { name: "age" },
      MALFORMED,
    ],
    ["another field in a head", USER + part(`${named("age")}\r\nX-Evil: 1`, "20") + END, { name: "age" }, MALFORMED],
    [
      "invalid UTF-8 in a field",
      part(named("role"), "\xff") + END,
      { content: "\xff" },
      { status: 400, says: "role is not valid UTF-8" },
    ],
    [
      "a file where a field is declared",
      file("evil.php", "user", "", "role") + END,
      { filename: "evil.php" },
      { status: 400, says: "role must not be a file" },
    ],
    [
      "a field where a file is declared",
      USER + field("photo", "/etc/passwd") + END,
      { content: "/etc/passwd" },
      { status: 400, says: "photo must be a file" },
    ],
    [
      "a type that makes a file of a field",
      part(`${named("role")}\r\nContent-Type: application/octet-stream`, "user") + END,
      { name: "role" },
      { status: 400, says: "role must be of the type text/plain" },
    ],
    [
      "a file that nobody declares",
      USER + file("shell.php", "x", "", "upload") + END,
      { name: "upload" },
      { status: 400, says: "upload must not be a file" },
    ],
    [
      "a field that nobody declares",
      USER + field("admin", "1") + END,
      { name: "admin" },
      { status: 400, says: "admin is not allowed" },
    ],
    [
      "`role[]` beside `role`",
      USER + field("role[]", "admin") + END,
      { name: "role[]" },
      { status: 400, says: "could be taken for role" },
    ],
    [
      "a prototype in a name",
      USER + field("x[__proto__][admin]", "1") + END,
      { name: "x[__proto__][admin]" },
      { status: 400, says: "is not allowed" },
    ],
    [
      "a prototype for a name",
      USER + field("__proto__", "1") + END,
      { name: "__proto__" },
      { status: 400, says: "is not allowed" },
    ],
    [
      "a file of another type",
      USER + file("a.svg", "<svg>", "\r\nContent-Type: image/svg+xml") + END,
      { filename: "a.svg" },
      { status: 400, says: "photo must be of the type image/png or image/jpeg" },
    ],
    [
      "a file without a type where one is declared",
      USER + file("a.png", "bytes", "") + END,
      { filename: "a.png" },
      { status: 400, says: "photo must be of the type" },
    ],
    [
      "a file that is too long",
      USER + file("a.png", "12345678901") + END,
      { content: "12345678901" },
      { status: 400, says: "photo must be at most 10" },
    ],
    [
      "a file that is too short",
      USER + file("a.png", "12") + END,
      { content: "12" },
      { status: 400, says: "photo must be at least 3" },
    ],
    [
      "too many files",
      USER + file("1", "x", "", "papers") + file("2", "x", "", "papers") + file("3", "x", "", "papers") + END,
      { name: "papers" },
      { status: 400, says: "papers must have at most 2 items" },
    ],
    [
      "an item that does not fit",
      USER + field("tags", "123456") + END,
      { name: "tags" },
      { status: 400, says: "must be at most 5 characters" },
    ],
    [
      "a duplicate member in a JSON field",
      USER + field("meta", '{"a":1,"a":"x"}') + END,
      { name: "meta" },
      { status: 400, says: "meta must be an object" },
    ],
    ["a required field missing", file("a.png") + END, { filename: "a.png" }, { status: 400, says: "role is required" }],
    ["a bad value", field("role", "admin") + END, admin, { status: 400, says: "role must be one of user, guest" }],
  ];
  it.each(cases)("%s", async (_title, body, expected, refusal) => {
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

describe("I09 bounds", () => {
  const limits = { partsMax: 1_000, headBytesMax: 2_048 };
  it("a thousand fields and no more, and a body of boundaries in linear time", () => {
    const many = (count: number): Buffer => Buffer.from(field("a", "1").repeat(count) + END);
    expect(readMultipart(many(1_000), B, limits)).toMatchObject({ ok: true });
    expect(readMultipart(many(1_001), B, limits)).toEqual({
      ok: false,
      problem: "The body has more than 1000 fields.",
    });
    const start = performance.now();
    readMultipart(Buffer.from(`--${B}\r\n${named("a")}\r\n\r\n${`\r\n--${B.slice(0, -1)}`.repeat(40_000)}`), B, limits);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
