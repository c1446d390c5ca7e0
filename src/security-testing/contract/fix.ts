// Mends what is safe to mend: adds the answers that the gate gives and the document lacks. No request is treated otherwise after it.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { compose, type Composition, offlinePorts } from "../../configuration/compose.ts";
import { Additions } from "../../openapi/amend/additions.ts";
import { amended } from "../../openapi/amend/amended.ts";
import { ProblemsError } from "../../openapi/located.ts";
import { isObject, pointerKeys } from "../../openapi/pointer.ts";
import type { Untested } from "../finding.ts";
import type { TestContext } from "../tester.ts";
import { answerCases, missingAnswers } from "./answers.ts";
import { type Subject } from "./subject.ts";

/** The policy of the mended document, which is to be closed; undefined where nothing was to be mended. */
export async function mend(
  subject: Subject,
  { cwd, loaded }: TestContext,
): Promise<Composition | Untested | undefined> {
  const ports = offlinePorts(cwd);
  const texts = new Map<string, string>();
  for (const [file, additions] of additionsFor(subject)) {
    // oxlint-disable-next-line no-await-in-loop -- documents have few files
    const result = amended(file, await ports.readText(file), subject.api.set.valueOf(file), additions);
    if (result === undefined) return notMended(file, "its text cannot take the answers where they belong");
    texts.set(file, result.text);
  }
  if (texts.size === 0) return undefined;
  const readText = (file: string) => {
    const text = texts.get(file);
    return text === undefined ? ports.readText(file) : Promise.resolve(text);
  };
  try {
    const composition = await compose(loaded, { ...ports, readText });
    // oxlint-disable-next-line no-await-in-loop
    for (const [file, text] of texts) await writeFile(path.resolve(cwd, file), text);
    return composition;
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return notMended([...texts.keys()].join(", "), `the gate would not take it then: ${error.message}`);
  }
}

function additionsFor(subject: Subject): ReadonlyMap<string, Additions> {
  const { set } = subject.api;
  const byFile = new Map<string, Additions>();
  const at = (file: string): Additions => {
    const known = byFile.get(file) ?? new Additions();
    byFile.set(file, known);
    return known;
  };
  for (const { operation, status, description } of missingAnswers(subject)) {
    const responses = set.child(operation.at, "responses");
    if (!isObject(responses.value) || "$ref" in responses.value) continue;
    const headers = status === "429" ? { headers: { "Retry-After": RETRY_AFTER } } : {};
    at(responses.file).add([...pointerKeys(responses.pointer), status], { description, ...headers });
  }
  for (const { rule, at: answer } of answerCases(subject)) {
    if (rule !== "contract.retry-after-missing") continue;
    at(answer.file).add([...pointerKeys(answer.pointer), "headers", "Retry-After"], RETRY_AFTER);
  }
  return byFile;
}

const RETRY_AFTER = {
  description: "Seconds until the next request may come.",
  schema: { type: "integer", format: "int32", minimum: 0, maximum: 2_147_483_647 },
};

function notMended(file: string, why: string): Untested {
  return { kind: "contract", what: `--fix of ${file}`, why, isExpected: false };
}
