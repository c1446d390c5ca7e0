// Guards the page of attacks: how it counts, what it complains of, and that the checked-in page has every id.
import { describe, expect, it } from "vitest";
import { idsOf, SECTIONS } from "../attacks/catalogue.ts";
import { ATTACKS_PAGE, complaints, differences, renderAttacksPage, type Results, tally } from "./attacks-page.ts";
import { readText } from "./tree.ts";

function results(
  tests: readonly (readonly [path: string, status: string])[],
  file = "/test/attacks/a.test.ts",
): Results {
  const assertionResults = tests.map(([path, status]) => {
    const [title = "", ...around] = path.split(" > ").toReversed();
    return { ancestorTitles: around.toReversed(), title, status };
  });
  return { testResults: [{ name: file, assertionResults }] };
}

const ALL = SECTIONS.flatMap(({ attacks }) => Object.entries(attacks));
const TESTED = ALL.filter(([, { notYet }]) => notYet === undefined).map(([id]) => id);
const everyId = (status: string) => results(TESTED.map((id) => [`${id} is tried`, status]));

describe("ids", () => {
  it.each([
    ["F08 a space", ["F08"]],
    ["G01 G02 both", ["G01", "G02"]],
    ["L09", ["L09"]],
    ["F08: a space", []],
    ["the F08 behind a word", []],
    ["F8 too short", []],
    ["UTF16 no id", []],
  ])("of the title %j are %j", (title, ids) => {
    expect(idsOf(title)).toEqual(ids);
  });

  it("of a title and of those around it count once for each test", () => {
    const counts = tally(
      results([
        ["F01 group > F01 case", "passed"],
        ["F01 group > a case", "passed"],
        ["group > F02 F01 case", "pending"],
        ["group > F02 case", "failed"],
      ]),
    );
    expect(Object.fromEntries(counts)).toEqual({
      F01: { passed: 2, failed: 0, skipped: 1 },
      F02: { passed: 0, failed: 1, skipped: 1 },
    });
  });

  it("of tests that need programs from elsewhere do not count", () => {
    expect(tally(results([["F01 case", "passed"]], "/a/test/interoperability/a.test.ts")).size).toBe(0);
  });
});

describe("results", () => {
  it("that hold every id have nothing to complain of", () => {
    expect(complaints(tally(everyId("passed")))).toEqual([]);
  });

  it("are complained of where an id has no test, has one that failed, or is unknown", () => {
    expect(complaints(tally(results([])))).toEqual(TESTED.map((id) => `${id} has no test`).sort());
    expect(complaints(tally(everyId("failed")))).toHaveLength(TESTED.length);
    const { testResults } = everyId("passed");
    const more = results([["Z01 case", "passed"]]);
    expect(complaints(tally({ testResults: [...testResults, ...more.testResults] }))).toEqual([
      "Z01 is not in the catalogue",
    ]);
  });

  it("are told as they are", () => {
    expect(renderAttacksPage(tally(everyId("passed")))).toMatch(/\| F08 \|.*\| 1 \| holds \|/);
    expect(renderAttacksPage(tally(everyId("pending")))).toMatch(/\| F08 \|.*\| 1 \| 1 skipped \|/);
    expect(renderAttacksPage(tally(everyId("failed")))).toMatch(/\| F08 \|.*\| 1 \| \*\*1 failed\*\* \|/);
    expect(renderAttacksPage(tally(results([])))).toMatch(/\| F08 \|.*\| 0 \| \*\*no test\*\* \|/);
  });
});

it("a page that differs is told line by line, what is and what should be of one id together, and not without end", () => {
  const [is, shouldBe] = ["passed", "failed"].map((status) => renderAttacksPage(tally(everyId(status))));
  const told = differences(is as string, shouldBe as string);
  const first = TESTED.toSorted()[0];
  expect(told).toHaveLength(20);
  expect(told.slice(0, 2).map((line) => line.replace(/^(. \| \S+) .* (\| .+)$/, "$1 $2"))).toEqual([
    `- | ${first} | holds |`,
    `+ | ${first} | **1 failed** |`,
  ]);
  expect(differences(is as string, is as string)).toEqual([]);
});

it("the page lists every id of the catalogue, in its words", () => {
  const page = readText(ATTACKS_PAGE).split("\n");
  expect(ALL.filter(([id, { what }]) => !page.some((line) => line.startsWith(`| ${id} | ${what} |`)))).toEqual([]);
});
