// Documents that others wrote load, or say rightly what is wrong with them.
import { existsSync, globSync } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { findCrossings } from "../../src/openapi/crossings.ts";
import { DocumentSet } from "../../src/openapi/document.ts";
import { Matcher } from "../../src/openapi/matcher.ts";
import { type ApiDescription, describeApi, routesOf } from "../../src/openapi/operations.ts";
import { problemsOf } from "./memory-files.ts";

const EXAMPLES = join(import.meta.dirname, "../../node_modules/@readme/oas-examples");
const GITHUB = join(import.meta.dirname, "../documents/node_modules/@octokit/openapi/generated/api.github.com.json");

/** What is really wrong with some of them, by file name without extension. */
const WRONG: Record<string, string> = {
  "2.0": "Swagger 2.0 is not supported",
  title: "no operation",
  webhooks: "no operation",
  "parameters-common": 'names the parameter "id" twice',
  "parameters-style": "has a fragment",
  "response-examples": "is no media type",
  "response-http-behavior": 'the security scheme "api_key" is not declared',
};

async function load(file: string): Promise<ApiDescription> {
  return describeApi(await DocumentSet.load(file, (name) => readFile(name, "utf8"), realpath));
}

describe("@readme/oas-examples", () => {
  const files = globSync(join(EXAMPLES, "{2.0,3.0,3.1}/{json,yaml}/**/*.{json,yaml}")).map((file) =>
    relative(EXAMPLES, file),
  );
  it("are all there", () => expect(files.length).toBeGreaterThan(120));

  it.each(files.filter((file) => wrongOf(file) === undefined))(
    "%s loads, each of its operations is found",
    async (file) => {
      const { operations } = await load(join(EXAMPLES, file));
      const matcher = new Matcher(routesOf(operations));
      for (const { method, template, id } of operations) {
        const found = matcher.match(method, template.replaceAll(/\{[^{}]*\}/g, "17"));
        expect(found !== undefined && "value" in found && found.value.id).toBe(id);
      }
    },
  );

  it.each(files.filter((file) => wrongOf(file) !== undefined))("%s says what is wrong", async (file) => {
    const problems = await problemsOf(() => load(join(EXAMPLES, file)));
    for (const problem of problems) {
      expect(problem.message).toContain(wrongOf(file));
      expect(problem.remedy).toBeDefined();
      expect(problem.position?.line).toBeGreaterThan(0);
    }
  });

  function wrongOf(file: string): string | undefined {
    return file.startsWith("2.0") ? WRONG["2.0"] : WRONG[file.replace(/^.*\//, "").replace(/\.[a-z]+$/, "")];
  }
});

/** In a folder of its own because of its size; the test says so where it is absent. */
describe("GitHub's API", () => {
  it.skipIf(!existsSync(GITHUB))(
    "is ready in time, all of it (needs `npm install` in test/documents, 385 MB)",
    async () => {
      const before = process.cpuUsage();
      const { operations, warnings } = await load(GITHUB);
      const matcher = new Matcher(routesOf(operations));
      // What it costs: how long it takes is up to what else runs here.
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1000).toBeLessThan(3000);
      expect(operations.length).toBeGreaterThan(1200);
      expect(warnings).toEqual([]);
      expect(operations.every(({ security }) => security === undefined)).toBe(true);
      for (const { method, template, id } of operations) {
        const found = matcher.match(method, template.replaceAll(/\{[^{}]*\}/g, "x-17"));
        expect(found !== undefined && "value" in found && found.value.id).toBe(id);
      }
      expect(
        findCrossings(operations.map(({ template }) => template)).filter(({ kind }) => kind === "crossing").length,
      ).toBeGreaterThan(50);
    },
  );
});
