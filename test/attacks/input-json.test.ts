// I01–I06 against the real gateway: JSON that two readers take differently, shown with one of them, then refused; the harmless twins pass.
import { afterEach, describe, expect, it } from "vitest";
import { documentOf, inputBench } from "./input.ts";
import { byMark, byZeros, evaluated, firstValue, firstWins, lastWins, merged, printedAgain } from "./naive-readers.ts";

const { refuses, passes } = inputBench(
  documentOf({
    "/free": {
      post: { requestBody: { content: { "application/json": {} } }, responses: { default: { description: "any" } } },
    },
    "/shaped": {
      post: {
        requestBody: {
          content: {
            "application/json": {
              schema: {
                type: "object",
                properties: {
                  role: { enum: ["user"] },
                  n: { type: "integer" },
                  keys: { const: 1 },
                  token: { const: 1 },
                  list: { type: "array", items: { additionalProperties: { properties: { role: {} } } } },
                },
              },
            },
          },
        },
        responses: { default: { description: "any" } },
      },
    },
  }),
  { bodyBytesMax: "20MiB" },
);

const post = (body: string | Buffer, target = "/free") => ({
  target,
  fields: { "content-type": "application/json" },
  body: Buffer.from(body),
});
const malformed = (says: string) => ({ status: 400, reason: "validation.body-malformed", says });
const TWICE = malformed("A member name occurs twice in one object.");

describe("I01 duplicate members", () => {
  it.each([
    ["one after the other", '{"role":"user","role":"admin"}'],
    ["one of them escaped", '{"role":"user","\\u0072ole":"admin"}'],
    ["with others between", '{"role":"user","a":1,"b":2,"role":"admin"}'],
    ["after a name that V8 mistakes", '{"\\\\u0072ole":1,"role":"user","\\u0072ole":"admin"}'],
  ])("%s: the first reader sees a user, the second an admin", async (_title, body) => {
    expect(firstWins(Buffer.from(body))["role"]).toBe("user");
    expect(body.lastIndexOf("admin")).toBeGreaterThan(body.indexOf("user"));
    await refuses(post(body), TWICE);
    await refuses(post(body, "/shaped"), TWICE);
  });

  /** Go's encoding/json and ASP.NET's readers: letter case is nothing, the last counts. */
  const folding = (body: string): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(lastWins(Buffer.from(body)) as object).map(([name, value]) => [
        name.toUpperCase().toLowerCase(),
        value,
      ]),
    );

  it.each([
    [
      "in another letter case",
      '{"role":"user","ROLE":"admin"}',
      "role",
      "ROLE is not allowed: it could be taken for role",
    ],
    ["in another letter case, alone", '{"Role":"admin"}', "role", "Role is not allowed: it could be taken for role"],
    ["with a letter that only Go folds", '{"key\u017f":"admin"}', "keys", "could be taken for keys"],
    ["with Kelvin's sign", '{"to\u212aen":"admin"}', "token", "could be taken for token"],
    [
      "behind many others",
      `{${Array.from({ length: 300 }, (_, i) => `"x${i}":1,`).join("")}"rOle":"admin"}`,
      "role",
      "rOle is not allowed",
    ],
    ["deep inside", '{"list":[{"who":{"ROLE":"admin"}}]}', "list", "ROLE is not allowed: it could be taken for role"],
  ])("%s, for readers that do not tell cases apart", async (_title, body, name, says) => {
    expect(JSON.stringify(folding(body)[name])).toContain("admin");
    await refuses(post(body, "/shaped"), { status: 400, says });
  });

  it("names that only look like each other to people pass", () =>
    passes(post('{"role":"user","r0le":1,"rôle":2}', "/shaped")));

  it.each([
    ["in a nested object", '{"a":{"b":1,"b":2}}'],
    ["in an object of an array", '[1,{"b":1,"b":2}]'],
    ["with equal values", '{"a":1,"a":1}'],
    ["with names that look like indices", '{"1":1,"1":2}'],
    ["with empty names", '{"":1,"":2}'],
  ])("%s", (_title, body) => refuses(post(body), TWICE));

  it.each([
    '{"a":{"x":1},"b":{"x":1}}',
    '{"a":1,"A":2}',
    '{"a":"\\"a\\":1","b":"{\\"b\\":1,\\"b\\":2}"}',
    '{"\\\\u0072ole":1,"role":2}',
  ])("its harmless twin passes: %s", (body) => passes(post(body)));
});

