// A differential fuzz, bounded and seeded: odd JSON texts against the strict reader, `JSON.parse`, and a reference that keeps every member.
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readJson } from "../../src/validation/strict-json.ts";

type Tree =
  | { kind: "object"; members: [string, Tree][] }
  | { kind: "array"; items: Tree[] }
  | { kind: "word"; value: unknown };

/** RFC 8259 by recursive descent, members in order, none lost. Undefined where the text is no JSON. */
function reference(text: string): Tree | undefined {
  let at = 0;
  const fail = (): never => {
    throw new SyntaxError("no JSON");
  };
  const match = (expression: RegExp): string => {
    const sticky = new RegExp(expression, "y");
    sticky.lastIndex = at;
    const found = sticky.exec(text)?.[0] ?? fail();
    at += found.length;
    return found;
  };
  const space = (): void => void match(/[ \t\r\n]*/);
  const string = (): string =>
    JSON.parse(match(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/)) as string;
  const value = (): Tree => {
    space();
    const tree = compound();
    space();
    return tree;
  };
  const list = <T>(close: string, one: () => T): T[] => {
    at += 1;
    space();
    const found: T[] = [];
    if (text[at] === close) {
      at += 1;
      return found;
    }
    for (;;) {
      found.push(one());
      if (text[at] === close) break;
      match(/,/);
    }
    at += 1;
    return found;
  };
  const member = (): [string, Tree] => {
    space();
    const name = string();
    space();
    match(/:/);
    return [name, value()];
  };
  const compound = (): Tree => {
    if (text[at] === "{") return { kind: "object", members: list("}", member) };
    if (text[at] === "[") return { kind: "array", items: list("]", value) };
    if (text[at] === '"') return { kind: "word", value: string() };
    return {
      kind: "word",
      value: JSON.parse(match(/true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/)) as unknown,
    };
  };
  try {
    const tree = value();
    return at === text.length ? tree : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function hasDuplicate(tree: Tree): boolean {
  if (tree.kind === "array") return tree.items.some(hasDuplicate);
  if (tree.kind === "word") return false;
  const names = new Set(tree.members.map(([name]) => name));
  return names.size < tree.members.length || tree.members.some(([, inner]) => hasDuplicate(inner));
}

function plain(tree: Tree): unknown {
  if (tree.kind === "word") return tree.value;
  if (tree.kind === "array") return tree.items.map(plain);
  return Object.fromEntries(tree.members.map(([name, inner]) => [name, plain(inner)]));
}

/** Names that meet: the same one in several spellings, indices, and what V8 takes for another. */
const NAMES = [
  '"a"',
  '"\\u0061"',
  '"A"',
  '"\\\\u0061"',
  '"0"',
  '"00"',
  '""',
  '"\\ud83d\\ude00"',
  '"😀"',
  '"proto"',
  '"b:"',
  '"b,"',
];
const SCALARS = [
  "0",
  "-0.0",
  "1e3",
  "123456789012345",
  "0.1",
  '"x"',
  '"\\"a\\":1"',
  '"\\\\"',
  "true",
  "false",
  "null",
  '"\\n{["',
  "-1",
];
const SPACES = ["", " ", "\n", "\t ", "\r\n"];
const ODD = [
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  "\\",
  "u0061",
  "\u0000",
  "\u00a0",
  "\ufeff",
  "/",
  "*",
  "'",
  "-",
  "+",
  ".",
  "e",
  "0",
  "1",
  "NaN",
  '\\"',
  "\\u",
  "é",
  "\ud800",
];

const { json } = fc.letrec<{ json: string }>((tie) => {
  const space = fc.constantFrom(...SPACES);
  const spaced = (one: fc.Arbitrary<string>) => fc.tuple(space, one, space).map((parts) => parts.join(""));
  const members = fc.array(
    fc
      .tuple(fc.constantFrom(...NAMES), space, spaced(tie("json")))
      .map(([name, gap, value]) => `${name}${gap}:${value}`),
    { maxLength: 5 },
  );
  return {
    json: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom(...SCALARS),
      fc.tuple(members, space).map(([list, gap]) => `{${gap}${list.join(`${gap},${gap}`)}${gap}}`),
      fc.array(spaced(tie("json")), { maxLength: 4 }).map((list) => `[${list.join(",")}]`),
    ),
  };
});

/** Up to three changes at any place: something odd put in, or some characters taken out. */
const odd = fc
  .tuple(json, fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom("", ...ODD)), { maxLength: 3 }))
  .map(([text, changes]) =>
    changes.reduce((now, [place, cut, put]) => {
      const at = place % (now.length + 1);
      return now.slice(0, at) + put + now.slice(at + cut);
    }, text),
  );

const AGREES = "they agree";

/** What is wrong with what the strict reader says of a text. */
function disagreement(bytes: Buffer): string {
  const text = bytes.toString();
  const reading = readJson(bytes);
  const tree = reference(text);
  if (reading.ok) {
    if (tree === undefined) return "accepted what is no JSON";
    if (hasDuplicate(tree)) return "accepted a member twice";
    if (!isDeepStrictEqual(reading.value, plain(tree))) return "read another value";
    // V8 makes one name of another behind one with a backslash; elsewhere it must agree.
    const isSound = text.includes("\\\\") || isDeepStrictEqual(reading.value, JSON.parse(text));
    return isSound ? AGREES : "read another value than JSON.parse";
  }
  const { problem } = reading;
  if (problem.includes("occurs twice")) return tree !== undefined && hasDuplicate(tree) ? AGREES : "saw a duplicate";
  if (problem.includes("not valid JSON")) return tree === undefined ? AGREES : "refused what is JSON";
  return /number|integer|surrogate|byte order mark|UTF-8/i.test(problem) ? AGREES : problem;
}

describe("the strict reader against others", () => {
  it("I01 I06 accepts what is JSON of one value, with no member twice, and refuses nothing else", () => {
    const outcomes = new Map<string, number>();
    fc.assert(
      fc.property(odd, (text) => {
        const bytes = Buffer.from(text);
        expect(disagreement(bytes)).toBe(AGREES);
        const reading = readJson(bytes);
        const outcome = reading.ok ? "accepted" : reading.problem;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }),
      { seed: 20_261_126, numRuns: 20_000 },
    );
    // It met all kinds of texts, or it proves nothing.
    expect(outcomes.get("accepted")).toBeGreaterThan(2_000);
    expect(outcomes.get("A member name occurs twice in one object.")).toBeGreaterThan(500);
    expect(outcomes.get("The body is not valid JSON.")).toBeGreaterThan(2_000);
    expect(outcomes.size).toBeGreaterThan(5);
  });
});
