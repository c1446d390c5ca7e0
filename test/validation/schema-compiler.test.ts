// Schemas of 3.0, 3.1 and 3.2 as they judge requests and answers; boundaries on both sides (I12, I14); what verify refuses.
import { describe, expect, it } from "vitest";
import { isMultiple } from "../../src/validation/keywords.ts";
import { schemasOf, sentences } from "./document.ts";

describe("boundaries", () => {
  const cases: [string, Record<string, unknown>, unknown[], unknown[], string][] = [
    [
      "minLength",
      { type: "string", minLength: 12 },
      ["x".repeat(12), "😀".repeat(12)],
      ["x".repeat(11), "😀".repeat(11)],
      "x must be at least 12 characters",
    ],
    [
      "maxLength",
      { type: "string", maxLength: 3 },
      ["abc", "😀😀😀"],
      ["abcd", "😀😀😀😀"],
      "x must be at most 3 characters",
    ],
    ["minLength 1", { type: "string", minLength: 1 }, ["a"], [""], "x must not be empty"],
    ["minimum", { type: "integer", minimum: 1 }, [1, 2], [0, -1], "x must be at least 1"],
    ["maximum", { type: "number", maximum: 1 }, [1, 0.999], [1.0000001, 2], "x must be at most 1"],
    ["exclusiveMinimum", { type: "number", exclusiveMinimum: 0 }, [0.0000001], [0, -0], "x must be more than 0"],
    ["exclusiveMaximum", { type: "number", exclusiveMaximum: 10 }, [9.99], [10], "x must be less than 10"],
    [
      "multipleOf",
      { type: "number", multipleOf: 0.01 },
      [19.99, 0, -0.07, 4.35],
      [0.001, 19.995],
      "x must be a multiple of 0.01",
    ],
    ["minItems", { type: "array", minItems: 2 }, [[1, 2]], [[1]], "x must have at least 2 items"],
    ["maxItems", { type: "array", maxItems: 1 }, [[], [1]], [[1, 2]], "x must have at most 1 item"],
    [
      "uniqueItems",
      { type: "array", uniqueItems: true },
      [[1, "1", { a: 1 }, [1]]],
      [
        [
          { a: 1, b: 2 },
          { b: 2, a: 1 },
        ],
        [1, 1],
      ],
      "x must not have the same item twice",
    ],
    ["minProperties", { type: "object", minProperties: 1 }, [{ a: 1 }], [{}], "x must have at least 1 member"],
    [
      "maxProperties",
      { type: "object", maxProperties: 1 },
      [{ a: 1 }],
      [{ a: 1, b: 1 }],
      "x must have at most 1 member",
    ],
    ["enum", { enum: ["open", "closed"] }, ["open"], ["Open", "", null], "x must be one of open, closed"],
    ["const", { const: "v1" }, ["v1"], ["v2"], "x must be v1"],
    ["pattern", { type: "string", pattern: "^[A-Z]{3}$" }, ["ABC"], ["AB", "ABCD", "ABC\n"], "x must match ^[A-Z]{3}$"],
    ["type", { type: ["string", "null"] }, ["a", null], [1, {}, []], "x must be a string or null"],
    ["integer", { type: "integer" }, [1, 1.0], [1.5, "1"], "x must be an integer"],
    [
      "int32",
      { type: "integer", format: "int32" },
      [2147483647, -2147483648],
      [2147483648, -2147483649],
      "x must be an integer of 32 bits",
    ],
    [
      "email",
      { type: "string", format: "email" },
      ["a@b.co", "o'brien+x@mail.example.com"],
      [
        "a@b",
        "a@@b.co",
        "a b@c.co",
        "a@b..co",
        "@b.co",
        "a@b.co\r\n",
        "a\u200d@b.co",
        "a＠b.co",
        `${"a".repeat(65)}@b.co`,
      ],
      "x must be a valid e-mail address",
    ],
    [
      "idn-email",
      { type: "string", format: "idn-email" },
      ["müller@bücher.example"],
      ["müller@bücher", "a@b"],
      "x must be a valid e-mail address",
    ],
    [
      "uuid",
      { type: "string", format: "uuid" },
      ["123e4567-e89b-12d3-a456-426614174000"],
      ["123e4567e89b12d3a456426614174000", "urn:uuid:123e4567-e89b-12d3-a456-426614174000"],
      "x must be a UUID",
    ],
    [
      "date",
      { type: "string", format: "date" },
      ["2024-02-29"],
      ["2023-02-29", "2024-1-1", "2024-13-01"],
      "x must be a date like 2026-01-31",
    ],
    [
      "date-time",
      { type: "string", format: "date-time" },
      ["2024-02-29T23:59:59Z", "2016-12-31T23:59:60Z", "2024-01-01T00:00:00.5+01:00"],
      ["2024-02-29 23:59:59Z", "2024-02-29T24:00:00Z", "2024-02-29T23:59:59"],
      "x must be a date and time like 2026-01-31T12:30:00Z",
    ],
    [
      "date-time-local",
      { type: "string", format: "date-time-local" },
      ["2024-02-29T23:59:59", "2024-01-01T00:00:00.5"],
      ["2024-02-29T23:59:59Z", "2024-02-29T23:59:59+01:00", "2024-02-29 23:59:59", "2024-02-29T23:59:60"],
      "x must be a date and time without offset, like 2026-01-31T12:30:00",
    ],
    [
      "time-local",
      { type: "string", format: "time-local" },
      ["23:59:59", "00:00:00.123"],
      ["23:59:59Z", "23:59", "24:00:00", "23:59:60", "23:59:59\n"],
      "x must be a time without offset, like 12:30:00",
    ],
    [
      "uri",
      { type: "string", format: "uri" },
      ["https://example.com/a?b=c#d"],
      ["/relative", "https://exa mple.com", "javascript", "http://a\\b"],
      "x must be a valid URI",
    ],
    [
      "byte",
      { type: "string", format: "byte" },
      ["", "YQ==", "YWI=", "YWJj"],
      ["YQ", "Y Q=", "YQ==\n", "===="],
      "x must be base64 text",
    ],
  ];
  for (const [name, schema, fitting, failing, sentence] of cases) {
    it(`I14 ${name}`, () => {
      const check = schemasOf({ Thing: { type: "object", properties: { x: schema } } }).check("Thing");
      for (const value of fitting) expect(sentences(check, { x: value })).toEqual([]);
      for (const value of failing) expect(sentences(check, { x: value })).toEqual([sentence]);
    });
  }
  it("multiples are judged as they are written in decimals", () => {
    for (let cents = 0; cents < 20_000; cents += 7) expect(isMultiple(cents / 100, 0.01)).toBe(true);
    expect(isMultiple(1e308, 0.123456789)).toBe(false);
    expect(isMultiple(0.3, 0.1)).toBe(true);
    expect(isMultiple(0.35, 0.1)).toBe(false);
  });
});