describe("I02 names of prototypes", () => {
  afterEach(() => {
    Reflect.deleteProperty(Object.prototype, "admin");
  });

  it.each([
    ["__proto__", '{"__proto__":{"admin":true}}'],
    ["__proto__, escaped", '{"\\u005f_proto__":{"admin":true}}'],
    ["__proto__, deep inside", '{"a":{"b":{"__proto__":{"admin":true}}}}'],
    ["constructor.prototype", '{"constructor":{"prototype":{"admin":true}}}'],
    ["constructor.prototype, deep inside", '{"a":{"constructor":{"prototype":{"admin":true}}}}'],
  ])("%s makes an admin of everybody", async (_title, body) => {
    merged(Buffer.from(body));
    expect(({} as Record<string, unknown>)["admin"]).toBe(true);
    Reflect.deleteProperty(Object.prototype, "admin");
    await refuses(post(body), malformed("A member is named"));
    await refuses(post(body, "/shaped"), malformed("A member is named"));
  });

  it.each([
    '{"constructor":"Ferrari"}',
    '{"prototype":{"n":1}}',
    '{"proto":1,"_proto_":2}',
    '{"constructor":{"name":"Ann"}}',
  ])("its harmless twin passes: %s", (body) => passes(post(body)));
});

describe("I03 depth and size", () => {
  const levels = (count: number): string => `${"[".repeat(count)}${"]".repeat(count)}`;
  const objects = (count: number): string => `${'{"a":'.repeat(count)}1${"}".repeat(count)}`;
  const members = (count: number): string => `{${Array.from({ length: count }, (_, i) => `"${i}":0`).join(",")}}`;
  const items = (count: number): string => `[${"0,".repeat(count - 1)}0]`;

  it.each([
    ["10,000 levels of arrays", levels(10_000)],
    ["10,000 levels of objects", objects(10_000)],
  ])("%s: what walks over it falls", async (_title, body) => {
    expect(() => printedAgain(Buffer.from(body))).toThrow(RangeError);
    await refuses(post(body), malformed("nests deeper than 64 levels"));
  });

  it.each([
    ["1,000,000 members", members(1_000_000), "more than 50000 members"],
    ["1,000,000 items", items(1_000_000), "more than 100000 items"],
    ["1,000,000 empty objects", `[${"{},".repeat(999_999)}{}]`, "more than 100000 items"],
  ])("%s", async (_title, body, says) => {
    expect(Object.keys(lastWins(Buffer.from(body)) as object)).toHaveLength(1_000_000);
    await refuses(post(body), malformed(says));
  });

  it.each([
    ["levels", levels(65), "levels"],
    ["members", members(50_001), "members"],
    ["items", items(100_001), "items"],
  ])("one of the %s more than allowed", (_title, body, says) => refuses(post(body), malformed(says)));

  it("as many as allowed pass", async () => {
    await passes(post(levels(64)));
    await passes(post(members(50_000)));
    await passes(post(items(100_000)));
  });
});

describe("I04 numbers", () => {
  it.each([
    ["1e999", '{"n":1e999}', '{"n":null}', "too large"],
    ["-1e999", '{"n":-1e999}', '{"n":null}', "too large"],
    ["2^53+1", '{"n":9007199254740993}', '{"n":9007199254740992}', "beyond 2^53 - 1"],
    ["-(2^53+1)", '{"n":-9007199254740993}', '{"n":-9007199254740992}', "beyond 2^53 - 1"],
    ["2^53+1 with a fraction", '{"n":9007199254740993.0}', '{"n":9007199254740992}', "more digits than can be kept"],
    ["2^53+1 with an exponent", '{"n":9007199254740993e0}', '{"n":9007199254740992}', "more digits than can be kept"],
    ["-0", '{"n":-0}', '{"n":0}', "minus zero"],
    ["1e-999", '{"n":1e-999}', '{"n":0}', "too small"],
  ])("%s is another number once it was read", async (_title, body, printed, says) => {
    expect(printedAgain(Buffer.from(body))).toBe(printed);
    await refuses(post(body), malformed(says));
    await refuses(post(body, "/shaped"), malformed(says));
  });

  it.each(["NaN", "Infinity", "-Infinity", "0x10", ".5", "5.", "+1", "1_000"])("%s, which some read", async (word) => {
    expect(typeof (evaluated(Buffer.from(`{"n":${word}}`)) as { n: unknown }).n).toBe("number");
    await refuses(post(`{"n":${word}}`), malformed("not valid JSON"));
  });

  it.each([
    "9007199254740991",
    "-9007199254740991",
    "0",
    "-0.0",
    "1e308",
    "0.1",
    "1e-300",
    "123456789.123456789e3",
    "0e999",
  ])("its harmless twin passes: %s", (number) => passes(post(`{"n":${number}}`)));
});

