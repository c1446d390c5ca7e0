// `x-portcullis-sanitize` where it could not be kept: what is declared and does nothing would be trusted.
import { describe, expect, it } from "vitest";
import { complaints } from "./composing.ts";
import { withBody, withOperation } from "./one-operation.ts";

describe("what cannot be sanitized stops the start, with line and remedy", () => {
  it.each([
    [
      "an unknown word",
      withBody("application/json", "{ type: string, x-portcullis-sanitize: [trim, escape] }"),
      '11 "escape" is no way to sanitize.',
      "Choose from strip-control, nfc, lowercase, html, trim.",
    ],
    [
      "no list",
      withBody("application/json", "{ type: string, x-portcullis-sanitize: trim }"),
      "11 x-portcullis-sanitize is not a list.",
      "Write it as [trim].",
    ],
    [
      "no text",
      withBody("application/json", "{ type: integer, x-portcullis-sanitize: [trim] }"),
      "11 Only texts are sanitized.",
      "strings inside",
    ],
    [
      "a question, not a value",
      withBody("application/json", "{ not: { properties: { a: { x-portcullis-sanitize: [trim] } } } }"),
      "11 What stands under not is not sanitized.",
      "Mark the schema under properties",
    ],
    [
      "one of several items",
      withBody("application/json", "{ prefixItems: [{ x-portcullis-sanitize: [trim] }] }"),
      "11 What stands under prefixItems is not sanitized.",
      "items",
    ],
    [
      "a parameter",
      withOperation(
        "      parameters: [{ name: q, in: query, schema: { type: string, x-portcullis-sanitize: [trim] } }]",
      ),
      '8 The query parameter "q" cannot be sanitized',
      "pattern",
    ],
    [
      "another body",
      withBody(
        "application/xml",
        "{ type: object, properties: { a: { type: string, x-portcullis-sanitize: [trim] } } }",
      ),
      "11 A body of application/xml cannot be sanitized.",
      "Only JSON, forms and plain text",
    ],
    [
      "bytes",
      withBody("application/octet-stream", "{ type: string, x-portcullis-sanitize: [trim] }"),
      "11 A body of application/octet-stream cannot be sanitized.",
      "Only JSON",
    ],
    [
      "another charset",
      withBody("text/plain; charset=iso-8859-1", "{ type: string, x-portcullis-sanitize: [trim] }"),
      "cannot be sanitized.",
      "UTF-8",
    ],
    [
      "a file",
      withBody(
        "multipart/form-data",
        "{ properties: { f: { type: string, format: binary, x-portcullis-sanitize: [trim] } } }",
      ),
      '11 The file "f" cannot be sanitized.',
      "only texts",
    ],
    [
      "a styled field",
      withBody(
        "application/x-www-form-urlencoded",
        "{ properties: { f: { type: array, items: { type: string, x-portcullis-sanitize: [trim] } } } }",
        "            encoding: { f: { explode: false } }",
      ),
      '11 The field "f", written in this style,',
      "no style",
    ],
  ])("%s", async (_title, document, message, remedy) => {
    const told = await complaints("authentication: {}\n", { document });
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(`api.yaml:${message}`.replace("api.yaml:cannot", "cannot"));
    expect(told[0]).toContain(remedy);
  });

  it("in answers the mark means nothing, and stops nothing", async () => {
    const document = withOperation("").replace(
      "default: { description: any }",
      "default: { description: any, content: { application/json: { schema: { type: string, x-portcullis-sanitize: [trim] } } } }",
    );
    expect(await complaints("authentication: {}\n", { document })).toEqual([]);
  });
});
