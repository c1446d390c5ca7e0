// Guards additions to a document's text: everything else stays byte for byte, and a patch made of them applies.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { Additions, withAdditions } from "../../../src/openapi/amend/additions.ts";
import { amended } from "../../../src/openapi/amend/amended.ts";
import { overlay } from "../../../src/openapi/amend/overlay.ts";
import { unifiedDiff } from "../../../src/openapi/amend/unified-diff.ts";
import { folderWith } from "../../configuration/folder.ts";

const BLOCK = `# An API.
paths:
  /orders:   # all of them
    get:
      parameters:
      - name: limit
        in: query
        schema: { type: integer }
        # how many
      responses: { "200": { description: ok } }

  # the last one
  /health: {}
components:
  schemas:
    Order:
      type: object
      properties:
        id: { type: integer }
        note:
          description: |
            Two
            lines.
    # Nothing below.
info: { title: x }`;

function additions(...list: readonly (readonly [string, unknown, string?])[]): Additions {
  const result = new Additions();
  for (const [at, value, comment] of list) {
    const keys = at.split(" ");
    if (keys.at(-1) === "+") result.append(keys.slice(0, -1), value, comment);
    else result.add(keys, value, comment);
  }
  return result;
}

const SOME = () =>
  additions(
    ["paths /orders get parameters +", { name: "page", in: "query", schema: { type: "integer" } }, "Seen twice."],
    ["paths /orders get responses 404", { description: "none" }],
    ["paths /orders post responses 201", { description: "made" }, "Who may?\nDecide."],
    ["paths /health get", { responses: { "200": { description: "ok" } } }],
    ["components schemas Order properties total", { type: "number" }],
    ["components schemas Order required", ["id"]],
  );