describe("I05 encodings", () => {
  const admin = { role: "admin" };
  const text = JSON.stringify(admin);
  const big = (from: Buffer): Buffer => Buffer.from(from).swap16();
  it.each([
    ["a byte order mark", Buffer.from(`\ufeff${text}`), byMark, "byte order mark"],
    ["UTF-16 with a mark", Buffer.from(`\ufeff${text}`, "utf16le"), byMark, "UTF-8"],
    ["UTF-16 in the other order", big(Buffer.from(`\ufeff${text}`, "utf16le")), byMark, "UTF-8"],
    ["UTF-16 without a mark", Buffer.from(text, "utf16le"), byZeros, "not valid JSON"],
    ["UTF-16 in the other order without a mark", big(Buffer.from(text, "utf16le")), byZeros, "not valid JSON"],
  ])("%s", async (_title, body, reader, says) => {
    expect(reader(body)).toEqual(admin);
    await refuses(post(body), malformed(says));
  });

  it.each([
    ["invalid UTF-8", [0xff]],
    ["overlong UTF-8", [0xc0, 0xaf]],
    ["half a surrogate in UTF-8", [0xed, 0xa0, 0x80]],
    ["beyond U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["cut short", [0xe2, 0x82]],
  ])("%s is repaired, and two names are one", async (_title, bytes) => {
    const body = Buffer.concat([Buffer.from('{"a'), Buffer.from(bytes), Buffer.from('":1}')]);
    expect(Object.keys(lastWins(body) as object)[0]).toMatch(/^a\ufffd+$/);
    await refuses(post(body), malformed("not valid UTF-8"));
  });

  it.each([
    ["a lone high surrogate", '{"a":"\\ud800"}'],
    ["a lone low surrogate", '{"a":"\\udc00"}'],
    ["surrogates in the wrong order", '{"a":"\\ude00\\ud83d"}'],
    ["a lone surrogate in a name", '{"\\ud800":1}'],
  ])("%s is no longer itself once it is stored", async (_title, body) => {
    const read = lastWins(Buffer.from(body));
    const stored = Buffer.from(
      Object.entries(read as object)
        .flat()
        .join(""),
    ).toString();
    expect(stored).toContain("\ufffd");
    await refuses(post(body), malformed("surrogate"));
  });

  it.each(['{"a":"é😀\\ud83d\\ude00\\u00e9"}', '{"😀":"\u0000\u007f"}'.replace("\u0000", "\\u0000"), '"\u2028"'])(
    "its harmless twin passes: %s",
    (body) => passes(post(body)),
  );
});

describe("I06 what is almost JSON", () => {
  const user = { role: "user" };
  it.each([
    ["trailing data", '{"role":"user"}{"role":"admin"}', firstValue],
    ["trailing text", '{"role":"user"} admin', firstValue],
    ["a trailing NUL", '{"role":"user"}\0', firstValue],
    ["a trailing bracket", '{"role":"user"}]', firstValue],
    ["a comment", '{"role":"user"/*,"role":"admin"*/}', evaluated],
    ["a comment to the end of the line", '{"role":"user"//\n}', evaluated],
    ["single quotes", "{'role':'user'}", evaluated],
    ["a name without quotes", '{role:"user"}', evaluated],
    ["a trailing comma", '{"role":"user",}', evaluated],
    ["a line end in a string", '{"role":"us\\\ner"}', evaluated],
    ["other white space", '{"role":\u00a0"user"}', evaluated],
    ["another escape", '{"role":"\\x75ser"}', evaluated],
    ["an octal escape", '{"role":"\\165ser"}', evaluated],
  ])("%s", async (_title, body, reader) => {
    expect(reader(Buffer.from(body))).toEqual(user);
    await refuses(post(body), malformed("not valid JSON"));
  });

  it.each([" ", "{", '{"role"', "]", "undefined", '{"role":"user"', '"a', "[1 2]", '{"a" 1}', "'a'"])(
    "broken: %s",
    (body) => refuses(post(body), malformed("not valid JSON")),
  );

  it.each([' \r\n\t{"role" : "user"} \n', "null", "0", '""', '"// /* \' {}"'])("its harmless twin passes: %s", (body) =>
    passes(post(body)),
  );
});
