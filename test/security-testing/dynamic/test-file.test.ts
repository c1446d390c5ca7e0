// Guards portcullis-test.yaml: what is written is read, every slip is told at its line, and editors have the same schema.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ProblemsError } from "../../../src/openapi/located.ts";
import { loadTestFile } from "../../../src/security-testing/dynamic/test-file/load.ts";
import { testFileJsonSchema, testFileSchema } from "../../../src/security-testing/dynamic/test-file/schema.ts";
import { folderWith } from "../../configuration/folder.ts";

const ROOT = path.join(import.meta.dirname, "../../..");

async function complaints(text: string, env = {}): Promise<string[]> {
  const cwd = folderWith({ "portcullis-test.yaml": text });
  try {
    await loadTestFile({ named: undefined, configuration: "portcullis.yaml", cwd, env });
    return [];
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return error.problems.map(({ message, position, remedy }) =>
      `${position?.line ?? 0} ${message} ${remedy ?? ""}`.trim(),
    );
  }
}

describe("portcullis-test.yaml", () => {
  it("takes everything that it has, with the environment in it", async () => {
    const cwd = folderWith({
      "sub/portcullis-test.yaml": `environment: { API_URL: "http://127.0.0.1:1" }
api:
  start: node api.js
  ready: http://127.0.0.1:1/health
  reset: { command: [sh, reset.sh] }
  keys: { post: "http://127.0.0.1:2/keys" }
values:
  getFile: { query: { name: a.txt } }
  createOrder: { body: { sku: A } }
callers:
  a: { clientCredentials: { tokenUrl: "https://i.example/t", clientId: a, clientSecret: "\${SECRET}" } }
  b: { loginEndpointAuth: { verb: POST, endpoint: /sessions, payloadRaw: "{}", token: { extractFrom: body, extractSelector: /token, sendIn: header, sendName: Authorization, sendFormat: "Bearer {token}" } } }
  machine: { roles: [admin], fixedHeaders: [{ name: X-Key, value: "\${SECRET}" }] }
budget: { requests: 10, minutes: 0.5, perSecond: 5 }
seed: 7
`,
    });
    const configuration = "sub/portcullis.yaml";
    const { written, file, folder } = await loadTestFile({
      named: undefined,
      configuration,
      cwd,
      env: { SECRET: "s3" },
    });
    expect([file, folder]).toEqual(["sub/portcullis-test.yaml", path.join(cwd, "sub")]);
    expect(written.callers?.["machine"]).toEqual({ roles: ["admin"], fixedHeaders: [{ name: "X-Key", value: "s3" }] });
    expect(written.budget).toEqual({ requests: 10, minutes: 0.5, perSecond: 5 });
  });

  describe("where only its environment is asked for", () => {
    const alone = async (text: string) => {
      const cwd = folderWith({ "portcullis-test.yaml": text });
      return loadTestFile({ named: undefined, configuration: undefined, cwd, env: {}, isEnvironmentAlone: true });
    };

    it.each([
      ["an unknown key elsewhere", "environment: { A: b }\napi: { strat: x }\n"],
      ["a value elsewhere", "budget: { minutes: soon }\nenvironment: { A: b }\n"],
      [
        "a name that the environment lacks elsewhere",
        'callers: { a: { fixedHeaders: [{ name: K, value: "${NONE}" }] } }\nenvironment:\n  A: b\n',
      ],
    ])("does not mind %s", async (_, text) => {
      expect((await alone(text)).written).toEqual({ environment: { A: "b" } });
    });

    it.each([
      ["its own value", "environment:\n  A: 5\n", "environment.A: must be string", 2],
      ["its own name", 'environment:\n  "a-b": x\n', "environment.a-b: Invalid key", 2],
      ["a misspelled key at the top", "enviroment: { A: b }\n", 'the file: unknown key "enviroment"', 1],
      ["what it lacks itself", 'seed: 1\nenvironment:\n  A: "${NONE}"\n', "NONE", 3],
      ["what is no mapping", "[]\n", "the file: must be object", 1],
      ["what is no YAML", "environment: { A: b\n", "this is not valid YAML", 2],
    ])("refuses %s at its line", async (_, text, message, line) => {
      const error = await alone(text).catch((found: unknown) => found);
      expect(error).toBeInstanceOf(ProblemsError);
      const [problem] = (error as ProblemsError).problems;
      expect(problem?.message).toContain(message);
      expect(problem?.position?.line).toBe(line);
    });
  });

  it("need not be there, unless it is named", async () => {
    const cwd = folderWith({});
    const more = { configuration: undefined, cwd, env: {} };
    expect((await loadTestFile({ named: undefined, ...more })).written).toEqual({});
    await expect(loadTestFile({ named: "other.yaml", ...more })).rejects.toThrow("other.yaml cannot be read");
  });

  it.each([
    ["\nseeed: 1", ['2 the file: unknown key "seeed" Did you mean "seed"?']],
    ["api:\n  strat: x", ['2 api: unknown key "strat" Did you mean "start"?']],
    ["api:\n  ready: 127.0.0.1", ["2 api.ready: an address such as http://127.0.0.1:3000/health"]],
    ["callers:\n  a: none\n  b: none", ["1 callers: only b may be none: nobody else is needed"]],
    ["budget: { requests: many }", ["1 budget.requests: must be number, received string"]],
    ["budget:\n  requests: 0", [expect.stringContaining("2 budget.requests: ")]],
    [
      "callers:\n  a:\n    fixedHeaders:\n      - { name: A, valeu: b }",
      [
        expect.stringContaining("4 callers.a.fixedHeaders.0.value: must be string"),
        '4 callers.a.fixedHeaders.0: unknown key "valeu" Did you mean "value"?',
      ],
    ],
    [
      "callers:\n  a:\n    loginEndpointAuth: { verb: POST, endpoint: /x, payloadRaw: '' }",
      ["3 callers.a.loginEndpointAuth: needs token or expectCookies, and not both"],
    ],
    [
      'callers:\n  a: { fixedHeaders: [{ name: A, value: "${NONE}" }] }',
      ["2 the environment variable NONE is not set Set NONE before the start."],
    ],
  ])("%j is told: %j", async (text, told) => {
    expect(await complaints(text)).toEqual(told);
  });
});

describe("a login request", () => {
  it("has a path of the API, or an address of somebody else's", async () => {
    const written = (endpoint: string) =>
      `callers:\n  a: { loginEndpointAuth: { verb: POST, endpoint: "${endpoint}", expectCookies: true } }\n`;
    expect(await complaints(written("/sessions"))).toEqual([]);
    for (const endpoint of ["https://login.example/sessions", "sessions", ""]) {
      // oxlint-disable-next-line no-await-in-loop -- one file after another
      expect(await complaints(written(endpoint))).toEqual([
        "2 callers.a.loginEndpointAuth.endpoint: a path such as /sessions; an address stands in externalEndpointURL",
      ]);
    }
  });
});

describe("portcullis-test.schema.json", () => {
  it("is the schema behind the file (vitest -u writes it)", async () => {
    const text = `${JSON.stringify(testFileJsonSchema(), undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot(path.join(ROOT, "portcullis-test.schema.json"));
  });

  const samples = readdirSync(path.join(ROOT, "examples"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith("portcullis-test.yaml"),
  );
  it.each(samples)("takes %s", (name) => {
    const sample = parse(readFileSync(path.join(ROOT, "examples", name), "utf8")) as object;
    expect(testFileSchema.safeParse(sample).error).toBeUndefined();
  });
});
