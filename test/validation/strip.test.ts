// What `strip` cuts from answers, and what it refuses: R01 undeclared members, R02 writeOnly and sensitive ones.
import { describe, expect, it } from "vitest";
import { judgeAnswer } from "./exchanges.ts";
import { declared, INTEGER, JSON_TYPE, object, reference, strip, STRING } from "./stripping.ts";

describe("R01 undeclared members are cut", () => {
  it.each([
    ["beside declared ones", object({ a: STRING }), '{"a":"1","hash":"s"}', '{"a":"1"}'],
    [
      "where the schema closes itself",
      object({ a: STRING }, { additionalProperties: false }),
      '{"a":"1","hash":"s"}',
      '{"a":"1"}',
    ],
    [
      "where it is closed by unevaluatedProperties",
      object({ a: STRING }, { unevaluatedProperties: false }),
      '{"a":"1","hash":"s"}',
      '{"a":"1"}',
    ],
    [
      "in items",
      { type: "array", items: object({ a: STRING }) },
      '[{"a":"1","hash":"s"},{"hash":"s"}]',
      '[{"a":"1"},{}]',
    ],
    [
      "in items by place",
      { prefixItems: [object({ a: STRING })], items: object({ b: STRING }) },
      '[{"a":"1","b":"s"},{"a":"s","b":"2"}]',
      '[{"a":"1"},{"b":"2"}]',
    ],
    ["where nothing is declared", { type: "object", additionalProperties: false }, '{"hash":"s"}', "{}"],
    [
      "in members that a pattern takes",
      object({}, { patternProperties: { "^x-": object({ a: STRING }) } }),
      '{"x-1":{"a":"1","hash":"s"},"y":"s"}',
      '{"x-1":{"a":"1"}}',
    ],
    [
      "in members that additionalProperties takes",
      { additionalProperties: object({ a: STRING }) },
      '{"k":{"a":"1","hash":"s"}}',
      '{"k":{"a":"1"}}',
    ],
    [
      "in nullable members",
      object({ a: object({ b: STRING }, { type: ["object", "null"] }) }),
      '{"a":{"b":"1","hash":"s"}}',
      '{"a":{"b":"1"}}',
    ],
    ["without a type", { properties: { a: STRING } }, '{"a":"1","hash":"s"}', '{"a":"1"}'],
  ])("%s", (_name, schema, body, left) => {
    expect(strip(schema, body)).toMatchObject({ reason: undefined, body: left, messages: [] });
  });

  it.each([
    ["an open object", { type: "object" }, '{"a":{"b":1}}'],
    ["no schema's word", {}, '{"a":{"b":1}}'],
    ["additionalProperties: true", object({ a: STRING }, { additionalProperties: true }), '{"a":"1","b":{"c":1}}'],
    ["unevaluatedProperties: true", object({ a: STRING }, { unevaluatedProperties: true }), '{"a":"1","b":{"c":1}}'],
    ["items that nobody describes", { type: "array" }, '[{"a":1}]'],
    ["null where an object is declared", object({ a: object({ b: STRING }) }), '{"a":null}'],
  ])("what is declared open stays: %s", (_name, schema, body) => {
    expect(strip(schema, body)).toMatchObject({ reason: undefined, body });
  });

  it("allOf: what any part declares stays, whatever another closes", () => {
    const schemas = { Base: object({ id: INTEGER }), More: { allOf: [reference("Base"), object({ name: STRING })] } };
    expect(
      strip(
        { allOf: [reference("More"), object({ o: object({ x: STRING }) }), object({ o: object({ y: STRING }) })] },
        '{"id":1,"name":"n","hash":"s","o":{"x":"1","y":"2","z":"s"}}',
        schemas,
      ).body,
    ).toBe('{"id":1,"name":"n","o":{"x":"1","y":"2"}}');
    const closed = strip(
      { allOf: [object({ a: STRING }, { additionalProperties: false }), object({ b: STRING })] },
      '{"a":"1","b":"2","hash":"s"}',
    );
    expect(closed).toMatchObject({ reason: undefined, body: '{"a":"1","b":"2"}', messages: ["b is not allowed"] });
  });

  it("siblings of a reference count in 3.1 and not in 3.0", () => {
    const schemas = { Base: object({ id: INTEGER }) };
    const schema = { ...reference("Base"), properties: { b: STRING } };
    expect(strip(schema, '{"id":1,"b":"2","hash":"s"}', schemas).body).toBe('{"id":1,"b":"2"}');
    expect(strip(schema, '{"id":1,"b":"2","hash":"s"}', schemas, "3.0.3").body).toBe('{"id":1}');
  });

  it("recursive schemas, to any depth", () => {
    const tree = object({ n: INTEGER, children: { type: "array", items: reference("Answer") } });
    const nest = (depth: number, more: string): string =>
      `{"n":${depth}${more}${depth === 0 ? "" : `,"children":[${nest(depth - 1, more)}]`}}`;
    expect(strip(tree, nest(40, ',"hash":"s"')).body).toBe(nest(40, ""));
  });

  describe("alternatives: what a branch declares that the value fits", () => {
    const CAT = object({ kind: { const: "cat" }, lives: INTEGER }, { required: ["kind"], additionalProperties: false });
    const DOG = object(
      { kind: { const: "dog" }, tricks: { type: "array", items: object({ name: STRING }) } },
      { required: ["kind"] },
    );

    it.each(["oneOf", "anyOf"])("%s, closed and open branches", (keyword) => {
      const schema = { [keyword]: [CAT, DOG] };
      expect(strip(schema, '{"kind":"cat","lives":9,"tricks":[],"hash":"s"}').body).toBe('{"kind":"cat","lives":9}');
      expect(strip(schema, '{"kind":"dog","lives":9,"tricks":[{"name":"sit","x":1}]}').body).toBe(
        '{"kind":"dog","tricks":[{"name":"sit"}]}',
      );
    });

    it("several that fit: what any of them declares", () => {
      const schema = { anyOf: [object({ a: STRING }), object({ b: STRING }), object({ c: INTEGER })] };
      expect(strip(schema, '{"a":"1","b":"2","c":"no integer","d":"s"}').body).toBe('{"a":"1","b":"2"}');
    });

    it("in each item for itself, and inside each other", () => {
      const schema = { type: "array", items: object({ pet: { oneOf: [CAT, { anyOf: [DOG, { type: "null" }] }] } }) };
      expect(
        strip(schema, '[{"pet":{"kind":"dog","lives":1}},{"pet":{"kind":"cat","tricks":1}},{"pet":null}]').body,
      ).toBe('[{"pet":{"kind":"dog"}},{"pet":{"kind":"cat"}},{"pet":null}]');
    });

    it("constraints in alternatives take nothing away", () => {
      const schema = object({ a: STRING, b: STRING }, { oneOf: [{ required: ["a"] }, { required: ["b"] }] });
      expect(strip(schema, '{"a":"1","hash":"s"}').body).toBe('{"a":"1"}');
    });

    it("none that fits: the one that the discriminator names, else the answer is refused", () => {
      const schemas = { Cat: CAT, Dog: DOG };
      const named = {
        oneOf: [reference("Cat"), reference("Dog")],
        discriminator: { propertyName: "kind", mapping: { cat: "#/components/schemas/Cat", dog: "Dog" } },
      };
      expect(strip(named, '{"kind":"cat","lives":"nine","hash":"s"}', schemas)).toMatchObject({
        reason: undefined,
        body: '{"kind":"cat","lives":"nine"}',
        messages: ["lives must be an integer"],
      });
      for (const [schema, body] of [
        [named, '{"kind":"cow","hash":"s"}'],
        [{ oneOf: [CAT, DOG] }, '{"kind":"cat","lives":"nine","hash":"s"}'],
        [object({ pet: { anyOf: [CAT, DOG] } }), '{"pet":{"hash":"s"}}'],
      ] as const) {
        const judged = strip(schema, body, schemas);
        expect(judged).toMatchObject({
          reason: "validation.response-invalid",
          body: undefined,
          messages: ["fits no alternative of the schema"],
        });
      }
    });

    it("the one that the discriminator names, also where others fit", () => {
      const schemas = { Cat: object({ kind: STRING, lives: STRING }), Dog: object({ kind: STRING, good: STRING }) };
      const branches = { oneOf: [reference("Cat"), reference("Dog")] };
      const named = { ...branches, discriminator: { propertyName: "kind" } };
      const body = '{"kind":"Dog","good":"1","lives":"9","hash":"s"}';
      expect(strip(named, body, schemas)).toMatchObject({ reason: undefined, body: '{"kind":"Dog","good":"1"}' });
      expect(strip(branches, body, schemas)).toMatchObject({ body: '{"kind":"Dog","good":"1","lives":"9"}' });
    });

    it("if, then, else and dependentSchemas", () => {
      const schema = object(
        { kind: STRING },
        {
          if: { properties: { kind: { const: "card" } } },
          ...JSON.parse('{"then":{"properties":{"last4":{}}}}'),
          else: object({ iban: STRING }),
          dependentSchemas: { kind: object({ since: STRING }) },
        },
      );
      expect(strip(schema, '{"kind":"card","last4":"1","iban":"s","since":"x"}').body).toBe(
        '{"kind":"card","last4":"1","since":"x"}',
      );
      expect(strip(schema, '{"kind":"bank","last4":"s","iban":"1"}').body).toBe('{"kind":"bank","iban":"1"}');
      expect(strip({ ...schema, if: false }, '{"since":"s","iban":"1"}').body).toBe('{"iban":"1"}');
    });

    it("alternatives that explode are given up, and refused", () => {
      const twice = {
        anyOf: [
          object({ n: reference("Answer"), a: { const: 1 } }, { required: ["a"] }),
          object({ n: reference("Answer"), b: { const: 1 } }, { required: ["b"] }),
        ],
      };
      const nest = (depth: number): string => (depth === 0 ? "{}" : `{"n":${nest(depth - 1)},"hash":1}`);
      expect(strip(twice, nest(60)).reason).toBe("validation.response-invalid");
    });
  });
});

