// Guards one operation's answers: declared status, media type and fields, and JSON that fits its schema, or is cut until it does (R01–R04).
import { hasNoBody } from "../core/answer.ts";
import type { AnswerHead, Exchange } from "../core/exchange.ts";
import type { ResponseGuard } from "../core/guard.ts";
import { CONTINUE, type Denial, deny, type Outcome } from "../core/outcome.ts";
import type { Undeclared } from "../core/undeclared.ts";
import { unknownBodyLines } from "../http/body-fields.ts";
import { type FieldLines, linesHold } from "../http/fields.ts";
import { essenceOf } from "../http/media-type.ts";
import type { Operation } from "../openapi/operation.ts";
import { cutPlaces } from "./answer-stripper.ts";
import { type DeclaredMedia, MediaTable } from "./body-media.ts";
import { cutText } from "./cut-text.ts";
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
import { type JsonLimits, type JsonText, readJson } from "./strict-json.ts";
import { toldPlaces, usedAt } from "./used-names.ts";

export interface ResponseValidationOptions {
  readonly operation: Operation;
  readonly set: SchemaSource;
  readonly schemas: SchemaCompiler;
  /** `strip`: what may not leave is cut, what then does not fit is noted, and what cannot be judged is refused. */
  readonly mode: ResponseGuard["mode"] | "strip";
  /** With `monitor`: what is observed is what `strip` would do, not what `enforce` would. */
  readonly wouldStrip?: boolean;
}

export const ANSWER_JSON: JsonLimits = {
  levelsMax: JSON_LEVELS_MAX * 2,
  membersMax: ANSWER_MEMBERS_MAX,
  itemsMax: ANSWER_ITEMS_MAX,
  trusted: true,
};

/** What a client needs of an error whose body is not shown. */
const OF_ERRORS: ReadonlySet<string> = new Set(["retry-after", "www-authenticate", "allow", "accept"]);

interface DeclaredAnswer {
  readonly table: MediaTable;
  readonly judges: ReadonlyMap<DeclaredMedia, Judge>;
  readonly requiredHeaders: readonly string[];
}

type Places = readonly { readonly at: string; readonly message: string }[];

/** Undefined where the document says nothing about the operation's answers. */
export function responseValidation(options: ResponseValidationOptions): ResponseGuard | undefined {
  return options.operation.responses.length === 0 ? undefined : new AnswersGuard(options);
}

class AnswersGuard implements ResponseGuard {
  readonly practice = "validation";
  readonly name = "validation.responses";
  readonly mode: ResponseGuard["mode"];
  readonly on = "upstream";
  readonly #strips: boolean;
  readonly #wouldStrip: boolean;
  readonly #answers: ReadonlyMap<string, DeclaredAnswer>;
  /** By statuses that came: there are 900 at most. */
  readonly #found = new Map<number, DeclaredAnswer>();
  /** Only where some body is judged: an answer that nobody must see whole may be encoded, or a part. */
  readonly body?: NonNullable<ResponseGuard["body"]>;

  constructor({ operation, set, schemas, mode, wouldStrip = false }: ResponseValidationOptions) {
    this.#strips = mode === "strip";
    this.#wouldStrip = mode === "monitor" && wouldStrip;
    this.mode = mode === "strip" ? "enforce" : mode;
    const answers = new Map<string, DeclaredAnswer>();
    for (const { status, content, requiredHeaders } of operation.responses) {
      const table = new MediaTable(content, set);
      const judges = mediaJudges(table, set, schemas, "response");
      answers.set(status.toUpperCase(), { table, judges, requiredHeaders });
      if (judges.size > 0) this.body = (exchange, answer, bytes) => this.#judge(exchange, answer, bytes);
    }
    this.#answers = answers;
  }

