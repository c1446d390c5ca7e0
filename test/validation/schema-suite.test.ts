// Proves the compiler against the JSON Schema test suite, draft 2020-12: every required case holds, is refused at start, or is listed.
// suite/ is the test suite as the PyPI source distribution of jsonschema 4.26.0 carries it (MIT, see suite/LICENSE).
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { DocumentSet } from "../../src/openapi/document.ts";
import { ProblemsError } from "../../src/openapi/located.ts";
import { SchemaCompiler } from "../../src/validation/schema-compiler.ts";
import { EXCEPTIONS, type Exception } from "./schema-suite-exceptions.ts";

const FOLDER = join(import.meta.dirname, "suite");
const BASE = "https://suite.example/schema";

interface Group {
  readonly description: string;
  readonly schema: unknown;
  readonly tests: readonly { readonly description: string; readonly data: unknown; readonly valid: boolean }[];
}

/** What became of one case: as required, the schema refused before any value, or wrong. */
type Result = "holds" | "refused" | "wrong";

function remotes(): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const root = join(FOLDER, "remotes");
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = relative(root, join(entry.parentPath, entry.name));
    const schema = JSON.parse(readFileSync(join(root, path), "utf8")) as object;
    found[path.replace(/[^a-z0-9]/gi, "_")] = { $id: `http://localhost:1234/${path}`, ...schema };
  }
  return found;
}

const REMOTES = remotes();

function run(group: Group): Result[] {
  const needsRemotes = JSON.stringify(group.schema).includes("localhost:1234");
  const schema = typeof group.schema === "object" ? { $id: BASE, ...group.schema } : group.schema;
  try {
    const set = DocumentSet.fromObject({
      openapi: "3.1.0",
      info: { title: "suite", version: "1" },
      paths: {},
      components: { schemas: { ...(needsRemotes ? REMOTES : {}), Schema: schema } },
    });
    const at = set.child(set.root, "components", "schemas", "Schema");
    const schemas = new SchemaCompiler(set);
    if (schemas.verify(at).some(({ severity }) => severity === "error")) return group.tests.map(() => "refused");
    const check = schemas.check(at, "response");
    return group.tests.map(({ data, valid }) => {
      const explained = check.explain(data, "it").length === 0;
      return check.fits(data) === valid && explained === valid ? "holds" : "wrong";
    });
  } catch (error) {
    if (error instanceof ProblemsError) return group.tests.map(() => "refused");
    throw error;
  }
}

function exceptionFor(file: string, group: string): Exception | undefined {
  return EXCEPTIONS.find(
    (entry) => entry.file === file && (entry.groups === undefined || entry.groups.includes(group)),
  );
}

/** A group that is listed, or its whole file. */
function keyOf({ file, groups }: Exception, group: string): string {
  return groups === undefined ? file : `${file}: ${group}`;
}

describe("the JSON Schema test suite, draft 2020-12", () => {
  let total = 0;
  let holding = 0;
  /** Exceptions that some case needed. */
  const needed = new Set<string>();
  for (const file of readdirSync(join(FOLDER, "tests"))) {
    it(`holds for ${file}`, () => {
      const groups = JSON.parse(readFileSync(join(FOLDER, "tests", file), "utf8")) as Group[];
      const surprises: string[] = [];
      for (const group of groups) {
        const results = run(group);
        const exception = exceptionFor(file, group.description);
        total += results.length;
        for (const [index, result] of results.entries()) {
          if (result === "holds") holding += 1;
          const allowed = result === "holds" || result === exception?.result;
          if (result === exception?.result) needed.add(keyOf(exception, group.description));
          if (!allowed) surprises.push(`${group.description}: ${group.tests[index]?.description}: ${result}`);
        }
      }
      expect(surprises).toEqual([]);
    });
  }

  it("lists nothing that holds, and nothing twice", () => {
    const listed = EXCEPTIONS.flatMap((entry) => (entry.groups ?? [""]).map((group) => keyOf(entry, group)));
    expect([...needed].sort()).toEqual([...listed].sort());
  });

  it("judges otherwise than the suite only what formats say: all else that does not hold stops the start", () => {
    expect(EXCEPTIONS.filter(({ result }) => result === "wrong").map(({ file }) => file)).toEqual(["format.json"]);
  });

  it("has all 1,257 required cases, of which 1,130 hold", () => {
    expect(total).toBe(1257);
    expect(holding).toBe(1130);
  });
});
