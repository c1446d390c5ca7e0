// Parameters that gate and API could read differently (G06, I02, I10, I11): shown with the API's own reader, then refused.
import querystring from "node:querystring";
import express from "express";
import { describe, expect, it } from "vitest";
import { documentOf, inputBench } from "./input.ts";

const parameter = (name: string, place: string, schema: unknown, more: object = {}) => ({
  name,
  in: place,
  schema,
  ...(place === "path" ? { required: true } : {}),
  ...more,
});
const INTEGER = { type: "integer", minimum: 1, maximum: 100 };
const ROLE = { type: "string", enum: ["user", "guest"] };
const RANGE = { type: "object", properties: { from: INTEGER, to: INTEGER }, additionalProperties: false };

const { refuses, passes } = inputBench(
  documentOf({
    "/search": {
      get: {
        parameters: [
          parameter("limit", "query", INTEGER),
          parameter("role", "query", ROLE),
          parameter("user_id", "query", INTEGER),
          parameter("ids", "query", { type: "array", items: INTEGER, maxItems: 3 }),
          parameter("range", "query", RANGE, { style: "deepObject", explode: true }),
          parameter("page[size]", "query", INTEGER),
          parameter("link", "query", { type: "string" }, { allowReserved: true }),
          parameter("session", "cookie", { type: "string", pattern: "^[a-z]+$" }),
          parameter("X-Ids", "header", { type: "array", items: INTEGER, minItems: 2 }),
          parameter(
            "filter",
            "query",
            { type: "object", properties: { role: ROLE } },
            { style: "deepObject", explode: true },
          ),
          { name: "who", in: "query", content: { "application/json": { schema: { properties: { role: ROLE } } } } },
          { name: "where", in: "query", content: { "application/json": { schema: RANGE } } },
        ],
        responses: { default: { description: "any" } },
      },
    },
    "/strict": {
      get: { parameters: [parameter("a", "query", INTEGER)], responses: { default: { description: "any" } } },
    },
  }),
);

const get = (query: string, fields: Record<string, string> = {}) => ({
  method: "GET",
  target: `/search${query === "" ? "" : `?${query}`}`,
  fields,
});

const extended = express().set("query parser", "extended").get("query parser fn") as (query: string) => object;

/** How other servers take a query apart, as far as it matters here. */
const readers = {
  express: (query: string): Record<string, unknown> => ({ ...extended(query) }),
  /** PHP: dots, spaces and brackets in names, the last of a name wins. */
  php: (query: string): Record<string, unknown> => {
    const read: Record<string, unknown> = {};
    for (const [name, value] of new URLSearchParams(query)) read[name.trimStart().replaceAll(/[ .]/g, "_")] = value;
    return read;
  },
  /** ASP.NET: letter case is nothing, several are one text with commas. */
  aspNet: (query: string): Record<string, unknown> => {
    const read: Record<string, unknown> = {};
    for (const [name, value] of new URLSearchParams(query)) {
      const key = name.toLowerCase();
      read[key] = Object.hasOwn(read, key) ? `${String(read[key])},${value}` : value;
    }
    return read;
  },
  /** Spring's binder: `!role` is the default of `role`. */
  spring: (query: string): Record<string, unknown> => {
    const read: Record<string, unknown> = {};
    for (const [name, value] of new URLSearchParams(query)) read[name.replace(/^!/, "")] ??= value;
    return read;
  },
  /** Rails permits `day(1i)` with `day`, and assigns it. */
  rails: (query: string): Record<string, unknown> =>
    Object.fromEntries(
      [...new URLSearchParams(query)].map(([name, value]) => [name.replace(/\(\d+[if]?\)$/, ""), value]),
    ),
  /** Go's `encoding/json` of that parameter: the last member whose name is alike, whatever its case. */
  goJson: (query: string): Record<string, unknown> => {
    const members = JSON.parse(new URLSearchParams(query).get("who") ?? "{}") as object;
    return Object.fromEntries(Object.entries(members).map(([name, value]) => [name.toLowerCase(), value]));
  },
  /** Perl's CGI, Python before 3.10, Go before 1.17: semicolons part pairs as well. */
  semicolons: (query: string): Record<string, unknown> =>
    Object.fromEntries(new URLSearchParams(query.replaceAll(";", "&"))),
};