  head(exchange: Exchange, answer: AnswerHead): Outcome {
    const { status } = answer;
    if (status < 200) return CONTINUE;
    // An upstream answers 304 to any conditional GET: no document lists it.
    if (status === 304) return this.#unseen(answer);
    const declared = this.#find(status);
    if (declared === undefined) {
      const undeclared: Undeclared = { in: "answer", media: mediaOf(answer), names: [] };
      return this.#undeclared(answer, "status", `status ${status} is not declared`, undeclared);
    }
    const bodiless = hasNoBody(exchange.request.method, status);
    const problem = bodiless && exchange.request.method !== "HEAD" ? undefined : this.#mediaProblem(declared, answer);
    if (problem !== undefined) {
      const media = mediaOf(answer);
      const undeclared: Undeclared | undefined = media === undefined ? undefined : { in: "answer", media, names: [] };
      return this.#undeclared(answer, "content-type", problem, undeclared);
    }
    const judge = this.mode === "enforce" ? this.#judgeOf(answer) : undefined;
    if (judge !== undefined) {
      const why = status === 206 ? "part of a text" : isEncoded(answer.lines) ? "encoded text" : undefined;
      if (why !== undefined) return this.#invalid(answer, [{ at: "", message: `${why} cannot be judged` }]);
    }
    const missing = declared.requiredHeaders.find((name) => !linesHold(answer.lines, name));
    if (missing !== undefined) {
      const denial = this.#invalid(answer, [{ at: missing, message: `the field ${missing} is required` }]);
      if (!this.#strips) return denial;
      exchange.note({ guard: this.name, kind: "would-deny", denial });
    }
    return judge !== undefined && bodiless ? this.#unseen(answer) : CONTINUE;
  }

  needsBody(exchange: Exchange, answer: AnswerHead): boolean {
    if (this.#judgeOf(answer) === undefined) return false;
    // Nobody could say whether compressed bytes fit. Where they must be judged, they were refused.
    if (this.mode === "enforce" || !isEncoded(answer.lines)) return true;
    exchange.note({ guard: this.name, kind: "not-judged", text: "encoded" });
    return false;
  }

  #judge(exchange: Exchange, answer: AnswerHead, bytes: Uint8Array): Outcome {
    const judge = this.#judgeOf(answer);
    if (judge === undefined) return CONTINUE;
    const reading = readJson(bytes, ANSWER_JSON);
    if (!reading.ok) {
      return this.#invalid(answer, [{ at: "", message: reading.problem.replace("The body", "The answer") }]);
    }
    if (this.#strips) return this.#strip(exchange, answer, judge, reading);
    if (this.#wouldStrip) {
      this.#noteUndeclared(exchange, judge, reading.value, answer);
      return this.#strip(exchange, answer, judge, reading);
    }
    const fits = judge.check.fits(reading.value);
    if (fits || this.mode === "monitor") this.#noteUndeclared(exchange, judge, reading.value, answer);
    return fits ? CONTINUE : this.#invalid(answer, judge.check.explain(reading.value, "The answer", reading.values));
  }

  #noteUndeclared(exchange: Exchange, judge: Judge, value: unknown, answer: AnswerHead): void {
    const places = judge.undeclared().find(value, UNDECLARED_PLACES_MAX);
    if (places.length === 0) return;
    const text = `undeclared in the answer: ${toldPlaces(places, UNDECLARED_NAMES_MAX)}`;
    const undeclared = usedAt("answer", value, places, mediaOf(answer));
    exchange.note({ guard: this.name, kind: "noticed", text, undeclared });
  }

  #strip(exchange: Exchange, answer: AnswerHead, judge: Judge, reading: JsonText): Outcome {
    const { cut, refused } = judge.stripper().strip(reading.value);
    if (refused !== undefined) return this.#invalid(answer, [refused]);
    if (!judge.check.fits(reading.value)) {
      const places = judge.check.explain(reading.value, "The answer", reading.values);
      // Where answers are stripped, this goes out: whoever only observes must not take it for a denial to come.
      if (this.#wouldStrip) {
        const text = `would go out though it does not fit: ${toldPlaces(
          places.map(({ at }) => at),
          UNDECLARED_NAMES_MAX,
        )}`;
        exchange.note({ guard: this.name, kind: "noticed", text });
      } else exchange.note({ guard: this.name, kind: "would-deny", denial: invalidAnswer(places) });
    }
    if (cut === undefined) return CONTINUE;
    const what = `stripped: ${toldPlaces(cutPlaces(cut, UNDECLARED_NAMES_MAX), UNDECLARED_NAMES_MAX)}`;
    return { kind: "replace", bytes: Buffer.from(cutText(reading.text, cut)), what };
  }