/** The text with the diff applied by a program that others wrote. */
function applied(name: string, text: string, diff: string): string | undefined {
  const cwd = folderWith({ [name]: text, "a.patch": diff });
  try {
    execFileSync("git", ["apply", "a.patch"], { cwd, stdio: "pipe" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return readFileSync(path.join(cwd, name), "utf8");
}

describe("additions to YAML", () => {
  it("stand behind what is there, in its indentation, with comments kept", () => {
    const result = amended("api.yaml", BLOCK, parse(BLOCK), SOME());
    expect(result?.text).toBe(`# An API.
paths:
  /orders:   # all of them
    get:
      parameters:
      - name: limit
        in: query
        schema: { type: integer }
      # Seen twice.
      - name: page
        in: query
        schema:
          type: integer
        # how many
      responses: { "200": { description: ok }, "404": { description: none } }
    post:
      responses:
        # Who may?
        # Decide.
        "201":
          description: made

  # the last one
  /health: { get: { responses: { "200": { description: ok } } } }
components:
  schemas:
    Order:
      type: object
      properties:
        id: { type: integer }
        note:
          description: |
            Two
            lines.
        total:
          type: number
      required:
        - id
    # Nothing below.
info: { title: x }`);
  });

  it("have no place where an alias, an empty key or another value stands, or the text is not what was read", () => {
    const nowhere = (text: string, at: string, value: unknown = parse(text)) =>
      amended("api.yaml", text, value, additions([at, 1]));
    expect(nowhere("a: &x { b: 1 }\nc: *x\n", "c d")).toBeUndefined();
    expect(nowhere("a:\n", "a b")).toBeUndefined();
    expect(nowhere("a: 1\n", "a b")).toBeUndefined();
    expect(nowhere("a: 1\n", "a")).toBeUndefined();
    expect(nowhere("a: [1]\n", "a b")).toBeUndefined();
    expect(nowhere("a: {}\n", "a +")).toBeUndefined();
    expect(nowhere("a: {}\n", "a b", { a: { c: 1 } })).toBeUndefined();
    // The anchor's own place would change what the alias says too.
    expect(nowhere("a: &x { b: 1 }\nc: *x\n", "a d")).toBeUndefined();
  });
});

const TEXTS: readonly (readonly [string, string, string])[] = [
  ["block YAML without a line break at its end", "api.yaml", BLOCK],
  ["block YAML with Windows line breaks", "api.yaml", `${BLOCK}\n`.replaceAll("\n", "\r\n")],
  [
    "YAML with four spaces and trailing lines",
    "api.yaml",
    `${BLOCK.replaceAll(/^ +/gm, "$&$&").replace("- name", "-   name")}\n\n# end\n`,
  ],
  ["JSON over lines", "api.json", `${JSON.stringify(parse(BLOCK), undefined, 2)}\n`],
  ["JSON with tabs, without an end", "api.json", JSON.stringify(parse(BLOCK), undefined, "\t")],
  ["JSON in one line", "api.json", JSON.stringify(parse(BLOCK))],
  ["flow YAML over lines", "api.yaml", JSON.stringify(parse(BLOCK), undefined, 2).replaceAll(/"(\w+)":/g, "$1:")],
];

describe.each(TEXTS)("%s", (_, name, text) => {
  const result = amended(name, text, parse(text), SOME());

  it("takes additions, and everything else stays", () => {
    expect(result).toBeDefined();
    let rest = result!.text;
    let behind = result!.insertions.reduce((sum, one) => sum + one.text.length, 0);
    for (const { offset, text: added } of result!.insertions.toReversed()) {
      const at = offset + (behind -= added.length);
      expect(rest.slice(at, at + added.length)).toBe(added);
      rest = rest.slice(0, at) + rest.slice(at + added.length);
    }
    expect(rest).toBe(text);
    expect(parse(result!.text).paths["/orders"].post.responses["201"].description).toBe("made");
  });

  it("has a diff that applies", (context) => {
    const diff = unifiedDiff(name, text, result!.insertions);
    const patched = applied(name, text, diff);
    context.skip(patched === undefined, "git is not installed");
    expect(patched).toBe(result!.text);
  });
});

it("JSON has comments as members", () => {
  const text = '{\n  "paths": {}\n}\n';
  const result = amended("api.json", text, parse(text), additions(["paths /a", { get: {} }, "Decide."]));
  expect(result?.text).toBe('{\n  "paths": { "/a": {"get":{},"x-portcullis-proposed":"Decide."} }\n}\n');
});

it("an overlay says the same", () => {
  expect(parse(overlay("api.yaml", parse(BLOCK), SOME()))).toEqual({
    overlay: "1.0.0",
    info: { title: "Proposed by portcullis report", version: "1" },
    extends: "api.yaml",
    actions: [
      {
        target: "$['paths']['/orders']['get']['parameters']",
        description: "Seen twice.",
        update: { name: "page", in: "query", schema: { type: "integer" } },
      },
      { target: "$['paths']['/orders']['get']['responses']", update: { "404": { description: "none" } } },
      {
        target: "$['paths']['/orders']",
        description: "Who may?\nDecide.",
        update: { post: { responses: { "201": { description: "made" } } } },
      },
      { target: "$['paths']['/health']", update: { get: { responses: { "200": { description: "ok" } } } } },
      { target: "$['components']['schemas']['Order']['properties']", update: { total: { type: "number" } } },
      { target: "$['components']['schemas']['Order']", update: { required: ["id"] } },
    ],
  });
});

it("additions never replace what is there", () => {
  expect(withAdditions({ a: { b: 1 } }, additions(["a b", 2]))).toBeUndefined();
  expect(withAdditions({ a: [1] }, additions(["a +", 2]))).toEqual({ a: [1, 2] });
  expect(withAdditions({ a: [{ b: 1 }] }, additions(["a 0 c", 2]))).toEqual({ a: [{ b: 1, c: 2 }] });
  expect(withAdditions({ a: [] }, additions(["a 0 c", 2]))).toBeUndefined();
});
