// Regular expressions of the document in linear time: no pattern and no value can make one slow (I13).
import { RE2JS } from "re2js";
import { translatePattern } from "./pattern-translation.ts";

/** What ajv and the checks need of a pattern. ajv caches patterns by `toString()`: it must tell them apart. */
export interface LinearPattern {
  test(text: string): boolean;
  toString(): string;
}

/** Why a pattern cannot be enforced. */
export interface PatternProblem {
  readonly what: string;
  readonly index: number | undefined;
}

class Re2Pattern implements LinearPattern {
  readonly #source: string;
  readonly #re2: RE2JS;

  constructor(source: string, re2: RE2JS) {
    this.#source = source;
    this.#re2 = re2;
  }

  test(text: string): boolean {
    return this.#re2.test(text);
  }

  toString(): string {
    return `re2:${this.#source}`;
  }
}

const compiled = new Map<string, LinearPattern>();

/** The compiled pattern, or why there is none. Patterns come from documents only, never from requests. */
export function linearPattern(source: string): LinearPattern | PatternProblem {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const native = ecmaPattern(source);
  if (native === undefined) return { what: "is not a regular expression (ECMA-262)", index: undefined };
  const translation = translatePattern(source);
  if (translation.unsupported !== undefined) {
    return { what: `uses ${translation.unsupported.what}`, index: translation.unsupported.index };
  }
  let pattern: LinearPattern;
  if (translation.plain && native.unicode) {
    // V8 needs linear time for these as well, and a twentieth of the time of a translated one.
    pattern = native;
  } else {
    try {
      pattern = new Re2Pattern(source, RE2JS.compile(RE2JS.translateRegExp(translation.re2)));
    } catch {
      return { what: "cannot be run in linear time", index: undefined };
    }
  }
  compiled.set(source, pattern);
  return pattern;
}

export function isPatternProblem(result: LinearPattern | PatternProblem): result is PatternProblem {
  return "what" in result;
}

/** The engine for ajv's `code.regExp`. `verify` has refused what fails here. */
export const linearEngine = Object.assign(
  (source: string, _flags: string): LinearPattern => {
    const result = linearPattern(source);
    if (isPatternProblem(result)) throw new Error(`The pattern ${JSON.stringify(source)} ${result.what}.`);
    return result;
  },
  { code: "linearEngine" },
);

function ecmaPattern(source: string): RegExp | undefined {
  try {
    return new RegExp(source, "u");
  } catch {
    try {
      return new RegExp(source);
    } catch {
      return undefined;
    }
  }
}
