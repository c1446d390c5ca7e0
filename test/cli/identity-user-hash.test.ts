// Guards `identity user hash` and what the configuration takes of it: it needs nothing but the keys, and no other hash is accepted.
import { execFileSync } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DOCUMENT } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { run } from "./running.ts";

const PROGRAM = path.join(import.meta.dirname, "../../bin/portcullis.js");
const PASSWORD = "correct horse battery";
const KEY = randomBytes(32).toString("base64");

const configuration = (users: string, secrets = "[{ file: identity.key }]") => `openapi: api.yaml
authentication:
  oauth: { issuer: built-in }
identity:
  secrets: ${secrets}
  mail: { folder: mail }
  users:
${users}
`;
const BOB = "    bob@example.com: { passwordHash: { file: bob.hash } }";

function folder(text: string, files: Readonly<Record<string, string>> = {}): string {
  return folderWith({ "portcullis.yaml": text, "api.yaml": DOCUMENT, "identity.key": KEY, ...files });
}

/** As a user of a shell does it: that has emptied the file before the program begins. */
function hashInto(file: string, cwd: string, more: string[] = []): void {
  const words = [process.execPath, PROGRAM, "identity", "user", "hash", "bob@example.com", "--password-stdin", ...more];
  execFileSync("/bin/sh", ["-c", '"$@" > "$0"', file, ...words], { cwd, input: `${PASSWORD}\n`, stdio: "pipe" });
}

/** The name that hashes have for the pepper of a secret. */
function pepperId(secret: string): string {
  const pepper = createHmac("sha256", Buffer.from(secret, "base64")).update("portcullis identity pepper").digest();
  return createHmac("sha256", pepper).update("pepper id").digest("hex").slice(0, 8);
}

const hashWith = (parameters: string, secret = KEY) =>
  `$argon2id$v=19$${parameters},keyid=${pepperId(secret)}$${"A".repeat(22)}$${"B".repeat(43)}`;

describe.skipIf(process.platform === "win32")(
  "a hash that is written into the file that the configuration names",
  () => {
    it("is there afterwards, and the configuration is accepted", async () => {
      const cwd = folder(configuration(BOB));
      expect((await run(["check"], { cwd })).out).toContain("bob.hash cannot be read");
      hashInto("bob.hash", cwd);
      const first = readFileSync(path.join(cwd, "bob.hash"), "utf8");
      expect(first).toMatch(/^\$argon2id\$.*\n$/);
      expect(await run(["check"], { cwd })).toMatchObject({ code: 0 });
      hashInto("bob.hash", cwd);
      expect(readFileSync(path.join(cwd, "bob.hash"), "utf8")).not.toBe(first);
      expect(await run(["check"], { cwd })).toMatchObject({ code: 0 });
    });
  },
);

