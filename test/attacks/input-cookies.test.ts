// Cookies that end and begin elsewhere for the servers of other languages (I10): read as they do, then refused.
import { describe, expect, it } from "vitest";
import { documentOf, inputBench } from "./input.ts";

const TEXT = { type: "string", pattern: "^[a-z_]+$" };
const cookieNamed = (name: string) => ({ name, in: "cookie", schema: TEXT });

const { refuses, passes } = inputBench(
  documentOf({
    "/": {
      get: {
        parameters: [cookieNamed("session"), cookieNamed("user_id")],
        responses: { default: { description: "any" } },
      },
    },
  }),
);

const get = (cookie: string) => ({ method: "GET", target: "/", fields: { cookie } });

/** How each of them takes apart what came, as far as it matters here. Seen with the real ones. */
const readers = {
  /** `http.cookies` of Python, and aiohttp: white space parts cookies as `;` does. */
  python: (line: string): Record<string, string> => {
    const read: Record<string, string> = {};
    const cookie =
      /\s*([\w!#%&'~`><@,:/$*+\-.^|)(?}{]+)\s*(?:=\s*("[^"]*"|[\w!#%&'~`><@,:/$*+\-.^|)(?}{=[\]]*))?\s*(?:\s|;|$)/gy;
    const text = Buffer.from(line, "latin1").toString();
    for (const [, name, value] of text.matchAll(cookie)) if (value !== undefined) read[name as string] = value;
    return read;
  },
  /** Django: UTF-8, and `str.strip()`, which knows more white space than JavaScript. */
  django: (line: string): Record<string, string> =>
    pairsOf(Buffer.from(line, "latin1").toString(), (text) => text.replaceAll(/^[\s\u0085]+|[\s\u0085]+$/g, "")),
  /** Starlette, FastAPI: the same on Latin-1. */
  starlette: (line: string): Record<string, string> =>
    pairsOf(line, (text) => text.replaceAll(/^[\s\u0085]+|[\s\u0085]+$/g, "")),
  /** PHP: dots before brackets are `_`. */
  php: (line: string): Record<string, string> => {
    const pairs = Object.entries(pairsOf(line, (text) => text.trim()));
    return Object.fromEntries(
      pairs.map(([name, value]) => [name.replace(/^[^[]+/, (head) => head.replaceAll(".", "_")), value]),
    );
  },
  /** Go, Django, Flask, Starlette, aiohttp, Tomcat: nothing is decoded. */
  raw: (line: string): Record<string, string> => pairsOf(line, (text) => text.trim()),
};

function pairsOf(line: string, strip: (text: string) => string): Record<string, string> {
  const pairs = line.split(";").map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
  return Object.fromEntries(pairs.map(([name = "", value = ""]) => [strip(name), strip(value)]));
}

describe("cookies that servers of other languages read differently", () => {
  it.each<[string, string, keyof typeof readers, Record<string, string>, string]>([
    ["behind a space", "a=1 session=EVIL", "python", { a: "1", session: "EVIL" }, "inside of another cookie"],
    ["behind a tab", "a=1\tsession=EVIL", "python", { a: "1", session: "EVIL" }, "inside of another cookie"],
    ["behind a comma and a space", "a=1, session=EVIL", "python", { a: "1,", session: "EVIL" }, "inside of another"],
    ["behind a word", "a session=EVIL", "python", { session: "EVIL" }, "inside of another cookie"],
    ["beside a good one", "session=good session=EVIL", "python", { session: "EVIL" }, "inside of another cookie"],
    ["before a space", "session=good; a=1 session =EVIL", "python", { session: "EVIL" }, "inside of another"],
    ["behind NEL in UTF-8", "\xc2\x85session=EVIL", "django", { session: "EVIL" }, "inside of another cookie"],
    ["behind an ideographic space", "\xe3\x80\x80session=EVIL", "django", { session: "EVIL" }, "inside of another"],
    ["before an ideographic space", "session\xe3\x80\x80=EVIL", "django", { session: "EVIL" }, "inside of another"],
    ["behind NEL", "\x85session=EVIL", "starlette", { session: "EVIL" }, "inside of another cookie"],
    ["dots before brackets", "user.id[x]=1", "php", { "user_id[x]": "1" }, "could be taken for user_id"],
    [
      "letters encoded",
      "session=us%65r",
      "raw",
      { session: "us%65r" },
      "must have letters, digits and - . _ as they are",
    ],
    ["`_` encoded", "session=a%5Fb", "raw", { session: "a%5Fb" }, "must have letters, digits and - . _ as they are"],
  ])("I10 %s", async (_title, cookie, reader, expected, says) => {
    expect(readers[reader](cookie)).toMatchObject(expected);
    await refuses(get(cookie), { status: 400, says });
  });

  it.each([
    "session=good; _ga=GA1.2.3, 4; user_id=a",
    "consent={ session: true }; session=good",
    "a=xsession=1; my session; name=\xc3\xa9; session=good",
    "expires=Thu, 01 Jan 2026; session=good",
  ])("its harmless twin passes: %s", (cookie) => passes(get(cookie)));

  it("I10 a long line of names costs what it is long", () => {
    const cookie = `a=${" session".repeat(1_900)}`;
    return passes(get(cookie));
  });
});
