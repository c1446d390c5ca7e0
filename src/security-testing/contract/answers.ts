// Contract rules about answers that clients meet and the document does not describe.
import { isObject } from "../../openapi/pointer.ts";
import type { Operation } from "../../openapi/operation.ts";
import { type Case, nameOf, policiesOf, type Subject } from "./subject.ts";

interface Expected {
  readonly rule: Case["rule"];
  readonly statuses: readonly string[];
  readonly say: string;
  /** The status that `--fix` adds, and what it says of it. */
  readonly fix?: { readonly status: string; readonly description: string };
}

const INVALID: Expected = {
  rule: "contract.answer-invalid-missing",
  statuses: ["400", "422"],
  say: "400",
  fix: { status: "400", description: "The request does not fit this document." },
};
const UNKNOWN: Expected = {
  rule: "contract.answer-401-missing",
  statuses: ["401"],
  say: "401",
  fix: { status: "401", description: "The caller is not known." },
};
const FORBIDDEN: Expected = {
  rule: "contract.answer-403-missing",
  statuses: ["403"],
  say: "403",
  fix: { status: "403", description: "The caller may not do this." },
};
const TOO_OFTEN: Expected = {
  rule: "contract.answer-429-missing",
  statuses: ["429"],
  say: "429",
  fix: { status: "429", description: "The caller asks too often." },
};
const FAILED: Expected = { rule: "contract.answer-500-missing", statuses: ["500"], say: "500" };

/** A status that is missing, and what would describe it. */
export interface MissingAnswer {
  readonly operation: Operation;
  readonly status: string;
  readonly description: string;
}

export function* answerCases(subject: Subject): Generator<Case> {
  for (const [operation, expected] of missing(subject)) {
    const message = `${nameOf(operation)} does not describe the answer ${expected.say}`;
    yield { rule: expected.rule, at: operation.at, key: "responses", operation, message };
  }
  yield* fieldCases(subject);
}

export function* missingAnswers(subject: Subject): Generator<MissingAnswer> {
  for (const [operation, { fix }] of missing(subject)) if (fix !== undefined) yield { operation, ...fix };
}

function* missing(subject: Subject): Generator<[Operation, Expected]> {
  for (const [operation, policy] of policiesOf(subject)) {
    const { alternatives, roles, permissions } = policy;
    const isSecured = alternatives.some((schemes) => schemes.length > 0);
    const asksMore =
      roles !== undefined ||
      permissions !== undefined ||
      alternatives.some((schemes) => schemes.some(({ scopes }) => scopes.length > 0));
    const takesInput = operation.parameters.length > 0 || operation.requestBody !== undefined;
    const expected = [
      ...(takesInput ? [INVALID] : []),
      ...(isSecured ? [UNKNOWN] : []),
      ...(isSecured && asksMore ? [FORBIDDEN] : []),
      TOO_OFTEN,
      FAILED,
    ];
    for (const one of expected) if (!isDescribed(operation, one)) yield [operation, one];
  }
}

/** `4XX` and `default` describe what no line of its own does (OpenAPI 3.1, 4.8.16). */
function isDescribed({ responses }: Operation, { statuses }: Expected): boolean {
  const range = `${(statuses[0] as string).slice(0, 1)}XX`;
  return responses.some(
    ({ status }) => statuses.includes(status) || status.toUpperCase() === range || status === "default",
  );
}

const LIMIT_FIELDS = ["ratelimit", "ratelimit-limit", "x-ratelimit-limit", "x-rate-limit-limit"];

function* fieldCases(subject: Subject): Generator<Case> {
  const { set } = subject.api;
  const seen = new Set<string>();
  for (const operation of subject.api.operations) {
    const answers = set.child(operation.at, "responses");
    if (!isObject(answers.value)) continue;
    for (const { status, headers } of operation.responses) {
      const at = set.follow(set.child(answers, status));
      const key = `${at.file}#${at.pointer}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const parameter = `answer ${status}`;
      if (status === "429" && !headers.has("retry-after")) {
        const message = `${nameOf(operation)}: the answer 429 has no Retry-After`;
        yield { rule: "contract.retry-after-missing", at, operation, parameter, message };
      }
      if (/^[24]/.test(status) && !LIMIT_FIELDS.some((name) => headers.has(name))) {
        const message = `${nameOf(operation)}: the answer ${status} describes no RateLimit fields`;
        yield { rule: "contract.limit-fields-missing", at, operation, parameter, message };
      }
    }
  }
}
