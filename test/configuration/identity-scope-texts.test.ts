// Guards what people read who allow a scope: the document's words or the configuration's, and nothing that moves or hides what is beside it.
import { expect, it } from "vitest";
import { describeDocument } from "../../src/configuration/describe-document.ts";
import { scopeTexts } from "../../src/configuration/identity-scope-texts.ts";
import { loadSettings } from "../../src/configuration/load.ts";
import { folderWith } from "./folder.ts";
import { refusals } from "./loading.ts";

const KEY = Buffer.alloc(32, 1).toString("base64");
const env = { KEY };

function documentWith(scopes: string): string {
  const oauth2 = (text: string) =>
    `{ type: oauth2, flows: { authorizationCode: { authorizationUrl: "https://a.example/", tokenUrl: "https://a.example/", scopes: ${text} } } }`;
  return `openapi: 3.1.0
info: { title: Shop, version: "1" }
paths:
  /a: { get: { operationId: a, security: [{ own: [read] }], responses: { "200": { description: d } } } }
components:
  securitySchemes:
    own: ${oauth2(scopes)}
    other: ${oauth2('{ read: "of another issuer", more: "of another issuer" }')}
`;
}
const configuration = (more = "") => `openapi: api.yaml
authentication:
  own: { issuer: built-in }
  other: { issuer: "https://other.example/", audience: a }
identity:
  secrets: ["\${KEY}"]
  mail: { folder: mail }
${more}`;

async function textsOf(scopes: string, more = ""): Promise<Readonly<Record<string, string>>> {
  const cwd = folderWith({ "portcullis.yaml": configuration(more), "api.yaml": documentWith(scopes) });
  const loaded = await loadSettings({ file: "portcullis.yaml", cwd, env });
  return scopeTexts(loaded.settings, await describeDocument(loaded, cwd));
}

it("they are the document's, of the schemes that name the built-in issuer", async () => {
  expect(await textsOf('{ read: See orders, write: "" }')).toEqual({ read: "See orders" });
});

it("the configuration's go before, and may be of scopes that the document does not describe", async () => {
  const own = '  scopeTexts: { read: "Look at your orders", openid: "Know you" }\n';
  expect(await textsOf("{ read: See orders }", own)).toEqual({ read: "Look at your orders", openid: "Know you" });
});

it.each([
  ["several lines", String.raw`{ read: "See\n\n  orders" }`, "See orders"],
  ["a mark that turns the direction", String.raw`{ read: "See \u202Esredro\u2066" }`, "See sredro"],
  ["control characters", String.raw`{ read: "See\u0000\u001b[2J orders" }`, "See [2J orders"],
  ["300 characters", `{ read: "${"a".repeat(300)}" }`, `${"a".repeat(199)}…`],
])("of %s in the document stays what one line can hold", async (_what, scopes, shown) => {
  expect((await textsOf(scopes))["read"]).toBe(shown);
});

it("in the configuration such a text is refused", async () => {
  const text = configuration('  scopeTexts: { read: "See \\u202e orders" }\n');
  expect(await refusals(text, { env })).toEqual([expect.stringContaining("control characters and marks of direction")]);
});
