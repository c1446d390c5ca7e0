// Guards that one slip in a document is told once, with what to do.
import { expect, it } from "vitest";
import { DocumentSet } from "../../src/openapi/document.ts";
import { ProblemsError } from "../../src/openapi/located.ts";
import { describeApi } from "../../src/openapi/operations.ts";

const INFO = { openapi: "3.1.0", info: { title: "t", version: "1" } };
const LIST = "Write a list, even of one: [{ bearer: [] }].";

function told(document: object): string[] {
  try {
    describeApi(DocumentSet.fromObject({ ...INFO, ...document }));
    return [];
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return error.problems.map(({ message, remedy }) => `${message} | ${remedy}`);
  }
}

it("a document without paths lacks them, and not all that could stand in their place", () => {
  expect(told({})).toEqual(['the document lacks "paths" | Add "paths".']);
});

it("security that is no list is shown as one", () => {
  const get = { security: "bearer", responses: { 200: { description: "ok" } } };
  expect(told({ paths: { "/a": { get } } })).toContain(`"security" must be a list | ${LIST}`);
});
