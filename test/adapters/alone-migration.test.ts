// Guards docs/migration.md: every "after" is at most five lines, runs as it stands, and refuses what it says.
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Express, RequestHandler } from "express";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type LocalIssuer, startLocalIssuer } from "../authentication/local-issuer.ts";
import { ask, AUDIENCE, bearer, postJson, SECRET, serve, type Served, token } from "./alone-harness.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");
const page = readFileSync(path.join(ROOT, "docs", "migration.md"), "utf8");
const snippets = new Map(
  [...page.matchAll(/^```js ((?:after \w+)|whole)\n(.*?)^```/gms)].map(([, name = "", code = ""]) => [name, code]),
);
const exported = (
  JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as { exports: Record<string, { default: string }> }
).exports;
const handler: RequestHandler = (_request, response) => void response.json({ done: true });
const back = process.cwd();

let folder: string;
let issuer: LocalIssuer;
let served: Served | undefined;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "portcullis-migration-"));
  process.chdir(folder);
  process.env["JWT_SECRET"] = SECRET;
  issuer = await startLocalIssuer(AUDIENCE);
});
afterEach(async () => {
  await served?.close();
  served = undefined;
});
afterAll(async () => {
  delete process.env["JWT_SECRET"];
  process.chdir(back);
  await issuer.close();
  rmSync(folder, { recursive: true });
});

const IMPORT = /^import \{ ([\w, ]+) \} from "portcullis(\/[\w/-]+)";\n/gm;

/** Runs the code of a page on an application: its imports lead to the sources, its issuer to one that is here. */
async function run(app: Express, code: string, local: boolean): Promise<void> {
  const names: Record<string, unknown> = { app, handler };
  for (const [, list = "", subpath = ""] of code.matchAll(IMPORT)) {
    const file = (exported[`.${subpath}`] as { default: string }).default;
    const source = file.replace("./dist/", "src/").replace(/\.js$/, ".ts");
    // oxlint-disable-next-line no-await-in-loop -- a few
    const module = (await import(path.join(ROOT, source))) as Record<string, unknown>;
    for (const name of list.split(", ")) names[name] = module[name];
  }
  const here = local ? code.replaceAll("https://login.example.com/", issuer.issuer) : code;
  const body = `return (async () => {${here.replaceAll(IMPORT, "")}})()`;
  // oxlint-disable-next-line no-implied-eval -- the page's own code, as its reader would run it
  await (new Function(...Object.keys(names), body)(...Object.values(names)) as Promise<void>);
}

async function serveSnippet(name: string, before = "", local = true): Promise<Served> {
  const code = before + (snippets.get(name) as string);
  served = await serve(async (app) => {
    await run(app, code, local);
    app.use(handler);
  });
  return served;
}

it("has all of them, each of at most five lines", () => {
  expect([...snippets.keys()]).toEqual([
    "after secret",
    "after issuer",
    "after limit",
    "after body",
    "after log",
    "after together",
    "whole",
  ]);
  for (const code of snippets.values()) expect(code.trimEnd().split("\n").length).toBeLessThanOrEqual(5);
  expect(page.trimEnd().split("\n").length).toBeLessThanOrEqual(150);
});

it("authenticates with a secret", async () => {
  const api = await serveSnippet("after secret", "", false);
  expect((await ask(api, "/me")).status).toBe(401);
  expect((await ask(api, "/me", bearer(token()))).body).toEqual({ subject: "ada" });
});

it("authenticates by an issuer, and asks for scopes and roles", async () => {
  const api = await serveSnippet("after issuer");
  const as = async (scopes: string[], roles: string[]) => {
    const signed = await issuer.sign({ subject: "grace", scopes, roles });
    return (await ask(api, "/orders/1", { method: "DELETE", ...bearer(signed) })).status;
  };
  expect([await as([], ["support"]), await as(["orders:write"], []), await as(["orders:write"], ["support"])]).toEqual([
    403, 403, 200,
  ]);
});

it("limits", async () => {
  const api = await serveSnippet("after limit");
  const answers = await Promise.all(Array.from({ length: 101 }, () => ask(api, "/")));
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(1);
});

it("validates", async () => {
  const api = await serveSnippet("after body");
  const send = async (password: string) =>
    (await ask(api, "/api/register", postJson(JSON.stringify({ email: "a@example.com", password })))).status;
  expect([await send("12345678901"), await send("123456789012")]).toEqual([400, 200]);
});

it("logs", async () => {
  const api = await serveSnippet("after log");
  expect((await ask(api, "/")).headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect(existsSync("audit.ndjson")).toBe(true);
});

it("does all of it together", async () => {
  const imports = ["after issuer", "after limit", "after body", "after log"]
    .map((name) => [...(snippets.get(name) as string).matchAll(IMPORT)].map(([line]) => line).join(""))
    .join("");
  const api = await serveSnippet("after together", imports);
  const writer = await issuer.sign({ subject: "grace", scopes: ["orders:write"] });
  const send = (body: string, fields: Record<string, string>) => ask(api, "/orders", postJson(body, fields));
  const authorization = `Bearer ${writer}`;
  expect((await send('{"sku":1}', {})).status).toBe(401);
  expect((await send("{}", { authorization })).status).toBe(400);
  const { status, headers } = await send('{"sku":1}', { authorization });
  expect(status).toBe(200);
  expect(headers.get("ratelimit-policy")).toBe('"address";q=1000;w=60, "subject";q=100;w=900');
});

it("ends with the whole", async () => {
  copyFileSync(path.join(ROOT, "examples", "orders", "openapi.yaml"), "openapi.yaml");
  const api = await serveSnippet("whole");
  expect((await ask(api, "/orders")).status).toBe(401);
  expect((await ask(api, "/not-declared")).status).toBe(404);
});