describe("the command needs nothing but the keys and the rules of passwords", () => {
  const typed = ["identity", "user", "hash", "bob@example.com", "--password-stdin"];
  it.each([
    ["users that are none", configuration("    eve: { nonsense: 1, passwordHash: { file: nowhere } }")],
    ["names that its environment lacks", configuration(BOB).replace("folder: mail", 'folder: "${MAIL}"')],
    ["another section that is wrong", `${configuration(BOB)}transport: { publicUrl: 7 }\n`],
    ["no document", configuration(BOB).replace("api.yaml", "nowhere.yaml")],
  ])("beside %s", async (_what, text) => {
    const ran = await run(typed, { cwd: folder(text), input: `${PASSWORD}\n` });
    expect(ran).toMatchObject({ code: 0, out: expect.stringMatching(/^\$argon2id\$/) as string, err: "" });
  });

  it.each([
    ["short123", "default", "at least 12 characters"],
    ["fourteen chars", "nist", "at least 15 characters"],
    ["x".repeat(257), "default", "at most 256 characters"],
    ["abcabcabcabcabc", "default", "repeats itself"],
  ])("and says what is wrong with %j under profile %s", async (password, profile, words) => {
    const text = configuration(BOB).replace("  mail:", `  passwords: { profile: ${profile} }\n  mail:`);
    const ran = await run(typed, { cwd: folder(text), input: `${password}\n` });
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining(words) as string });
    expect(ran.err).not.toContain("At least 12");
  });

  it.each([
    ["a name that the keys need", configuration(BOB, '["${NO_KEY}"]'), /portcullis.yaml:5:13: .*NO_KEY is not set/],
    ["a key that is too short", configuration(BOB, "[{ file: bob.hash }]"), /portcullis.yaml:5:13: .*not 32/],
    ["no key", configuration(BOB, "[]"), /portcullis.yaml:5:.*identity.secrets/],
    ["no section", "openapi: api.yaml\n", /no section identity/],
  ])("and says where it finds %s", async (_what, text, said) => {
    const cwd = folder(text, { "bob.hash": "c2hvcnQ=" });
    const ran = await run(typed, { cwd, input: `${PASSWORD}\n` });
    expect([ran.code, ran.out, ran.err]).toEqual([expect.any(Number), "", expect.stringMatching(said)]);
    expect(ran.code).not.toBe(0);
  });

  it("judges the password as the server would", async () => {
    const text = configuration(BOB).replace("  mail:", "  serviceName: Hardware Orders\n  mail:");
    const ran = await run(typed, { cwd: folder(text), input: "hardware orders\n" });
    expect([ran.code, ran.out]).toEqual([2, ""]);
  });
});

describe("a hash that the configuration names", () => {
  const OTHER = randomBytes(32).toString("base64");
  const said = async (hash: string, words = ["check"]) => {
    const cwd = folder(configuration(BOB), { "bob.hash": hash });
    const { code, out, err } = await run(words, { cwd });
    return [code, out + err] as const;
  };

  it.each([["m=19456,t=2,p=1"], ["m=7168,t=5,p=1"], ["m=65536,t=1,p=4"], ["m=65536,t=5,p=1"], ["m=17920,t=2,p=1"]])(
    "is taken with %s, which is within bounds",
    async (parameters) => {
      expect((await said(hashWith(parameters)))[0]).toBe(0);
    },
  );

  it.each([
    ["too little memory", "m=8,t=2,p=1"],
    ["just too little memory", "m=7167,t=5,p=1"],
    ["too little of both", "m=17919,t=2,p=1"],
    ["4 GiB", "m=4194304,t=1,p=1"],
    ["just too much memory", "m=65537,t=1,p=1"],
    ["too many passes", "m=19456,t=6,p=1"],
    ["too many lanes", "m=19456,t=2,p=5"],
    ["no lane", "m=19456,t=2,p=0"],
  ])("is refused with %s, with its place, the bounds and the remedy", async (_what, parameters) => {
    const [code, text] = await said(hashWith(parameters));
    expect(code).toBe(1);
    expect(text).toMatch(
      /^error {2}portcullis\.yaml:8:\d+: identity\.users\["bob@example\.com"\]\.passwordHash .* out of bounds, .*7168 to 65536 KiB/m,
    );
    expect(text).toContain("portcullis identity user hash bob@example.com --password-stdin");
  });

  it("of another key is refused by check and start, until that key is among the secrets", async () => {
    const hash = hashWith("m=19456,t=2,p=1", OTHER);
    for (const words of [["check"], ["identity", "start"], ["start"]]) {
      const [code, text] = await said(hash, words);
      expect([words, code]).toEqual([words, 1]);
      expect(text).toMatch(/:8:\d+: identity\.users\S+ was made with a key that is not among identity\.secrets/);
    }
    const secrets = "[{ file: identity.key }, { file: other.key }]";
    const cwd = folder(configuration(BOB, secrets), { "bob.hash": hash, "other.key": OTHER });
    expect(await run(["check"], { cwd })).toMatchObject({ code: 0 });
    // Of a key that cannot be read nothing is said but that.
    writeFileSync(path.join(cwd, "other.key"), "short");
    expect((await run(["check"], { cwd })).out.match(/^error/gm)).toHaveLength(1);
  });
});
