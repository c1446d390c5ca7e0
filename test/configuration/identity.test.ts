// Guards what is said of a section `identity` that cannot work, or would not be safe: place, reason, remedy.
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { complaints } from "./composing.ts";
import { load, refusals, settingsOf } from "./loading.ts";

const PNG = Buffer.from("89504e470d0a1a0a0000", "hex").toString("latin1");
const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
const env = { KEY: randomBytes(32).toString("base64"), SMTP: "smtps://u:p@mail.example.com" };

/** With `more` in the section, one line each, from line 7 on. */
function written(more: string, publicUrl = "https://api.example.com"): string {
  return `openapi: a.yaml
transport: { listen: 8443, tls: { certificate: a, key: b }, publicUrl: "${publicUrl}" }
authentication: { oauth: { issuer: built-in, audience: "https://api.example.com" } }
identity:
  secrets: ["\${KEY}"]
  mail: { smtp: "\${SMTP}", from: a@example.com }
${more}`;
}
const said = async (more: string, files: Record<string, string> = {}) => refusals(written(more), { env, files });

describe("the appearance", () => {
  it("is taken where it can be read and seen", async () => {
    const text = written("  appearance: { colour: { light: '#0A58CA', dark: '#6cb0ff' } }");
    expect((await settingsOf(text, { env })).identity?.appearance).toEqual({
      colours: { light: "#0a58ca", dark: "#6cb0ff" },
      logo: undefined,
    });
  });
  it.each([
    [
      "{ light: '#ffcc00', dark: '#6cb0ff' }",
      "7:34 identity.appearance.colour.light: #ffcc00 has a contrast of 1.5:1 on the light pages' #ffffff | 4.5:1 is needed to be read by everybody (WCAG 2.2, 1.4.3): #8f7200 has it.",
    ],
    [
      "{ light: '#0a58ca', dark: '#0a58ca' }",
      "7:51 identity.appearance.colour.dark: #0a58ca has a contrast of 2.7:1 on the dark pages' #161b22 | 4.5:1 is needed to be read by everybody (WCAG 2.2, 1.4.3): #4a83d8 has it.",
    ],
  ])("%s is refused, with one that could be read", async (colour, sentence) => {
    expect(await said(`  appearance: { colour: ${colour} }`)).toEqual([sentence]);
  });
  it.each([
    ["a script in it", { "logo.png": SVG }, /no PNG, JPEG or WebP picture \| SVG is not served/],
    ["too many bytes", { "logo.png": PNG.padEnd(262_145, "x") }, /logo\.png has \d+ bytes: more than 262144/],
    ["no file", {}, /logo\.png cannot be read/],
    ["a folder in its place", { "logo.png/a": "" }, /logo\.png cannot be read: it is no regular file/],
  ])("a logo with %s is refused", async (_what, files, sentence) => {
    expect(await said("  appearance: { logo: logo.png }", files)).toEqual([expect.stringMatching(sentence)]);
  });
});

describe("a device in the logo's place", () => {
  it.skipIf(process.platform === "win32")("is refused, not read for ever", async () => {
    expect(await said("  appearance: { logo: /dev/zero }")).toEqual([
      expect.stringMatching(/^7:\d+ \/dev\/zero cannot be read: it is no regular file/),
    ]);
  });
});

describe("names that people are shown", () => {
  const client = (name: string) => `  clients: { a: { profile: machine, name: ${JSON.stringify(name)} } }`;
  it.each([
    ["an escape sequence", "Orders\u001b[2K"],
    ["a line break", "Orders\nAllow"],
    ["a control of the second set", "Orders\u009b2K"],
    ["a line separator", "Orders\u2028"],
    ["a mark that turns the writing round", "\u202egnp.exe"],
    ["an isolate", "\u2066Orders"],
  ])("may not have %s", async (_what, name) => {
    const without = expect.stringContaining("a name without control characters") as string;
    expect(await said(client(name))).toEqual([without]);
    expect(await said(`  serviceName: ${JSON.stringify(name)}`)).toEqual([without]);
  });
  it.each(["Orders", "Aufträge & mehr", "注文", "سفارش\u200cها", "👩\u200d🚀 <b>"])("may be %s", async (name) => {
    expect(await said(client(name))).toEqual([]);
  });
});

