// Attacks on the gate's own readers: inputs that fit into every limit and would keep an expression busy for minutes.
import { describe, expect, it } from "vitest";
import { Fields } from "../../src/http/fields.ts";
import { readMultipart } from "../../src/http/multipart.ts";
import { readHeaderParameter } from "../../src/openapi/parameter-field.ts";
import { UNKNOWN_SHAPE } from "../../src/openapi/parameter-shape.ts";
import type { ShapedParameter } from "../../src/openapi/parameter-style.ts";
import { ALL_CLASSES, detect, LOOKED_AT_CHARACTERS_MAX } from "../../src/validation/injection/detection.ts";
import { MULTIPART_LIMITS } from "../../src/validation/multipart-body.ts";
import { readJson } from "../../src/validation/strict-json.ts";

/** Processor time, so that a busy machine changes nothing. */
function workOf<T>(work: () => T): { readonly result: T; readonly ms: number } {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { result, ms: (user + system) / 1_000 };
}

const repeated = (text: string, length: number): string =>
  text.repeat(Math.ceil(length / text.length)).slice(0, length);

/** What all of these once took was more than tenfold; what they take is far below. */
const MS_MAX = 400;

describe("what is within all limits takes little work", () => {
  const ZEROS = 60_000;

  it("a naive search for the zeros at an end takes length squared", () => {
    const search = (length: number) => workOf(() => /0+$/.test(`${"0".repeat(length)}1`)).ms;
    search(1_000);
    expect(search(40_000)).toBeGreaterThan(4 * search(10_000));
  });

  const REFUSED = { ok: false, problem: "A number has more digits than can be kept." };
  const numbers: readonly (readonly [string, string, object])[] = [
    ["zeros behind the point", `1.${"0".repeat(ZEROS)}1`, REFUSED],
    ["zeros behind the point, and an exponent", `1.${"0".repeat(ZEROS)}1e0`, REFUSED],
    ["zeros before a negative exponent", `1${"0".repeat(ZEROS)}1e-${ZEROS - 20}`, REFUSED],
    ["zeros before the first digit", `0.${"0".repeat(ZEROS)}1e${ZEROS}`, { ok: true, value: { amount: 0.1 } }],
  ];
  it.each(numbers)("I04 a number of many digits: %s", (_name, number, expected) => {
    const { result, ms } = workOf(() => readJson(Buffer.from(`{"amount":${number}}`)));
    expect(result).toMatchObject(expected);
    expect(ms).toBeLessThan(MS_MAX);
  });

  it.each([
    ["blanks before a line separator", `Content-Type:${" ".repeat(1_900)}\u2028`],
    ["blanks inside of a value", `Content-Type: text/plain${" ".repeat(1_900)};charset=utf-8`],
  ])("I09 heads of many parts: %s", (_name, line) => {
    const part = `--b\r\n${line}\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n`;
    const body = Buffer.from(`${part.repeat(500)}--b--\r\n`);
    const { ms } = workOf(() => readMultipart(body, "b", MULTIPART_LIMITS));
    expect(ms).toBeLessThan(MS_MAX);
  });

  it("I10 blanks inside of a list in a field", () => {
    const shape = { ...UNKNOWN_SHAPE, kind: "array" } as const;
    const parameter = { name: "x-ids", in: "header", explode: false, content: undefined };
    const shaped = { parameter, shape } as unknown as ShapedParameter;
    const fields = new Fields(["x-ids", `a${" ".repeat(15_000)}b , c`]);
    const { result, ms } = workOf(() => {
      for (let i = 0; i < 20; i += 1) readHeaderParameter(shaped, fields);
      return readHeaderParameter(shaped, fields);
    });
    expect(result).toEqual([`a${" ".repeat(15_000)}b`, "c"]);
    expect(ms).toBeLessThan(MS_MAX);
  });

  it.each(["<a/y=", '<a b="', "<a b='<a c=\"", "<a/style=", "<a `=", '"on', "0x", "`", "((", "&#", "$("])(
    "I15 texts full of %s",
    (piece) => {
      const text = repeated(piece, LOOKED_AT_CHARACTERS_MAX);
      const { ms } = workOf(() => {
        for (let i = 0; i < 8; i += 1) detect(text, "body", ALL_CLASSES);
      });
      expect(ms).toBeLessThan(MS_MAX);
    },
  );

  it("I15 a handler is found behind values that hold tags, whatever their quotes", () => {
    for (const text of [
      "<a/y=<a/y=<img onerror=alert(1)>",
      `<a b="<a c='"d'" onclick=x>`,
      "<a b='<a b=\"' onload = y>",
      "<img alt=`<b c=`onerror=x>",
      `<img ${repeated("a=1 ", 400)}onerror=x>`,
    ]) {
      expect(detect(text, "body", ALL_CLASSES)?.name).toBe("html");
    }
  });
});

describe("a number is an integer, or has a fraction, by all of its digits", () => {
  it.each([
    "19999999999999999e-16",
    "1.9999999999999999e0",
    "10000000000000000000000001e-24",
    "90071992547409930001e-4",
  ])("I04 %s", (number) => expect(readJson(Buffer.from(number))).toMatchObject({ ok: false }));

  it.each(["15e-1", "200e-2", "2.50e1", "0.000e5", "1e15", "123456789012345e-15", "1.5e300", "-0.50"])(
    "%s passes",
    (number) => expect(readJson(Buffer.from(number))).toMatchObject({ ok: true, value: Number(number) }),
  );
});