describe("a query that the API would read differently", () => {
  const cases: [string, string, keyof typeof readers, unknown, string][] = [
    ["G06 a parameter twice", "limit=1&limit=1000000", "php", { limit: "1000000" }, "limit must be given once"],
    ["G06 the second one encoded", "limit=1&%6cimit=9999", "php", { limit: "9999" }, "limit must be given once"],
    ["G06 `a[]` for a scalar", "role[]=admin", "express", { role: ["admin"] }, "could be taken for role"],
    [
      "G06 `a[]` beside the declared one",
      "role=user&role[]=admin",
      "express",
      { role: ["user", "admin"] },
      "taken for role",
    ],
    ["G06 an index", "role[0]=admin", "express", { role: ["admin"] }, "could be taken for role"],
    ["G06 an object for a scalar", "role[$ne]=x", "express", { role: { $ne: "x" } }, "could be taken for role"],
    ["G06 brackets percent-encoded", "role%5B%5D=admin", "express", { role: ["admin"] }, "could be taken for role"],
    ["G06 `a[]` for a list", "ids[]=-1", "express", { ids: ["-1"] }, "could be taken for ids"],
    ["G06 `a.b` for `a_b`", "user_id=1&user.id=-7", "php", { user_id: "-7" }, "could be taken for user_id"],
    ["G06 a space for `_`", "user_id=1&user%20id=-7", "php", { user_id: "-7" }, "could be taken for user_id"],
    ["G06 `+` for `_`", "user_id=1&user+id=-7", "php", { user_id: "-7" }, "could be taken for user_id"],
    ["G06 `a.b[c]` for `a_b`", "user.id[x]=1", "php", { "user_id[x]": "1" }, "could be taken for user_id"],
    ["G06 `a b[]` for `a_b`", "user+id[]=1", "php", { "user_id[]": "1" }, "could be taken for user_id"],
    ["G06 a default for Spring", "!role=admin", "spring", { role: "admin" }, "could be taken for role"],
    ["G06 a default for Spring, encoded", "%21ids[0]=-1", "spring", { "ids[0]": "-1" }, "could be taken for ids"],
    ["G06 a part of a date for Rails", "limit(1i)=-7", "rails", { limit: "-7" }, "could be taken for limit"],
    ["G06 a leading space", "limit=1&%20limit=-7", "php", { limit: "-7" }, "could be taken for limit"],
    ["G06 letter case", "role=user&ROLE=admin", "aspNet", { role: "user,admin" }, "could be taken for role"],
    [
      "G06 below a declared member",
      "page[size][gt]=1",
      "express",
      { page: { size: { gt: "1" } } },
      "taken for page[size]",
    ],
    ["G06 above a declared member", "page=all", "express", { page: "all" }, "could be taken for page[size]"],
    ["G06 a semicolon in a value", "role=user;limit=-7", "semicolons", { role: "user", limit: "-7" }, "%3B"],
    ["G06 a semicolon in an undeclared one", "x=1;limit=-7", "semicolons", { x: "1", limit: "-7" }, "%3B"],
    ["G06 a semicolon without values", ";limit=-7", "semicolons", { limit: "-7" }, "%3B"],
    ["G06 no value", "limit", "express", { limit: "" }, "limit must be an integer"],
    ["G06 an empty value", "limit=", "express", { limit: "" }, "limit must be an integer"],
    ["I02 a prototype in a name", "x[__proto__][admin]=1", "php", { "x[__proto__][admin]": "1" }, "is not allowed"],
    ["I02 a prototype by itself", "__proto__=1", "semicolons", JSON.parse('{"__proto__":"1"}'), "is not allowed"],
    [
      "I02 a constructor's prototype",
      "x[constructor][prototype][a]=1",
      "php",
      { "x[constructor][prototype][a]": "1" },
      "is not allowed",
    ],
    [
      "I02 a prototype in a declared object",
      "range[__proto__][from]=1",
      "php",
      { "range[__proto__][from]": "1" },
      "is not allowed",
    ],
    [
      "I10 a member of an object twice",
      "range[from]=1&range[from]=-7",
      "express",
      { range: { from: ["1", "-7"] } },
      "each member once",
    ],
    ["I10 a scalar for an object", "range=1", "express", { range: "1" }, "range must be written as range[member]=…"],
    ["I10 an object with what it does not declare", "range[x]=1", "express", { range: { x: "1" } }, "x is not allowed"],
    ["I10 a broken bracket", "range[from=1", "php", { "range[from": "1" }, "could be taken for range"],
    [
      "I10 more items than declared",
      "ids=1&ids=2&ids=3&ids=4",
      "express",
      { ids: ["1", "2", "3", "4"] },
      "at most 3 items",
    ],
    [
      "I01 a member twice in a JSON parameter",
      "where=%7B%22from%22:1,%22from%22:-7%7D",
      "php",
      { where: '{"from":1,"from":-7}' },
      "where must be valid JSON",
    ],
    [
      "G06 letter case of a member",
      "filter[role]=user&filter[ROLE]=admin",
      "aspNet",
      { "filter[role]": "user,admin" },
      "ROLE is not allowed: it could be taken for role",
    ],
    [
      "I10 letter case of a member, alone",
      "filter[Role]=admin",
      "aspNet",
      { "filter[role]": "admin" },
      "Role is not allowed: it could be taken for role",
    ],
    [
      "I01 a member of a JSON parameter in another letter case",
      "who=%7B%22role%22:%22user%22,%22Role%22:%22admin%22%7D",
      "goJson",
      { role: "admin" },
      "Role is not allowed: it could be taken for role",
    ],
  ];
  it.each(cases)("%s: %s", async (_title, query, reader, read, says) => {
    expect(readers[reader](query)).toEqual(read);
    await refuses(get(query), { status: 400, says });
  });

  it("G06 more parameters than some readers look at", async () => {
    const query = `${"x=1&".repeat(1_000)}limit=-7`;
    expect(readers.express(query)["limit"]).toBeUndefined();
    expect(readers.php(query)["limit"]).toBe("-7");
    await refuses(get(query), { status: 400, says: "has too many parameters" });
  });

  it("G06 a parameter behind more empty ones than some readers look at", async () => {
    const query = `${"&".repeat(1_000)}limit=9`;
    expect(readers.express(query)["limit"]).toBeUndefined();
    expect(querystring.parse(query)["limit"]).toBeUndefined();
    expect(readers.php(query)["limit"]).toBe("9");
    await refuses(get(query), { status: 400, says: "has too many parameters" });
    await passes(get(`${"&".repeat(999)}limit=9`));
  });

  it.each([
    "filter[role]=user&filter[x]=1&who=%7B%22role%22:%22user%22,%22x%22:1%7D",
    "limit=1&role=user&user_id=7&ids=1&ids=2&page[size]=10",
    "range[from]=1&range[to]=2",
    "range%5Bfrom%5D=1",
    "q=a;b".replace(";", "%3B"),
    "link=https://example.com/;a=1?b[]=c",
    "page[number]=2&constructor=Ferrari&prototype=1&proto=2",
    "limits=1&role_name=x&roles[]=a&user=1",
    "where=%7B%22from%22:1%7D",
  ])("its harmless twin passes: %s", (query) => passes(get(query)));
});

