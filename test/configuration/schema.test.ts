// Guards the published JSON Schema: it is the schema that the product itself uses, and it says what each key is for.
import { Ajv2020 } from "ajv/dist/2020.js";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { configurationJsonSchema } from "../../src/configuration/schema-words.ts";

const ROOT = path.join(import.meta.dirname, "../..");

describe("configuration.schema.json", () => {
  it("is the schema behind file and object (vitest -u writes it)", async () => {
    const text = `${JSON.stringify(configurationJsonSchema(), undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot(path.join(ROOT, "configuration.schema.json"));
  });

  it("describes every key", () => {
    const silent: string[] = [];
    const visit = (node: Record<string, unknown>, at: string): void => {
      for (const [key, property] of Object.entries((node["properties"] ?? {}) as Record<string, object>)) {
        if (!("description" in property) && !("anyOf" in property)) silent.push(`${at}/${key}`);
        visit(property as Record<string, unknown>, `${at}/${key}`);
      }
      for (const form of (node["anyOf"] ?? []) as Record<string, unknown>[]) visit(form, at);
      for (const inner of ["items", "additionalProperties"]) {
        if (typeof node[inner] === "object") visit(node[inner] as Record<string, unknown>, `${at}/*`);
      }
    };
    visit(configurationJsonSchema(), "");
    expect(silent).toEqual([]);
  });

  it("takes the sample's configuration and refuses a slip in it, as an editor would", () => {
    const judge = new Ajv2020({ strict: false }).compile(configurationJsonSchema());
    const sample = parse(readFileSync(path.join(ROOT, "examples/orders/portcullis.yaml"), "utf8")) as object;
    const values = (name: string) => (name.includes("PORT") ? "9444" : "http://127.0.0.1:1");
    const substituted = JSON.parse(JSON.stringify(sample).replaceAll(/\$\{[A-Z_]+\}/g, values)) as object;
    expect(judge(substituted)).toBe(true);
    expect(judge({ ...substituted, authentiction: {} })).toBe(false);
  });
});
