// Sanitization: each word, idempotent in any combination; and the bytes around what changed, which stay as they came.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SANITIZE_WORDS, sanitizeText, wordsOf } from "../../src/validation/sanitizing.ts";
import { changeJson } from "../../src/validation/sanitized-bytes.ts";
import { SanitizedPlaces } from "../../src/validation/sanitized-places.ts";
import { readJson } from "../../src/validation/strict-json.ts";
import { schemasOf } from "./document.ts";

const sanitized = (text: string, ...words: string[]): string => sanitizeText(text, wordsOf(words));

/** The JSON text after sanitization by a schema, and where it changed. */
function rewritten(schema: unknown, text: string): { text: string; at: string[] } {
  const { set, at } = schemasOf({ S: schema, Tree: TREE });
  const places = new SanitizedPlaces(set, at("S"));
  const reading = readJson(Buffer.from(text));
  if (!reading.ok) throw new Error(reading.problem);
  const changed: string[] = [];
  const change = places.changeOf(reading.value, changed);
  return { text: change === undefined ? text : changeJson(text, change), at: changed };
}

const TRIMMED = { type: "string", "x-portcullis-sanitize": ["trim"] };
const TREE = {
  type: "object",
  properties: { name: TRIMMED, children: { type: "array", items: { $ref: "#/components/schemas/Tree" } } },
};

describe("words", () => {
  it.each([
    ["trim", " \t\u00a0 a b\u3000\ufeff", "a b"],
    ["nfc", "e\u0301\u212b", "é\u00c5"],
    ["lowercase", "ANN@Example.COM İ", "ann@example.com i\u0307"],
    ["strip-control", "a\u0000b\u001b[31m\u007f\u0085\u202ec\u2066\td\r\n", "ab[31mc\td\r\n"],
    [
      "html",
      `<b onclick='a'>O'Brien & "Co" &lt; &copy;`,
      "&lt;b onclick=&#39;a&#39;&gt;O&#39;Brien &amp; &quot;Co&quot; &lt; &amp;copy;",
    ],
  ])("%s", (word, text, expected) => {
    expect(sanitized(text, word)).toBe(expected);
    expect(sanitized("plain text, 7", word)).toBe("plain text, 7");
  });

  it("a control inside markup does not hide it, in whichever order they are listed", () => {
    expect(sanitized("<scr\u0000ipt>", "html", "strip-control")).toBe("&lt;script&gt;");
    expect(sanitized("\u0000 a", "trim", "strip-control")).toBe("a");
  });

  it("leave nothing that a browser would take for markup, and show the text as it was written", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."<>\"'&;ascript/ =#39\u0000".split("")) }), (text) => {
        const safe = sanitized(text, "html");
        expect(safe).not.toMatch(/[<>"']/);
        const shown = safe.replaceAll(
          /&(amp|lt|gt|quot|#39);/g,
          (_, name: string) => ({ amp: "&", lt: "<", gt: ">", quot: '"' })[name] ?? "'",
        );
        fc.pre(!/&(?:amp|lt|gt|quot|#39);/.test(text));
        expect(shown).toBe(text);
      }),
    );
  });

  it("doing it twice changes nothing more, whatever the words and the text", () => {
    const odd = fc.constantFrom(
      ..." \t\u0000\u0085\u202e\u0301\u0307\u0345<&;'\"\u0130\u1e9e\u212b\u212a\u03a3\u00a0\u2000\ufeffaAßÉé\uac00\u1100\u1161\u11a8".split(
        "",
      ),
      "&amp;",
      "&AMP;",
      "\u{1d15e}",
      "😀",
    );
    const texts = fc.oneof(fc.string({ unit: odd }), fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }));
    fc.assert(
      fc.property(texts, fc.subarray([...SANITIZE_WORDS]), (text, words) => {
        const once = sanitized(text, ...words);
        expect(sanitized(once, ...words)).toBe(once);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("the bytes around", () => {
  it("digits, order, escapes and spaces stay; only the changed texts are written anew", () => {
    const schema = {
      type: "object",
      properties: { name: TRIMMED, tags: { type: "array", items: TRIMMED }, id: { type: "integer" } },
    };
    const text =
      ' {"id" : 9007199254740991.0,\n "z":1e3, "name":" \\u0041nn\\n ", "tags":["a" ,"b ", "\\u0063"],"free":" x "} ';
    expect(rewritten(schema, text)).toEqual({
      text: ' {"id" : 9007199254740991.0,\n "z":1e3, "name":"Ann", "tags":["a" ,"b", "\\u0063"],"free":" x "} ',
      at: ["/name", "/tags/1"],
    });
    expect(rewritten(schema, '{"name":"Ann"}')).toEqual({ text: '{"name":"Ann"}', at: [] });
    expect(rewritten(schema, "[1]")).toEqual({ text: "[1]", at: [] });
  });

  it("finds marks through references, recursion, alternatives, patterns and other members", () => {
    expect(rewritten(TREE, '{"name":" a","children":[{"children":[{"name":"b "}]}]}')).toEqual({
      text: '{"name":"a","children":[{"children":[{"name":"b"}]}]}',
      at: ["/name", "/children/0/children/0/name"],
    });
    const schema = {
      allOf: [{ properties: { a: { type: "string" } } }, { properties: { a: TRIMMED } }],
      oneOf: [{ properties: { b: TRIMMED } }, { properties: { b: { type: "integer" } } }],
      patternProperties: { "^x-": TRIMMED },
      additionalProperties: { type: "string", "x-portcullis-sanitize": ["lowercase"] },
    };
    expect(rewritten(schema, '{"a":" A","b":" B","x-c":" C","d":" D"}').text).toBe(
      '{"a":"a","b":" b","x-c":"C","d":" d"}'.replace('" b"', '"b"'),
    );
  });

  it("whatever the value, only marked texts change, and the rest is the same value", () => {
    const { set, at } = schemasOf({ S: { properties: { a: { $ref: "#/components/schemas/S" }, t: TRIMMED } } });
    const places = new SanitizedPlaces(set, at("S"));
    const texts = fc.constantFrom(" a ", "b", '"\\ ', "", "\u00e9 ");
    const { tree } = fc.letrec((tie) => ({
      tree: fc.record({ a: tie("tree"), t: texts, n: fc.integer(), l: fc.array(texts) }, { requiredKeys: [] }),
    }));
    const trimmed = (value: unknown): unknown => {
      if (typeof value !== "object" || value === null) return value;
      const { a, t, ...rest } = value as Record<string, unknown>;
      return {
        ...rest,
        ...(a === undefined ? {} : { a: trimmed(a) }),
        ...(t === undefined ? {} : { t: (t as string).trim() }),
      };
    };
    fc.assert(
      fc.property(tree, fc.constantFrom(0, 1, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const change = places.changeOf(JSON.parse(text), []);
        const out = change === undefined ? text : changeJson(text, change);
        expect(JSON.parse(out)).toEqual(trimmed(value));
      }),
      { numRuns: 500 },
    );
  });
});
