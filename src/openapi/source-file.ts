// One file of a document: its text, read as JSON or YAML strictly enough that every reader sees the same thing in it.
import { LineCounter, parseDocument } from "yaml";
import { jsonFaultOffset } from "./json-fault.ts";
import { countMembers, duplicateMembers } from "./json-text.ts";
import { type Position, type Problem, ProblemsError } from "./located.ts";
import { countLines, jsonPositions, type SourcePositions, yamlPositions } from "./source-positions.ts";
import { type Survey, survey } from "./survey.ts";

/** How often aliases may multiply what one anchor holds; beyond it a document is a bomb, not an API. */
const ALIAS_COUNT_MAX = 10_000;

export class SourceFile {
  readonly name: string;
  readonly value: unknown;
  readonly survey: Survey;
  readonly #positions: SourcePositions | undefined;

  private constructor(name: string, value: unknown, surveyed: Survey, positions: SourcePositions | undefined) {
    this.name = name;
    this.value = value;
    this.survey = surveyed;
    this.#positions = positions;
  }

  /** Reads text. Throws ProblemsError with every syntax error. */
  static parse(name: string, source: string): SourceFile {
    const text = source.startsWith("\uFEFF") ? source.slice(1) : source;
    const looksJson = /^\s*[[{]/.test(text);
    if (name.toLowerCase().endsWith(".json")) return SourceFile.#json(name, text);
    if (looksJson) {
      try {
        JSON.parse(text);
      } catch {
        return SourceFile.#yaml(name, text);
      }
      return SourceFile.#json(name, text);
    }
    return SourceFile.#yaml(name, text);
  }

  /** Takes a value that has no text. Its positions name the pointer instead of a line. */
  static fromValue(name: string, value: unknown): SourceFile {
    return new SourceFile(name, value, survey(name, value), undefined);
  }

  position(pointer: string, keys: readonly string[]): Position {
    if (this.#positions === undefined) return { file: `${this.name}#${pointer}`, line: 1, column: 1 };
    return { file: this.name, ...this.#positions.lineAndColumn(this.#positions.offset(keys)) };
  }

  static #json(name: string, text: string): SourceFile {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new ProblemsError([syntaxProblem(name, text, jsonFaultOffset(text), "this is not valid JSON")]);
    }
    const surveyed = survey(name, value);
    if (surveyed.members !== countMembers(text)) {
      throw new ProblemsError(
        duplicateMembers(text).map(({ key, offset }) =>
          syntaxProblem(name, text, offset, `"${key}" is written twice in one object`, "Keep one of the two."),
        ),
      );
    }
    return new SourceFile(name, value, surveyed, jsonPositions(text));
  }

  static #yaml(name: string, text: string): SourceFile {
    const document = parseDocument(text, { prettyErrors: false, merge: true, logLevel: "silent" });
    const problems: Problem[] = [];
    let isBroken = false;
    for (const error of [...document.errors, ...document.warnings]) {
      const twice = error.code === "DUPLICATE_KEY";
      // One bracket too few makes an error of each word behind it.
      if (isBroken && !twice) continue;
      isBroken ||= !twice;
      const what = twice ? "this key is written twice in one mapping" : `this is not valid YAML: ${error.message}`;
      const remedy = twice ? "Keep one of the two." : YAML_REMEDY;
      problems.push(syntaxProblem(name, text, error.pos[0], what, remedy));
    }
    if (problems.length > 0) throw new ProblemsError(problems);
    let value: unknown;
    try {
      value = document.toJS({ maxAliasCount: ALIAS_COUNT_MAX });
    } catch {
      throw new ProblemsError([
        syntaxProblem(name, text, 0, "its YAML aliases expand without end", "Write the repeated parts as `$ref`."),
      ]);
    }
    return new SourceFile(name, value, survey(name, value), yamlPositions(text));
  }
}

const YAML_REMEDY =
  "Look for what was opened and not closed, or stands there unquoted. What else is wrong behind it shows when this is mended.";

function syntaxProblem(name: string, text: string, offset: number, message: string, remedy?: string): Problem {
  const lines = new LineCounter();
  countLines(text, lines);
  const place = lines.linePos(Math.min(offset, text.length));
  return {
    severity: "error",
    rule: "openapi.syntax",
    message: `${name}: ${message}`,
    remedy,
    position: { file: name, line: Math.max(1, place.line), column: Math.max(1, place.col) },
  };
}
