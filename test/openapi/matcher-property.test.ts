// The matcher against a plain reading of its rules, over random templates and paths.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findAmbiguities } from "../../src/openapi/ambiguities.ts";
import { Matcher, type Route } from "../../src/openapi/matcher.ts";

/** More by hand: `RUNS=100000`. */
const RUNS = Number(process.env["RUNS"] ?? 3000);

type Kind = { rank: number; fits(segment: string): boolean };

/** Literal before text with a parameter (more text first) before parameter. */
function kindOf(segment: string): Kind {
  const open = segment.indexOf("{");
  if (open < 0) return { rank: 0, fits: (text) => text === segment };
  const [head, tail] = [segment.slice(0, open), segment.slice(segment.indexOf("}") + 1)];
  const text = head.length + tail.length;
  return {
    rank: text === 0 ? 1000 : 500 - text * 10 - head.length,
    fits: (value) => value.length > text && value.startsWith(head) && value.endsWith(tail),
  };
}

/** A path that is another declared one with a format at its end is nobody's. */
function naive(templates: readonly string[], path: string): string | undefined {
  const best = firstOf(templates, path);
  if (best === undefined || !/\/[^/.]*\{\}$/.test(best)) return best;
  const last = path.slice(path.lastIndexOf("/") + 1);
  for (let dot = last.indexOf(".", 1); dot > 0; dot = last.indexOf(".", dot + 1)) {
    const other = firstOf(templates, path.slice(0, path.length - last.length + dot));
    if (other !== undefined && other !== best) return undefined;
  }
  return best;
}

function firstOf(templates: readonly string[], path: string): string | undefined {
  const segments = path.slice(1).split("/");
  const fitting = templates.filter((template) => {
    const own = template.slice(1).split("/");
    return own.length === segments.length && own.every((segment, i) => kindOf(segment).fits(segments[i] as string));
  });
  const ranks = (template: string): number[] =>
    template
      .slice(1)
      .split("/")
      .map((segment) => kindOf(segment).rank);
  return fitting.sort((a, b) => {
    const [ranksA, ranksB] = [ranks(a), ranks(b)];
    const i = ranksA.findIndex((rank, at) => rank !== ranksB[at]);
    return i < 0 ? 0 : (ranksA[i] as number) - (ranksB[i] as number);
  })[0];
}

const word = fc.constantFrom("a", "b", "ab", "me", "a.j");
const segment = fc.oneof(
  { weight: 3, arbitrary: word },
  { weight: 3, arbitrary: fc.constant("{}") },
  fc.constantFrom("{}.j", "a{}", "a{}.j", "{}b"),
);
const templates = fc.uniqueArray(
  fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join("/")}`),
  { minLength: 1, maxLength: 14 },
);

function matcherOf(list: readonly string[]): Matcher<string> {
  const named: Route<string>[] = list.map((template) => {
    let i = 0;
    return { method: "GET", template: template.replaceAll("{}", () => `{p${(i += 1)}}`), value: template };
  });
  expect(findAmbiguities(named)).toEqual([]);
  return new Matcher(named);
}

function matched(matcher: Matcher<string>, path: string): string | undefined {
  const found = matcher.match("GET", path);
  return found === undefined || "allow" in found ? undefined : found.value;
}

describe("matcher", () => {
  it("finds what the rules say, for plainly spelled paths", () => {
    const value = fc.constantFrom("a", "b", "ab", "me", "a.j", "x", "ax", "ax.j", "xb", "x.j", "7");
    const path = fc.array(value, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join("/")}`);
    fc.assert(
      fc.property(templates, fc.array(path, { minLength: 1, maxLength: 12 }), (list, paths) => {
        const matcher = matcherOf(list);
        for (const one of paths) expect(matched(matcher, one)).toBe(naive(list, one));
      }),
      { numRuns: RUNS },
    );
  });

  it("G03 never takes a path for less than a lenient upstream would take it for", () => {
    const disguise = fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => text.toUpperCase(),
      (text) => text.replace(/[a-z]/, (c) => `%${c.charCodeAt(0).toString(16)}`),
      (text) => text.replace(/[a-z]/, (c) => `%25${c.charCodeAt(0).toString(16)}`),
      (text) => `${text};v=1`,
      (text) => `${text}.`,
      (text) => `${text}%20`,
    );
    const value = fc.tuple(fc.constantFrom("a", "b", "ab", "me", "a.j", "x", "x.j", "ax.j"), disguise);
    const path = fc.array(value, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(templates, fc.array(path, { minLength: 1, maxLength: 12 }), (list, paths) => {
        const taken: string[] = [];
        const matcher = matcherOf(list);
        for (const parts of paths) {
          const sent = `/${parts.map(([text, disguised]) => disguised(text)).join("/")}`;
          const found = matched(matcher, sent);
          const meant = naive(list, `/${parts.map(([text]) => text).join("/")}`);
          if (found !== undefined && meant !== undefined && found !== meant)
            taken.push(`${sent} as ${found}, not ${meant}`);
        }
        expect(taken).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it("gives the parameters as they stand in the path", () => {
    const value = fc.stringMatching(/^[!-.0-~]{1,8}$/);
    fc.assert(
      fc.property(value, value, (a, b) => {
        const found = new Matcher([{ method: "GET", template: "/o/{a}/p/{b}", value: 1 }]).match(
          "GET",
          `/o/${a}/p/${b}`,
        );
        expect(found).toEqual({ value: 1, parameters: [a, b] });
      }),
    );
  });

  it("answers any text without failing", () => {
    const matcher = matcherOf(["/a/{}", "/{}/b", "/a{}.j/{}", "/{}"]);
    const text = fc.string({ unit: "binary" });
    expect(() => fc.assert(fc.property(text, (any) => void matcher.match("GET", `/${any}`)))).not.toThrow();
  });

  it("costs as much with 10,000 operations as with 10", () => {
    const cost = (size: number): number => {
      const list = Array.from({ length: size }, (_, i) => `/service-${i}/items/{}/parts/{}`);
      const matcher = matcherOf([...list, "/{}/items/{}"]);
      const path = `/service-${size >> 1}/items/17/parts/23`;
      let best = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 15; round += 1) {
        const start = performance.now();
        for (let i = 0; i < 5000; i += 1) matcher.match("GET", path);
        best = Math.min(best, performance.now() - start);
      }
      return best;
    };
    const few = cost(10);
    expect(cost(10_000)).toBeLessThan(few * 4);
  });
});
