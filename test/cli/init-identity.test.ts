// Guards `portcullis init --identity`: what it writes is accepted, starts, and gives nothing away.
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DOCUMENT } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { startProcess } from "./process.ts";
import { begin, run } from "./running.ts";
import { freePort } from "../servers/free-port.ts";

const read = (cwd: string, file = "portcullis.yaml") => readFileSync(path.join(cwd, file), "utf8");

describe("init with the built-in authorization server", () => {
  it("writes what check accepts, with a key of 32 bytes that only this user reads", async () => {
    const cwd = folderWith({ "openapi.yaml": DOCUMENT });
    const { code, out } = await run(["init", "--yes", "--identity"], { cwd });
    expect([code, out]).toEqual([0, expect.stringContaining("wrote identity.key")]);
    expect(out).toContain("portcullis identity bootstrap");
    const key = read(cwd, "identity.key");
    expect(Buffer.from(key, "base64")).toHaveLength(32);
    const others = process.platform === "win32" ? 0 : statSync(path.join(cwd, "identity.key")).mode & 0o077;
    expect(others).toBe(0);
    expect(out + read(cwd)).not.toContain(key.trim());
    expect(await run(["check", "--strict"], { cwd })).toMatchObject({ code: 0 });
  });

  it("its proposals are accepted as they stand, once their comment signs are gone", async () => {
    const cwd = folderWith({ "openapi.yaml": DOCUMENT });
    await run(["init", "--yes", "--identity", "--audience", "https://shop.example"], { cwd });
    const text = read(cwd).replaceAll(/^ {2}# ( {2}(?:page|job):|clients:)/gm, "  $1");
    expect(text).toMatch(/^ {2}clients: .*\n {4}page: .*\n {4}job: /m);
    expect(text).toContain("    audience: https://shop.example\n");
    writeFileSync(path.join(cwd, "portcullis.yaml"), text);
    expect(await run(["check", "--strict"], { cwd })).toMatchObject({ code: 0 });
  });

  it("starts, and ends in order without a word of what it could not do", async () => {
    const cwd = folderWith({ "openapi.yaml": DOCUMENT });
    await run(["init", "--yes", "--identity"], { cwd });
    const [port, behind] = [await freePort(), await freePort()];
    const text = read(cwd)
      .replace("127.0.0.1:8443 ", `127.0.0.1:${port} `)
      .replace("127.0.0.1:9901 ", "off ")
      .replace("  path: /identity", `  listen: ${behind}\n  path: /identity`);
    writeFileSync(path.join(cwd, "portcullis.yaml"), text);
    const started = startProcess(["start"], cwd);
    await started.errorShows(new RegExp(`Portcullis protects Shop[^]*https://localhost:${port}/identity`));
    const discovered = await fetch(`http://127.0.0.1:${behind}/identity/.well-known/openid-configuration`);
    expect(await discovered.json()).toMatchObject({ issuer: `https://localhost:${port}/identity` });
    const link = await run(["identity", "bootstrap"], { cwd });
    expect(link.out).toMatch(/^https:\/\/localhost:\d+\/identity\/bootstrap\?token=[\w-]{43}\n$/);
    started.signal("SIGTERM");
    expect(await started.ended).toBe(0);
  });

  it("may be the answer to who issues the tokens; the audience is not asked for then", async () => {
    const cwd = folderWith({ "openapi.yaml": DOCUMENT });
    const asked = begin(["init"], { cwd, answers: ["built-in", "http://127.0.0.1:9"] });
    expect((await asked.ended).code).toBe(0);
    expect(asked.questions.map((question) => question.slice(0, 12))).toEqual(["Who issues t", "Where does t"]);
    expect(read(cwd)).toMatch(/^ {4}issuer: built-in$/m);
    expect(await run(["check", "--strict"], { cwd })).toMatchObject({ code: 0 });
  });

  it("writes over no key that is there: it has sealed something", async () => {
    const key = `${randomBytes(32).toString("base64")}\n`;
    const cwd = folderWith({ "openapi.yaml": DOCUMENT, "identity.key": key });
    const { out } = await run(["init", "--yes", "--identity"], { cwd });
    expect([out, read(cwd, "identity.key")]).toEqual([expect.stringContaining("identity.key was there already"), key]);
    expect(await run(["check", "--strict"], { cwd })).toMatchObject({ code: 0 });
  });

  it.each([
    ["a text", { "identity.key": "mine" }, "it has 3 bytes in base64, not 32"],
    ["nothing", { "identity.key": "" }, "it has 0 bytes in base64, not 32"],
    ["a key that lost its end", { "identity.key": randomBytes(31).toString("base64") }, "it has 31 bytes"],
    ["a folder", { "identity.key/a": "" }, "cannot be read: EISDIR"],
  ])("refuses %s in its place, says why and what to do, and writes nothing", async (_what, files, said) => {
    const cwd = folderWith({ "openapi.yaml": DOCUMENT, ...files });
    const before = readdirSync(cwd);
    const { code, out, err } = await run(["init", "--yes", "--identity"], { cwd });
    expect([code, out, err]).toEqual([2, "", expect.stringContaining(said)]);
    expect(err).toContain("never overwritten");
    expect(err).toContain("move it away");
    expect(readdirSync(cwd)).toEqual(before);
    // Who names another issuer needs none.
    const others = ["init", "--yes", "--issuer", "http://127.0.0.1:9/", "--audience", "https://shop.example"];
    expect((await run(others, { cwd })).code).toBe(0);
  });

  it.each([
    [["--identity", "--issuer", "https://login.example.com/"], DOCUMENT, "--identity is an issuer of its own"],
    [
      ["--identity"],
      DOCUMENT.replaceAll(/security: \[\{.*\}\]/g, "security: []"),
      "no operation of the document asks for tokens",
    ],
  ])("%j is refused where it means nothing, and nothing is written (%#)", async (flags, document, said) => {
    const cwd = folderWith({ "openapi.yaml": document });
    const { code, err } = await run(["init", "--yes", ...flags], { cwd });
    expect([code, err]).toEqual([2, expect.stringContaining(said)]);
    expect(() => read(cwd)).toThrow("ENOENT");
    expect(() => read(cwd, "identity.key")).toThrow("ENOENT");
  });

  it("says nothing of it to who names another issuer", async () => {
    const cwd = folderWith({ "openapi.yaml": DOCUMENT });
    await run(["init", "--yes", "--issuer", "http://127.0.0.1:9/", "--audience", "https://shop.example"], { cwd });
    expect(read(cwd)).not.toContain("identity");
  });
});
