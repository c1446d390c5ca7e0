// Files in memory, for tests of documents that consist of several.
import type { Operation } from "../../src/openapi/operation.ts";
import { DocumentSet, type ReadText } from "../../src/openapi/document.ts";
import { type Problem, ProblemsError } from "../../src/openapi/located.ts";
import { type ApiDescription, describeApi } from "../../src/openapi/operations.ts";

export function readFrom(files: Record<string, string>): ReadText {
  return (file) => {
    const text = files[file];
    return text === undefined
      ? Promise.reject(Object.assign(new Error("absent"), { code: "ENOENT" }))
      : Promise.resolve(text);
  };
}

/** Loads from memory, where no symbolic links are. */
export function loadFrom(files: Record<string, string>, root = "api/openapi.yaml"): Promise<DocumentSet> {
  return DocumentSet.load(root, readFrom(files), (file) => Promise.resolve(file.replace(/\/$/, "")));
}

/** The problems that `work` throws. */
export async function problemsOf(work: () => unknown): Promise<readonly Problem[]> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems;
    throw error;
  }
  throw new Error("No problem was found.");
}

/** A document with these paths and root members, in the version given. */
export function describeObject(paths: object, rest: object = {}, openapi = "3.0.3"): ApiDescription {
  return describeApi(DocumentSet.fromObject({ openapi, info: { title: "T", version: "1" }, paths, ...rest }));
}

export function briefly(problems: readonly Problem[]): string[] {
  return problems.map((problem) => `${problem.position?.line}:${problem.position?.column} ${problem.rule}`);
}

/** Answers that do not matter to the test. */
export const ok = { responses: { "200": { description: "fine" } } };

/** The one operation of a document. */
export function only(...document: Parameters<typeof describeObject>): Operation {
  const { operations } = describeObject(...document);
  const [operation] = operations;
  if (operation === undefined || operations.length > 1) throw new Error(`${operations.length} operations`);
  return operation;
}
