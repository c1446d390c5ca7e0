// Guards one operation's answers: declared status, declared media type, and JSON that fits its schema (R01–R03).
import { hasNoBody } from "../core/answer.ts";
import type { AnswerHead, Exchange } from "../core/exchange.ts";
import type { ResponseGuard } from "../core/guard.ts";
import { CONTINUE, type Denial, deny, type Outcome } from "../core/outcome.ts";
import type { Undeclared } from "../core/undeclared.ts";
import type { FieldLines } from "../http/fields.ts";
import { essenceOf } from "../http/media-type.ts";
import type { Operation } from "../openapi/operation.ts";
import { type DeclaredMedia, MediaTable } from "./body-media.ts";
import {
  ANSWER_ITEMS_MAX,
  ANSWER_MEMBERS_MAX,
  JSON_LEVELS_MAX,
  UNDECLARED_NAMES_MAX,
  UNDECLARED_PLACES_MAX,
} from "./limits.ts";
import type { SchemaCompiler } from "./schema-compiler.ts";
import { type Judge, mediaJudges } from "./media-judges.ts";
import type { SchemaSource } from "./schema-source.ts";
import { shownName } from "./sentence.ts";
import { type JsonLimits, readJson } from "./strict-json.ts";
import { usedAt } from "./used-names.ts";

export interface ResponseValidationOptions {
  readonly operation: Operation;
  readonly set: SchemaSource;
  readonly schemas: SchemaCompiler;
  readonly mode: ResponseGuard["mode"];
}

export const ANSWER_JSON: JsonLimits = {
  levelsMax: JSON_LEVELS_MAX * 2,
  membersMax: ANSWER_MEMBERS_MAX,
  itemsMax: ANSWER_ITEMS_MAX,
  trusted: true,
};

interface DeclaredAnswer {
  readonly table: MediaTable;
  readonly judges: ReadonlyMap<DeclaredMedia, Judge>;
}

/** Undefined where the document says nothing about the operation's answers. */
export function responseValidation(options: ResponseValidationOptions): ResponseGuard | undefined {
  return options.operation.responses.length === 0 ? undefined : new AnswersGuard(options);
}

class AnswersGuard implements ResponseGuard {
  readonly practice = "validation";
  readonly name = "validation.responses";
  readonly mode: ResponseGuard["mode"];
  readonly on = "upstream";
  readonly #answers: ReadonlyMap<string, DeclaredAnswer>;

  constructor({ operation, set, schemas, mode }: ResponseValidationOptions) {
    this.mode = mode;
    const answers = new Map<string, DeclaredAnswer>();
    for (const response of operation.responses) {
      const table = new MediaTable(response.content, set);
      const judges = mediaJudges(table, set, schemas, "response");
      answers.set(response.status.toUpperCase(), { table, judges });
    }
    this.#answers = answers;
  }

  head(exchange: Exchange, answer: AnswerHead): Outcome {
    // An upstream answers 304 to any conditional GET: no document lists it.
    if (answer.status === 304 || answer.status < 200) return CONTINUE;
    const declared = this.#find(answer.status);
    if (declared === undefined)
      return undeclaredAnswer("status", `status ${answer.status} is not declared`, {
        in: "answer",
        media: mediaOf(answer),
        names: [],
      });
    if (declared.table.declared.length === 0 || hasNoBody(exchange.request.method, answer.status)) return CONTINUE;
    const type = fieldOf(answer.lines, "content-type");
    if (type === undefined) {
      if (fieldOf(answer.lines, "content-length") === "0") return CONTINUE;
      return undeclaredAnswer("content-type", "the media type is missing");
    }
    if (declared.table.match(type) !== undefined) return CONTINUE;
    const message = `the media type is not declared for status ${answer.status}`;
    return undeclaredAnswer("content-type", message, { in: "answer", media: essenceOf(type), names: [] });
  }

  needsBody(exchange: Exchange, answer: AnswerHead): boolean {
    if (this.#judgeOf(answer) === undefined) return false;
    // Nobody could say whether compressed bytes fit. Where they must be judged, they are refused as no JSON.
    const coding = fieldOf(answer.lines, "content-encoding");
    if (this.mode === "enforce" || coding === undefined || coding.toLowerCase() === "identity") return true;
    exchange.note({ guard: this.name, kind: "not-judged", text: "encoded" });
    return false;
  }

  body(exchange: Exchange, answer: AnswerHead, bytes: Uint8Array): Outcome {
    const judge = this.#judgeOf(answer);
    if (judge === undefined) return CONTINUE;
    const reading = readJson(bytes, ANSWER_JSON);
    if (!reading.ok) return invalidAnswer([{ at: "", message: reading.problem.replace("The body", "The answer") }]);
    const fits = judge.check.fits(reading.value);
    if (fits || this.mode === "monitor") this.#noteUndeclared(exchange, judge, reading.value, answer);
    return fits ? CONTINUE : invalidAnswer(judge.check.explain(reading.value, "The answer", reading.values));
  }

  #noteUndeclared(exchange: Exchange, judge: Judge, value: unknown, answer: AnswerHead): void {
    const places = judge.undeclared().find(value, UNDECLARED_PLACES_MAX);
    if (places.length === 0) return;
    const text = `undeclared in the answer: ${places.slice(0, UNDECLARED_NAMES_MAX).map(shownName).join(", ")}`;
    const undeclared = usedAt("answer", value, places, mediaOf(answer));
    exchange.note({ guard: this.name, kind: "noticed", text, undeclared });
  }

  /** The exact status, then its class, then `default` (OpenAPI 3.1, 4.8.16). */
  #find(status: number): DeclaredAnswer | undefined {
    return (
      this.#answers.get(String(status)) ??
      this.#answers.get(`${Math.floor(status / 100)}XX`) ??
      this.#answers.get("DEFAULT")
    );
  }

  #judgeOf(answer: AnswerHead): Judge | undefined {
    const declared = this.#find(answer.status);
    const type = declared === undefined ? undefined : fieldOf(answer.lines, "content-type");
    if (declared === undefined || type === undefined) return undefined;
    const matched = declared.table.match(type);
    return matched?.kind === "json" ? declared.judges.get(matched.declared) : undefined;
  }
}

function undeclaredAnswer(at: string, message: string, undeclared?: Undeclared): Denial {
  const violations = [{ in: "answer", at, message }] as const;
  return deny("validation.response-undeclared", { violations, ...(undeclared === undefined ? {} : { undeclared }) });
}

function invalidAnswer(violations: readonly { at: string; message: string }[]): Denial {
  return deny("validation.response-invalid", {
    violations: violations.map(({ at, message }) => ({ in: "answer", at, message })),
  });
}

/** The media type of an answer without parameters; undefined where it has none. */
export function mediaOf(answer: AnswerHead): string | undefined {
  return essenceOf(fieldOf(answer.lines, "content-type"));
}

export function fieldOf(lines: FieldLines, name: string): string | undefined {
  for (let i = 0; i < lines.length; i += 2) {
    const candidate = lines[i] as string;
    if (candidate.length === name.length && candidate.toLowerCase() === name) return lines[i + 1];
  }
  return undefined;
}
