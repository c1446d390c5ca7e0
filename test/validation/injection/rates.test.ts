// I15: how many attacks the detection finds, and how many harmless texts it takes for one. docs/injection.md says the same.
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ALL_CLASSES, CLASSES, detect, LOOKED_AT_CHARACTERS_MAX } from "../../../src/validation/injection/detection.ts";
import type { TextPlace } from "../../../src/validation/injection/class.ts";
import { ATTACKS } from "./attacks.ts";
import { AMBIGUOUS, HARMLESS_TEXTS } from "./harmless-texts.ts";
import { UNSEEN } from "./unseen-attacks.ts";

const lines = readFileSync(path.join(import.meta.dirname, "harmless-lines.txt"), "utf8")
  .trimEnd()
  .split("\n");
const PLACES: readonly TextPlace[] = ["parameter", "body"];
const DOCS = readFileSync(path.join(import.meta.dirname, "../../../docs/injection.md"), "utf8");

const looksLike = (text: string, place: TextPlace) => detect(text, place, ALL_CLASSES)?.name;
const flagged = (texts: readonly string[], place: TextPlace) =>
  texts.filter((text) => looksLike(text, place) !== undefined);
const shown = (part: number, of: number) => `${part} of ${of} (${((100 * part) / of).toFixed(1)} %)`;

it("I15 the texts are enough to measure by", () => {
  expect(new Set(Object.values(ATTACKS).flat()).size).toBeGreaterThanOrEqual(250);
  expect(new Set(Object.values(UNSEEN).flat()).size).toBeGreaterThanOrEqual(100);
  expect(new Set([...lines, ...HARMLESS_TEXTS, ...AMBIGUOUS]).size).toBeGreaterThanOrEqual(400);
  expect(Object.keys(ATTACKS).sort()).toEqual(CLASSES.map(({ name }) => name).sort());
});

describe.each(Object.entries(ATTACKS))("I15 %s", (_name, attacks) => {
  it.each(attacks)("is found, in a parameter and in a body: %j", (text) => {
    for (const place of PLACES) expect(looksLike(text, place)).toBeDefined();
  });
});

it("I15 of attacks that no rule was made for, seven of eight are found", () => {
  const unseen = Object.values(UNSEEN).flat();
  const found = flagged(unseen, "parameter").length;
  expect(found / unseen.length).toBeGreaterThan(0.86);
  expect(DOCS).toContain(shown(found, unseen.length));
});

it("I15 harmless texts pass, but for a few that nobody can tell apart", () => {
  const texts = [...lines, ...HARMLESS_TEXTS, ...AMBIGUOUS];
  const inBody = flagged(texts, "body");
  expect(inBody.length / texts.length).toBeLessThan(0.015);
  expect(inBody.filter((text) => !AMBIGUOUS.includes(text) && !text.startsWith("../"))).toEqual([]);
  expect(DOCS).toContain(shown(inBody.length, texts.length));
  const inParameter = flagged(lines, "parameter");
  expect(inParameter.filter((text) => !text.includes("../"))).toEqual([]);
  expect(DOCS).toContain(shown(inParameter.length, lines.length));
});

describe("in time that grows with the text", () => {
  const CHARACTERS = "'\"<({[;|&$`\\%./=:#-\n\r\t *)]}".split("");
  const PIECES =
    "' or |<a |<a b='|${|{{|${{|/*|' /*|a='|\r\n |) (|] , |../|%25|&#x41|::|{% |<% |' union |1 or |(((|'\"|on a=|\" onx=|//|(a)(|\\u00|$IFS|a\n|; cat |' and (|<a\n=|'; ".split(
      "|",
    );
  const UNITS = CHARACTERS.concat(PIECES, "] | ");

  it.each(UNITS)("I15 repeated without end: %j", (unit) => {
    const text = unit.repeat(Math.ceil(LOOKED_AT_CHARACTERS_MAX / unit.length));
    const before = process.cpuUsage();
    for (const place of PLACES) for (const one of CLASSES) one.detects(text.slice(0, LOOKED_AT_CHARACTERS_MAX), place);
    for (const place of PLACES) detect(`${text}x`, place, ALL_CLASSES);
    const { user } = process.cpuUsage(before);
    expect(user / 1000).toBeLessThan(400);
  });
});
