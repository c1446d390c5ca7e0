// docs/first-sign-in.md, followed: its files as they stand, its commands, and a person at a browser.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { folderWith } from "../configuration/folder.ts";
import { openBrowser, type Visitor, WITHOUT_BROWSER } from "../identity/browser.ts";
import { freePort } from "../servers/free-port.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");
const COMMAND = path.join(ROOT, "bin", "portcullis.js");
const PASSWORD = "correct horse battery";

/** The files that the page shows, each named in the sentence before it. */
function shownFiles(): Record<string, string> {
  const page = readFileSync(path.join(ROOT, "docs", "first-sign-in.md"), "utf8");
  const blocks = [...page.matchAll(/^```([^\n]*)\n([^]*?)^```$/gm)].filter(([, language]) => language !== "sh");
  const files = blocks.map(({ 2: text = "", index }) => {
    const [, name = ""] = /[^]*\bin `([\w.]+)`/.exec(page.slice(0, index)) ?? [];
    return [name, text] as const;
  });
  return Object.fromEntries(files);
}

const skipped = WITHOUT_BROWSER === undefined ? "" : ` (skipped: ${WITHOUT_BROWSER})`;

describe.skipIf(WITHOUT_BROWSER !== undefined)(`docs/first-sign-in.md${skipped}`, () => {
  const children: ChildProcess[] = [];
  let visitor: Visitor;
  let said = "";
  let page = "";

  async function until(pattern: RegExp): Promise<RegExpExecArray> {
    const stream = children.at(-1)?.stderr;
    for (;;) {
      const found = pattern.exec(said);
      if (found !== null) return found;
      // oxlint-disable-next-line no-await-in-loop -- until it is said
      await once(stream as NonNullable<typeof stream>, "data");
    }
  }

  async function start(): Promise<void> {
    const ports = await Promise.all(
      ["3000", "8080", "8443", "9444"].map(async (port) => [port, await freePort()] as const),
    );
    const files = shownFiles();
    expect(Object.keys(files).sort()).toEqual(["api.mjs", "index.html", "openapi.yaml", "page.mjs", "portcullis.yaml"]);
    for (const [name, text] of Object.entries(files)) {
      const complete = text
        .replace("  tls: development\n", '  tls: development\n  adminListen: "off"\n')
        .replace("\nidentity:\n", "\nidentity:\n  listen: 9444\n");
      files[name] = ports.reduce((all, [from, to]) => all.replaceAll(from, String(to)), complete);
    }
    const folder = folderWith({ ...files, "identity.key": randomBytes(32).toString("base64") });
    const env = { ...process.env, XDG_DATA_HOME: path.join(folder, "data") };
    for (const words of [["api.mjs"], ["page.mjs"], [COMMAND, "start"]]) {
      children.push(spawn(process.execPath, words, { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] }));
    }
    children
      .at(-1)
      ?.stderr?.setEncoding("utf8")
      .on("data", (text: string) => (said += text));
    await until(/ try /);
    page = `http://localhost:${ports[1]?.[1] ?? 0}/`;
    visitor = await openBrowser(undefined, "light", true);
  }

  afterAll(async () => {
    await visitor?.close();
    for (const child of children) child.kill("SIGKILL");
  });

  it("leads to a page that shows what only somebody who signed in may see", async () => {
    await start();
    const { page: browser } = visitor;
    const press = (name: string) => browser.getByRole("button", { name, exact: true }).click();
    const type = async () => {
      await browser.getByLabel("E-mail").fill("ann@example.org");
      await browser.getByLabel("Password").fill(PASSWORD);
    };
    await browser.goto(page);
    await press("Sign in");
    await browser.getByRole("link", { name: "Make an account" }).click();
    await type();
    await press("Make the account");
    const [link] = await until(/https:\S+\/verify\?token=\S+/);
    await browser.goto(link);
    await press("Confirm");
    await browser.goto(page);
    await press("Sign in");
    await type();
    await press("Sign in");
    await press("Allow");
    await browser.getByText("water the plants").waitFor();
    expect(await browser.locator("#answer").textContent()).toMatch(/^200 /);
    expect(visitor.complaints).toEqual([]);
  });
});