describe("cookies that the API would read differently", () => {
  /** As the package `cookie` reads them, which Express uses: the first of a name, trimmed, quotes taken off. */
  const read = (line: string): string | undefined => {
    for (const pair of line.split(";")) {
      const equals = pair.indexOf("=");
      if (pair.slice(0, equals).trim() !== "session") continue;
      return decodeURIComponent(
        pair
          .slice(equals + 1)
          .trim()
          .replace(/^"(.*)"$/, "$1"),
      );
    }
    return undefined;
  };
  it.each([
    ["twice", "session=good; session=EVIL", "good", "session must be given once"],
    ["twice, a space before `=`", "session =EVIL; session=good", "EVIL", "session must be given once"],
    ["a space before `=`", "session =EVIL", "EVIL", "session must match"],
    ["in quotes", 'session="EVIL"', "EVIL", "session must not be in quotes"],
    ["encoded", "session=%45VIL", "EVIL", "must have letters, digits and - . _ as they are"],
  ])("I10 %s", async (_title, cookie, seen, says) => {
    expect(read(cookie)).toBe(seen);
    await refuses(get("", { cookie }), { status: 400, says });
  });

  it.each([
    ["an array for PHP", "session[]=EVIL"],
    ["a name that PHP and Rack decoded", "%73ession=EVIL"],
    ["letter case", "SESSION=EVIL"],
  ])("I10 %s", (_title, cookie) => refuses(get("", { cookie }), { status: 400, says: "could be taken for session" }));

  it.each([
    ["cookie", "session=good\u00a0", "session must match"],
    ["header", "1,2\u00a0", "item [1] must be an integer"],
  ])("I10 a no-break space at the end of a %s", async (place, value, says) => {
    // PHP and the package `cookie` cut off spaces and tabs, and leave it.
    expect(value.replace(/[ \t]+$/, "").endsWith("\u00a0")).toBe(true);
    await refuses(get("", place === "cookie" ? { cookie: value } : { "x-ids": value }), { status: 400, says });
    await passes(get("", place === "cookie" ? { cookie: "session=good \t" } : { "x-ids": "1,2 \t" }));
  });

  it("I10 behind more cookies than are looked at", async () => {
    const cookie = `${"a=;".repeat(1_000)}session=EVIL`;
    expect(read(cookie)).toBe("EVIL");
    await refuses(get("", { cookie }), { status: 400, says: "has too many cookies" });
  });

  it.each(["session=good", "theme=dark; session=good; _ga=GA1.2.3", "session.sig=x; session=good; a", "b=c"])(
    "its harmless twin passes: %s",
    (cookie) => passes(get("", { cookie })),
  );
});

describe("header parameters", () => {
  it("I10 empty elements, which recipients drop", async () => {
    expect("1,".split(",").filter(Boolean)).toHaveLength(1);
    await refuses(get("", { "X-Ids": "1,," }), { status: 400, says: "x-ids must not have empty elements" });
  });

  it("I10 a scalar where an array is asked for", () =>
    refuses(get("", { "X-Ids": "1" }), { status: 400, says: "x-ids must have at least 2 items" }));

  it("I10 what passes", () => passes(get("", { "X-Ids": "1, 2" })));
});
