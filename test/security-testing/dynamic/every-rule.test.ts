// Guards that no rule of the dynamic tests is without an example where it fires and one where it must not. A label of the vulnerable sample
// is both: its flaw must be found there, and nothing in the twin (samples-run.test.ts). Other rules stand in calls of `fires` and `isSilent`.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Lang, parse } from "@ast-grep/napi";
import { describe, expect, it } from "vitest";
import { LABELS } from "../../../examples/vulnerable-orders/flaws.ts";
import { PROBES } from "../../../src/security-testing/dynamic/probes.ts";
import { RULES } from "../../../src/security-testing/registry.ts";

const DYNAMIC = [...RULES.values()].filter(({ kind }) => kind === "dynamic").map(({ id }) => id);
/** Over https the sample is not run as a whole. */
const labelled = new Set(LABELS.filter(({ over }) => over === undefined).map(({ rule }) => rule));

const tests = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => readFileSync(path.join(import.meta.dirname, name), "utf8"));

/** The rules that stand in calls of this function: in code, not in comments. */
function shownBy(name: "fires" | "isSilent", texts: readonly string[] = tests): ReadonlySet<string> {
  const calls = texts.flatMap((text) => parse(Lang.TypeScript, text).root().findAll(`${name}($$$)`));
  const words = calls.flatMap((call) =>
    call.findAll({ rule: { kind: "string_fragment", regex: "^dynamic\\.[\\w-]+$" } }),
  );
  return new Set(words.map((word) => word.text()));
}

const firing = shownBy("fires");
const silent = shownBy("isSilent");

describe("a rule of the dynamic tests", () => {
  it.each(DYNAMIC)("%s has an example where it fires", (id) => {
    expect(labelled.has(id) || firing.has(id)).toBe(true);
  });

  it.each(DYNAMIC)("%s has an example where it must not", (id) => {
    expect(labelled.has(id) || silent.has(id)).toBe(true);
  });

  it.each(DYNAMIC)("%s is some probe's", (id) => {
    expect(PROBES.flatMap(({ rules }) => rules)).toContain(id);
  });

  it("is shown by no call that is commented out", () => {
    const text = 'isSilent(a, "dynamic.a");\n// isSilent(a, "dynamic.b");\n/* isSilent(a, "dynamic.c"); */\n';
    expect([...shownBy("isSilent", [text])]).toEqual(["dynamic.a"]);
  });

  it("that an example names is one", () => {
    expect([...firing, ...silent].filter((id) => !DYNAMIC.includes(id))).toEqual([]);
  });
});