  /** The exact status, then its class, then `default` (OpenAPI 3.1, 4.8.16). A part is a part of what 200 has. */
  #find(status: number): DeclaredAnswer | undefined {
    const known = this.#found.get(status);
    if (known !== undefined) return known;
    const exact = this.#answers.get(String(status)) ?? (status === 206 ? this.#answers.get("200") : undefined);
    const found = exact ?? this.#answers.get(`${Math.floor(status / 100)}XX`) ?? this.#answers.get("DEFAULT");
    if (found !== undefined) this.#found.set(status, found);
    return found;
  }

  #mediaProblem({ table }: DeclaredAnswer, { status, lines }: AnswerHead): string | undefined {
    if (fieldOf(lines, "content-length") === "0") return undefined;
    const type = fieldOf(lines, "content-type");
    if (table.declared.length > 0) {
      if (type === undefined) return "the media type is missing";
      // Some clients take the first, some the last.
      if (isTwice(lines, "content-type")) return "the media type is said twice";
      return table.match(type) === undefined ? `the media type is not declared for status ${status}` : undefined;
    }
    // Documents often leave out what a success looks like; what an API says when it breaks is not for strangers (R04).
    return this.#strips || this.#wouldStrip || status >= 500 ? `no body is declared for status ${status}` : undefined;
  }

  #judgeOf(answer: AnswerHead): Judge | undefined {
    const declared = this.#find(answer.status);
    const type = declared === undefined ? undefined : fieldOf(answer.lines, "content-type");
    if (declared === undefined || type === undefined) return undefined;
    const matched = declared.table.match(type);
    return matched?.kind === "json" ? declared.judges.get(matched.declared) : undefined;
  }

  /** The body is not here to be cut, but its fields are: they must go with what would be sent. */
  #unseen(answer: AnswerHead): Outcome {
    if (this.#strips && this.body !== undefined) answer.lines = unknownBodyLines(answer.lines);
    return CONTINUE;
  }

  #undeclared(answer: AnswerHead, at: string, message: string, undeclared?: Undeclared): Denial {
    const violations = [{ in: "answer", at, message }] as const;
    const more = undeclared === undefined ? { violations } : { violations, undeclared };
    return this.#shown(answer, deny("validation.response-undeclared", more));
  }

  #invalid(answer: AnswerHead, places: Places): Denial {
    return this.#shown(answer, invalidAnswer(places));
  }

  /** Clients act upon the status of an error: where answers are stripped it stays, without the body. */
  #shown({ status, lines }: AnswerHead, denial: Denial): Denial {
    if (!this.#strips || status < 400) return denial;
    return { ...denial, reason: "validation.error-hidden", status, lines: errorLines(lines) };
  }
}

function invalidAnswer(places: Places): Denial {
  return deny("validation.response-invalid", {
    violations: places.map(({ at, message }) => ({ in: "answer", at, message })),
  });
}

function errorLines(lines: FieldLines): FieldLines {
  const kept: string[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    if (OF_ERRORS.has((lines[i] as string).toLowerCase())) kept.push(lines[i] as string, lines[i + 1] as string);
  }
  return kept;
}

function isTwice(lines: FieldLines, name: string): boolean {
  let count = 0;
  for (let i = 0; i < lines.length; i += 2) {
    const candidate = lines[i] as string;
    if (candidate.length === name.length && candidate.toLowerCase() === name) count += 1;
  }
  return count > 1;
}

function isEncoded(lines: FieldLines): boolean {
  const coding = fieldOf(lines, "content-encoding");
  return coding !== undefined && coding.trim().toLowerCase() !== "identity";
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
