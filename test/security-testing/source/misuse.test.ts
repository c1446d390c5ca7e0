// Guards the rules that run with nothing to install: each fires on the examples that it is for, and on no harmless one.
import { readFileSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { sourceTester } from "../../../src/security-testing/source/source-tester.ts";
import { runTests } from "../../../src/security-testing/run.ts";
import { misuse } from "../../../src/security-testing/source/misuse.ts";
import { findingsOf } from "../../../src/security-testing/source/weakness.ts";
import { contextOf, folderOf, outcomeOf } from "../folder.ts";
import { EXAMPLES, marksOf } from "./marks.ts";

const EMBEDDED = [
  "source.cipher-weak",
  "source.cors-open",
  "source.jwt-algorithms-open",
  "source.jwt-expiry-ignored",
  "source.jwt-unverified",
  "source.key-in-source",
  "source.password-hash-weak",
  "source.proxy-trusted-blindly",
  "source.tls-unverified",
  "source.token-predictable",
];
/** An algorithm called none: only Semgrep looks into the list. */
const SEMGREP_ALONE = 'algorithms: ["none"';

const textOf = (file: string) => readFileSync(path.join(EXAMPLES, file), "utf8");

describe.each(["misuse.ts", "misuse.usual.ts"])("the embedded rules, by %s", (file) => {
  const text = textOf(file);
  const lines = text.split("\n");
  const marks = marksOf(file).filter(({ rule }) => EMBEDDED.includes(rule));
  const found = misuse(file, text).map(({ rule, line }) => `${rule} ${line}`);

  it.each(marks.filter((mark) => mark.isTrue && !(lines[mark.line - 1] as string).includes(SEMGREP_ALONE)))(
    "$rule fires on line $line",
    ({ rule, line }) => {
      expect(found).toContain(`${rule} ${line}`);
    },
  );

  it.each(marks.filter((mark) => !mark.isTrue))("$rule is silent on line $line", ({ rule, line }) => {
    expect(found).not.toContain(`${rule} ${line}`);
  });

  it("find nothing that is not marked", () => {
    const known = marks.filter(({ isTrue }) => isTrue).map(({ rule, line }) => `${rule} ${line}`);
    expect(found.filter((one) => !known.includes(one))).toEqual([]);
  });
});

describe("the embedded rules", () => {
  it("are these", () => {
    const all = ["misuse.ts", "misuse.usual.ts"].flatMap((file) => misuse(file, textOf(file)).map(({ rule }) => rule));
    expect([...new Set(all)].sort()).toEqual(EMBEDDED);
  });

  it("read JSX, decorators and type assertions", () => {
    expect(misuse("a.jsx", "const a = <p>{jwt.decode(t)}</p>;")).toHaveLength(1);
    expect(misuse("a.ts", "const a = <Claims>jwt.decode(t); @Injectable() class A {}")).toHaveLength(1);
    expect(misuse("a.js", "const a = jwt.decode(t)")).toHaveLength(1);
  });
});

describe("the test of source", () => {
  const LINE = "app.set('trust proxy', true);";

  it("says what was not tested where there is no Semgrep, and how to get it", async () => {
    const cwd = folderOf({ "a.ts": `${LINE}\n` });
    const { findings, untested } = await outcomeOf(sourceTester, contextOf(cwd, { semgrep: "no-such-program" }));
    expect(findings).toMatchObject([
      { rule: "source.proxy-trusted-blindly", places: [{ file: "a.ts", line: 1, column: 1 }], sources: ["ast-grep"] },
    ]);
    expect(untested).toMatchObject([{ what: "flow of data in 1 files", isExpected: false }]);
    expect(untested[0]?.why).toContain("pipx install semgrep");
  });

  it("may be told to do without", async () => {
    const { untested } = await outcomeOf(sourceTester, contextOf(folderOf({ "a.ts": LINE }), { "no-semgrep": true }));
    expect(untested).toMatchObject([{ isExpected: true }]);
  });

  it("tells findings apart by line and turn, and keeps them when lines move", async () => {
    const options = { "no-semgrep": true } as const;
    const [before, after] = await Promise.all(
      [`${LINE}\n${LINE}\n`, `\n// more\n${LINE}\n\n  ${LINE}\n`].map((text) =>
        outcomeOf(sourceTester, contextOf(folderOf({ "a.ts": text }), options)),
      ),
    );
    const prints = before?.findings.map(({ fingerprint }) => fingerprint);
    expect(new Set(prints).size).toBe(2);
    expect(after?.findings.map(({ fingerprint }) => fingerprint)).toEqual(prints);
  });

  it("says once what two engines say of one line, or one engine twice, and names them all", async () => {
    const lines = ["use(Math.random());", LINE, LINE];
    const said = (line: number, column: number, source: string) =>
      ({ rule: "source.proxy-trusted-blindly", file: "a.ts", line, column, confidence: "firm", source }) as const;
    const heard = [
      ...findingsOf([said(2, 1, "ast-grep"), said(3, 1, "ast-grep")], () => lines),
      // The first of the two lines is unknown to the other engine, and the second it tells from two sides.
      ...findingsOf([said(3, 1, "semgrep"), said(3, 7, "semgrep")], () => lines),
    ];
    const listed = {
      kind: "source",
      needs: "folder",
      options: {},
      load: async () => ({ kind: "source", run: () => Readable.from(heard) }) as const,
    } as const;
    const nothing = () => undefined;
    const { findings } = await runTests([listed], contextOf(folderOf({})), { why: "" }, nothing, nothing);
    expect(findings.map(({ places, sources }) => [places[0]?.line, sources])).toEqual([
      [2, ["ast-grep"]],
      [3, ["ast-grep", "semgrep"]],
    ]);
  });

  it("does not read what others wrote", async () => {
    const cwd = folderOf({ "node_modules/a/a.js": LINE, "dist/a.js": LINE, "a.d.ts": LINE, "vendor/a.js": LINE });
    const { findings } = await outcomeOf(sourceTester, contextOf(cwd, { "no-semgrep": true, exclude: "vendor" }));
    expect(findings).toEqual([]);
  });
});