describe("R02 members that never leave are cut", () => {
  it.each([
    ["writeOnly", object({ a: STRING, p: { ...STRING, writeOnly: true } }, { required: ["a", "p"] })],
    [
      "x-portcullis-sensitive",
      object({ a: STRING, p: { ...STRING, "x-portcullis-sensitive": true } }, { required: ["p"] }),
    ],
    ["behind a reference", object({ a: STRING, p: reference("Secret") })],
    ["in a part of allOf", object({ a: STRING, p: { allOf: [{ writeOnly: true }, STRING] } })],
    [
      "where another part declares them readable",
      { allOf: [object({ a: STRING, p: STRING }), object({ p: { writeOnly: true } })] },
    ],
    [
      "that a pattern takes",
      object({ a: STRING }, { patternProperties: { "^p": { "x-portcullis-sensitive": true } } }),
    ],
    [
      "in the branch that the value fits",
      { oneOf: [object({ a: STRING, p: { ...STRING, writeOnly: true } }), { type: "array" }] },
    ],
  ])("%s", (_name, schema) => {
    const schemas = { Secret: { ...STRING, writeOnly: true } };
    expect(strip(schema, '{"p":"hunter2","a":"1"}', schemas)).toMatchObject({
      reason: undefined,
      body: '{"a":"1"}',
      messages: [],
    });
  });

  it("enforce refuses them", () => {
    const schema = declared(object({ p: { ...STRING, "x-portcullis-sensitive": true } }));
    expect(judgeAnswer(schema, { lines: JSON_TYPE, body: '{"p":"hunter2"}' })).toMatchObject({
      reason: "validation.response-invalid",
      messages: ["p is sensitive and must not be in an answer"],
    });
    expect(judgeAnswer(schema, { lines: JSON_TYPE, body: "{}" }).reason).toBeUndefined();
  });
});