describe("where it is reached", () => {
  const plain = (publicUrl: string) =>
    written("", publicUrl).replace("tls: { certificate: a, key: b }", "tls: dangerouslyOff");
  it.each([
    "http://api.example.com",
    "http://10.0.0.5:8080",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
  ])("%s is refused: passwords and cookies would travel readable", async (url) => {
    expect(await refusals(plain(url), { env })).toContainEqual(
      expect.stringMatching(
        /^2:\d+ people would type their passwords into http.* cookies that follow, without `Secure` \| Use https/,
      ),
    );
  });
  it.each(["http://localhost:8443", "http://127.0.0.1:8443", "http://[::1]:8443"])("%s is taken", async (url) => {
    expect(await refusals(plain(url), { env })).toEqual([]);
  });
  it.each([
    ["0.0.0.0:9444", 1],
    ["127.0.0.1:9444", 0],
  ])("its own process at %s: %i warning", async (listen, count) => {
    const { warnings } = await load(written(`  listen: ${listen}`), { env });
    const found = warnings.filter(({ rule }) => rule.endsWith("identity-exposed"));
    expect(found.map(({ severity }) => severity)).toEqual(Array(count).fill("warning"));
  });
});

describe("clients", () => {
  it("none has the id of the account page", async () => {
    expect(await said("  clients:\n    portcullis-account: { profile: machine }")).toEqual([
      expect.stringMatching(/^8:\d+ portcullis-account is the id of the account page.* \| Choose another id\.$/),
    ]);
  });
  it.each([
    ["[read, openid, email, offline_access, identity:read]", "", []],
    ["[write]", "", []],
    [
      "[openid, raed]",
      "",
      ['11 a may ask for the scope "raed", which no operation with tokens of identity asks for | Did you mean "read"?'],
    ],
    [
      "[nowhere:at-all]",
      "",
      [expect.stringContaining("Known here: openid, offline_access, email, read, write, identity:read")],
    ],
    ["[identity:read]", "  administration: off", [expect.stringContaining('the scope "identity:read"')]],
  ])("scopes %s %s", async (scopes, more, expected) => {
    const text = `transport: { listen: 8443, tls: dangerouslyOff, publicUrl: "http://localhost:8443" }
authentication: { oauth: { issuer: built-in, audience: "https://api.example.com" } }
identity:
  secrets: ["\${KEY}"]
  mail: { smtp: "\${SMTP}", from: a@example.com }
  accessTokenLifetime: 5m
  refreshTokenLifetime: 1d
  sessionLifetime: 1d
  clients:
    a: { profile: machine, scopes: ${scopes} }
${more}`;
    const found = await complaints(text, { env });
    expect(
      found.filter((line) => line.startsWith("error")).map((line) => line.replace(/^error \S+?yaml:/, "")),
    ).toEqual(expected);
  });
});

describe("mail", () => {
  it.each([
    ["https://api.example.com", 1],
    ["http://localhost:8443", 0],
  ])("into a folder for %s: %i complaint", async (publicUrl, count) => {
    const text = written("", publicUrl).replace(/mail: .*/, "mail: { folder: mail }");
    const found = (await refusals(text, { env })).filter((line) => line.includes("identity.mail.folder"));
    expect(found).toHaveLength(count);
  });
  it("has to be said", async () => {
    expect(await refusals(written("").replace(/ {2}mail: .*\n/, ""), { env })).toEqual([
      expect.stringContaining("mail is missing in identity | Add `mail`."),
    ]);
  });
});

describe("passwords and registration", () => {
  it.each([
    ["passwords: { breached: { range: 'http://list.example.com/range' } }", "asked over plain http"],
    ["passwords: { profile: strict }", 'expected "default" or "nist"'],
    ["registration: invitation\n  registrationPath: /api/register", "registration is not open"],
    ["registrationPath: /identity/api/register", "lies below /identity"],
    ["registrationPath: api/register", "a path such as /api/register"],
  ])("%s is refused", async (more, sentence) => {
    const found = await said(`  ${more}`);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(sentence);
  });
  it("a list on this machine may be asked over http", async () => {
    expect(await said("  passwords: { breached: { range: 'http://127.0.0.1:9/range' } }")).toEqual([]);
  });
});
