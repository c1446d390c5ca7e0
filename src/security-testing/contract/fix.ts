// Mends what is safe to mend: adds the answers that the gate gives and the document lacks. No request is treated otherwise after it.
import path from "node:path";
import { compose, type Composition, offlinePorts } from "../../configuration/compose.ts";
import { Additions } from "../../openapi/amend/additions.ts";
import { amended, whyNotAmended } from "../../openapi/amend/amended.ts";
import { ProblemsError } from "../../openapi/located.ts";
import { isObject, pointerKeys } from "../../openapi/pointer.ts";
import type { Changed, Untested } from "../finding.ts";
import type { TestContext } from "../tester.ts";
import { answerCases, missingAnswers } from "./answers.ts";
import { type Subject } from "./subject.ts";
import { writeAll } from "./write-all.ts";

export interface Mended {
  /** The policy of the mended document, which is to be closed. */
  readonly composition: Composition;
  readonly changed: readonly Changed["changed"][];
}

/** Undefined where nothing was to be mended. */
export async function mend(subject: Subject, { cwd, loaded }: TestContext): Promise<Mended | Untested | undefined> {
  const ports = offlinePorts(cwd);
  const texts = new Map<string, string>();
  const changed: Changed["changed"][] = [];
  for (const [file, { additions, answers, fields }] of amendmentsFor(subject)) {
    // oxlint-disable-next-line no-await-in-loop -- documents have few files
    const text = await ports.readText(file);
    const result = amended(file, text, subject.api.set.valueOf(file), additions);
    if (result === undefined)
      return notMended(
        file,
        `its text cannot take the answers: ${whyNotAmended(file, text, additions)}; nothing was changed`,
      );
    texts.set(file, result.text);
    changed.push({ file, how: howMany(answers, fields) });
  }
  if (texts.size === 0) return undefined;
  const readText = (file: string) => {
    const text = texts.get(file);
    return text === undefined ? ports.readText(file) : Promise.resolve(text);
  };
  try {
    const composition = await compose(loaded, { ...ports, readText });
    const whole = new Map([...texts].map(([file, text]) => [path.resolve(cwd, file), text]));
    const failed = await writeAll(whole);
    if (failed === undefined) return { composition, changed };
    await composition.close();
    return notMended(path.relative(cwd, failed.file), failed.why);
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return notMended([...texts.keys()].join(", "), `the gate would not take it then: ${error.message}`);
  }
}

interface Amendment {
  readonly additions: Additions;
  /** How many answers are added, and how many fields to a 429 that is there. */
  answers: number;
  fields: number;
}

function amendmentsFor(subject: Subject): ReadonlyMap<string, Amendment> {
  const { set } = subject.api;
  const byFile = new Map<string, Amendment>();
  const at = (file: string): Amendment => {
    const known = byFile.get(file) ?? { additions: new Additions(), answers: 0, fields: 0 };
    byFile.set(file, known);
    return known;
  };
  for (const { operation, status, description } of missingAnswers(subject)) {
    const responses = set.child(operation.at, "responses");
    if (!isObject(responses.value) || "$ref" in responses.value) continue;
    const headers = status === "429" ? { "Retry-After": RETRY_AFTER, ...LIMIT_FIELDS } : LIMIT_FIELDS;
    const amendment = at(responses.file);
    const isNew = amendment.additions.add([...pointerKeys(responses.pointer), status], { description, headers });
    if (isNew) amendment.answers += 1;
  }
  for (const { rule, at: answer, parameter } of answerCases(subject)) {
    const given = parameter === "answer 429" ? FIELDS_OF_RULE[rule] : undefined;
    if (given === undefined) continue;
    const amendment = at(answer.file);
    const keys = [...pointerKeys(answer.pointer), "headers"];
    const there = set.child(answer, "headers").value;
    const names = new Set(isObject(there) ? Object.keys(there).map((name) => name.toLowerCase()) : []);
    for (const [name, field] of Object.entries(given)) {
      if (!names.has(name.toLowerCase()) && amendment.additions.add([...keys, name], field)) amendment.fields += 1;
    }
  }
  return byFile;
}

function howMany(answers: number, fields: number): string {
  const parts = [
    ...(answers === 0 ? [] : [`${answers} ${answers === 1 ? "answer" : "answers"} added`]),
    ...(fields === 0 ? [] : [`${fields} ${fields === 1 ? "field" : "fields"} added to answers that were there`]),
  ];
  return parts.join(", ");
}

const RETRY_AFTER = {
  description: "Seconds until the next request may come.",
  schema: { type: "integer", format: "int32", minimum: 0, maximum: 2_147_483_647 },
};

const LIMIT_FIELDS = {
  RateLimit: {
    description: "What is left of each limit, and the seconds until it is full again.",
    schema: { type: "string", maxLength: 1024, pattern: "^[ -~]*$" },
  },
  "RateLimit-Policy": {
    description: "The limits that hold: how many requests in how many seconds.",
    schema: { type: "string", maxLength: 1024, pattern: "^[ -~]*$" },
  },
};

/** What an answer that is there lacks, by the rule that says so. */
const FIELDS_OF_RULE: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  "contract.retry-after-missing": { "Retry-After": RETRY_AFTER },
  "contract.limit-fields-missing": LIMIT_FIELDS,
};

function notMended(file: string, why: string): Untested {
  return { kind: "contract", what: `--fix of ${file}`, why, isExpected: false };
}