describe("what is left", () => {
  const SCHEMA = object(
    { a: INTEGER, o: object({ b: STRING }), l: { type: "array", items: STRING }, s: STRING },
    { required: ["a"] },
  );

  it("is noted where it does not fit otherwise, and goes out", () => {
    const judged = strip(SCHEMA, '{"a":"x","hash":1}');
    expect(judged).toMatchObject({ reason: undefined, body: '{"a":"x"}', messages: ["a must be an integer"] });
    expect(judged.exchange.notes).toMatchObject([
      { kind: "would-deny", denial: { reason: "validation.response-invalid" } },
      { kind: "replaced", text: "stripped: /hash" },
    ]);
    expect(strip(SCHEMA, '{"hash":1}')).toMatchObject({ body: "{}", messages: ["a is required"] });
    // Names that are data are not told.
    expect(strip(SCHEMA, '{"a":1,"ann@example.com":1}').exchange.notes).toMatchObject([{ text: "stripped: /*" }]);
  });

  it.each([
    ["an object for text", '{"a":1,"s":{"hash":"s"}}', "is an object, which the schema does not have there", "/s"],
    ["a list for text", '{"a":1,"s":["s"]}', "is a list, which the schema does not have there", "/s"],
    ["a list for an object", '{"a":1,"o":[{"hash":"s"}]}', "is a list, which the schema does not have there", "/o"],
    [
      "text for an object",
      '{"a":1,"o":"Error: at db.js:1"}',
      "is a single value, which the schema does not have there",
      "/o",
    ],
    ["text for it all", '"Error: at db.js:1"', "is a single value, which the schema does not have there", ""],
    [
      "an object in a list of text",
      '{"a":1,"l":["x",{"hash":"s"}]}',
      "is an object, which the schema does not have there",
      "/l/1",
    ],
  ])("is refused where nobody can say what may stay: %s", (_name, body, message, at) => {
    const judged = strip(SCHEMA, body);
    expect(judged).toMatchObject({ reason: "validation.response-invalid", body: undefined, messages: [message] });
    expect(judged.denial?.violations?.[0]?.at).toBe(at);
  });

  it.each([
    ["no JSON", "<html>"],
    ["a member twice: readers differ on which counts", '{"a":1,"o":{"hash":"s"},"o":{}}'],
    ["a byte order mark", "\ufeff{}"],
  ])("is refused where it cannot be read: %s", (_name, body) => {
    expect(strip(SCHEMA, body)).toMatchObject({ reason: "validation.response-invalid", body: undefined });
  });
});
