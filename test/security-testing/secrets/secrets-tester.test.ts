// Guards the test for secrets: what opens something is found, also in the history; what looks like it and opens nothing is not.
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { secretsTester } from "../../../src/security-testing/secrets/secrets-tester.ts";
import { contextOf, folderOf, type Options, outcomeOf } from "../folder.ts";

// Put together when the test runs: no file of ours looks like a secret.
const GITHUB = ["ghp", "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"].join("_");
const SLACK = ["xoxb", "123456789012", "1234567890123", "aBcDeFgHiJkLmNoPqRsTuVwX"].join("-");
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const PEM = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const SEC1 = privateKey.export({ type: "sec1", format: "pem" }).toString();
const JWK = privateKey.export({ format: "jwk" });
const LOCKED = privateKey
  .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "correct horse" })
  .toString();
const SSH_LABEL = ["OPENSSH", "PRIVATE", "KEY"].join(" ");
const ADDRESS = ["https://alice", "s3cr3tPassw0rd@api.acme.io/"].join(":");
const OPENSSH = [
  `-----BEGIN ${SSH_LABEL}-----`,
  Buffer.from(`openssh-key-v1\0${"none".repeat(20)}`).toString("base64"),
  `-----END ${SSH_LABEL}-----`,
].join("\n");

function tokenOf(head: object, body: object): string {
  const parts = [head, body].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  return [...parts, Buffer.alloc(32, "s").toString("base64url")].join(".");
}

const HS256 = { alg: "HS256", typ: "JWT" };
const YEAR_2100_S = 4_102_444_800;

const run = (cwd: string, options: Options = {}) => outcomeOf(secretsTester, contextOf(cwd, options));

async function rulesFor(file: string, text: string): Promise<string[]> {
  return (await run(folderOf({ [file]: text }))).findings.map(({ rule }) => rule);
}

describe("is found", () => {
  it.each([
    ["secrets.credential", "a GitHub token", "a.ts", `const token = "${GITHUB}";`],
    ["secrets.credential", "a Slack token", "a.yaml", `slack: ${SLACK}`],
    ["secrets.credential", "a password in an address", "a.ts", `get("${ADDRESS}")`],
    ["secrets.private-key", "PKCS 8", "key.pem", PEM],
    ["secrets.private-key", "SEC 1", "key.pem", SEC1],
    ["secrets.private-key", "OpenSSH", "id", OPENSSH],
    ["secrets.private-key", "in a string of a program", "a.ts", `const key = ${JSON.stringify(PEM)};`],
    [
      "secrets.private-key",
      "in strings put together",
      "a.js",
      PEM.trim()
        .split("\n")
        .map((line) => `"${line}\\n"`)
        .join(" +\n  "),
    ],
    ["secrets.private-key", "in JSON of a service account", "a.json", JSON.stringify({ private_key: PEM })],
    ["secrets.private-key", "a JWK", "jwks.json", JSON.stringify({ keys: [JWK] })],
    [
      "secrets.private-key",
      "a JWK in a program",
      "a.ts",
      `const key = { kty: "EC", crv: "P-256", x: "${JWK.x}", y: "${JWK.y}", d: "${JWK.d}" };`,
    ],
    ["secrets.token", "a token without an end", "a.ts", `"${tokenOf(HS256, { sub: "alice" })}"`],
    ["secrets.token", "a token with a far end", "a.ts", `"${tokenOf(HS256, { sub: "alice", exp: YEAR_2100_S })}"`],
    ["secrets.environment-file", "a value of .env", ".env", 'DB_PASSWORD="correct horse"'],
    [
      "secrets.environment-file",
      "a value of .env.production",
      "api/.env.production",
      "export STRIPE_API_KEY=abcdef123",
    ],
  ])("%s: %s", async (rule, _, file, text) => {
    expect(await rulesFor(file, text)).toEqual([rule]);
  });
});

describe("is no secret", () => {
  it.each([
    ["a password of nobody's host", "a.ts", 'get("https://user:password1@example.com/")'],
    [
      "a public key",
      "key.pem",
      "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----",
    ],
    ["a public JWK", "jwks.json", JSON.stringify({ ...JWK, d: undefined })],
    ["the head of a key alone", "a.ts", 'if (text.includes("-----BEGIN PRIVATE KEY-----"))'],
    ["a key that is none", "a.md", `-----BEGIN PRIVATE KEY-----\n${"AAAA".repeat(20)}\n-----END PRIVATE KEY-----`],
    ["a key behind a passphrase", "key.pem", LOCKED],
    ["a token that has expired", "a.ts", tokenOf(HS256, { sub: "alice", exp: 1_500_000_000 })],
    ["a token that nobody signed", "a.ts", tokenOf({ alg: "none" }, { sub: "alice" })],
    ["the token of a tutorial", "a.ts", tokenOf(HS256, { sub: "1234567890", name: "John Doe" })],
    ["an example of .env", ".env.example", "DB_PASSWORD=correct-horse"],
    ["a .env without values", ".env", "DB_PASSWORD=\nAPI_KEY=<your key>\nTOKEN=${TOKEN}\nSECRET=changeme"],
    ["a .env without secrets", ".env", "PORT=3000\nTOKEN_LIFETIME=15m\nNODE_ENV=production"],
    ["a binary file", "a.bin", `\0${GITHUB}`],
  ])("%s", async (_, file, text) => {
    expect(await rulesFor(file, text)).toEqual([]);
  });
});

describe("a finding", () => {
  it("has the line and not the secret, and survives that lines move", async () => {
    const [first, second] = await Promise.all([
      run(folderOf({ "a.ts": `\n\nconst token = "${GITHUB}";` })),
      run(folderOf({ "a.ts": `\n\n\n\nconst renamed = "${GITHUB}";` })),
    ]);
    expect(first.findings[0]?.places).toEqual([{ file: "a.ts", line: 3, column: 1 }]);
    expect(JSON.stringify(first)).not.toContain(GITHUB.slice(4, 12));
    expect(second.findings[0]?.fingerprint).toBe(first.findings[0]?.fingerprint);
  });

  it("differs by secret", async () => {
    const { findings } = await run(folderOf({ "a.ts": `"${GITHUB}"\n"${GITHUB.replace("wWPw", "aaaa")}"` }));
    expect(new Set(findings.map(({ fingerprint }) => fingerprint)).size).toBe(2);
  });
});

function git(cwd: string, ...words: readonly string[]): string {
  const who = {
    GIT_AUTHOR_NAME: "a",
    GIT_AUTHOR_EMAIL: "a@a.test",
    GIT_COMMITTER_NAME: "a",
    GIT_COMMITTER_EMAIL: "a@a.test",
  };
  const env = { ...process.env, ...who, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
  return execFileSync("git", words, { cwd, env, encoding: "utf8" }).trim();
}

/** A repository in which a token was committed and taken out again. */
function repository(): string {
  const cwd = folderOf({
    "src/a.ts": `const token = "${GITHUB}";\n`,
    ".gitignore": "local\n",
    "local/.env": "TOKEN=abcdef",
  });
  git(cwd, "init", "--quiet");
  git(cwd, "add", ".");
  git(cwd, "commit", "--quiet", "-m", "one");
  writeFileSync(path.join(cwd, "src/a.ts"), "const token = process.env.TOKEN;\n");
  git(cwd, "commit", "--quiet", "-a", "-m", "two");
  return cwd;
}

describe("the history of git", () => {
  it("is read: what was taken out is still known to everybody who cloned it", async () => {
    const cwd = repository();
    const first = git(cwd, "log", "--reverse", "--format=%h").split("\n")[0];
    const { findings, untested } = await run(cwd);
    expect(findings).toMatchObject([{ rule: "secrets.credential", places: [{ file: "src/a.ts", line: 1 }] }]);
    expect(findings[0]?.message).toContain(`stands in the history (${first})`);
    expect(untested).toEqual([]);
  });

  it("is said once for what still stands in the folder", async () => {
    const cwd = repository();
    writeFileSync(path.join(cwd, "again.ts"), `"${GITHUB}"`);
    const { findings } = await run(cwd);
    expect(findings.map(({ places }) => places[0]?.file)).toEqual(["again.ts"]);
  });

  it("names where a secret came in, whatever was committed later", async () => {
    const cwd = repository();
    const first = git(cwd, "log", "--reverse", "--format=%h").split("\n")[0];
    const [before] = (await run(cwd)).findings;
    for (const text of [`let token = "${GITHUB}";\n`, "none\n"]) {
      writeFileSync(path.join(cwd, "src/b.ts"), text);
      git(cwd, "add", ".");
      git(cwd, "commit", "--quiet", "-m", "more");
    }
    const { findings } = await run(cwd);
    expect(findings).toEqual([before]);
    expect(findings[0]?.message).toContain(`(${first})`);
  });

  it("is read where a branch brought a secret and took it out again before it was merged", async () => {
    const cwd = folderOf({ "a.ts": "none\n" });
    git(cwd, "init", "--quiet", "--initial-branch=main");
    git(cwd, "add", ".");
    git(cwd, "commit", "--quiet", "-m", "one");
    git(cwd, "checkout", "--quiet", "-b", "branch");
    for (const text of [`"${GITHUB}"\n`, "none\n"]) {
      writeFileSync(path.join(cwd, "a.ts"), text);
      git(cwd, "commit", "--quiet", "-a", "-m", "more");
    }
    git(cwd, "checkout", "--quiet", "main");
    git(cwd, "merge", "--quiet", "--no-ff", "-m", "merged", "branch");
    git(cwd, "branch", "--quiet", "-d", "branch");
    expect((await run(cwd)).findings.map(({ rule }) => rule)).toEqual(["secrets.credential"]);
  });

  it("leaves out the folder that is left out, and names files from where it was started", async () => {
    const cwd = repository();
    const places = async (from: string, exclude: readonly string[]) =>
      (await run(path.join(cwd, from), { exclude })).findings.map(({ places: [place] }) => place?.file);
    expect(await places("", [])).toEqual(["src/a.ts"]);
    expect(await places("", ["src"])).toEqual([]);
    expect(await places("", ["src/a.ts"])).toEqual([]);
    expect(await places("", ["src/a"])).toEqual(["src/a.ts"]);
    expect(await places("src", [])).toEqual(["a.ts"]);
    expect(await places("src", ["a.ts"])).toEqual([]);
  });

  it("reads contents that stood at two places, of which one is left out", async () => {
    const cwd = folderOf({ "test/a.ts": `"${GITHUB}"\n` });
    git(cwd, "init", "--quiet");
    for (const file of ["src-a.ts", ""]) {
      if (file === "") rmSync(path.join(cwd, "src-a.ts"));
      else writeFileSync(path.join(cwd, file), `"${GITHUB}"\n`);
      git(cwd, "add", ".");
      git(cwd, "commit", "--quiet", "-m", "more");
    }
    const files = async () =>
      (await run(cwd, { exclude: ["test"] })).findings.map(({ places: [place] }) => place?.file);
    expect(await files()).toEqual(["src-a.ts"]);
    rmSync(path.join(cwd, "test/a.ts"));
    git(cwd, "commit", "--quiet", "-a", "-m", "none");
    expect(await files()).toEqual(["src-a.ts"]);
  });

  it("is left out where that was asked for, and said to be", async () => {
    const { findings, untested } = await run(repository(), { "no-history": true });
    expect(findings).toEqual([]);
    expect(untested).toMatchObject([{ what: "history of git", isExpected: true }]);
  });

  it("is not taken for read where the clone has only its end", async () => {
    const cwd = repository();
    const clone = folderOf({});
    rmSync(clone, { recursive: true });
    execFileSync("git", ["clone", "--quiet", "--depth", "1", `file://${cwd}`, clone]);
    const { untested } = await run(clone);
    expect(untested).toMatchObject([{ what: "history of git", isExpected: false }]);
  });

  it("may have no commit yet", async () => {
    const cwd = folderOf({ "a.ts": `"${GITHUB}"\n` });
    git(cwd, "init", "--quiet");
    const { findings, untested } = await run(cwd);
    expect([findings.length, untested]).toEqual([1, []]);
  });

  it("does not hold what git ignores", async () => {
    const { findings } = await run(repository());
    expect(findings.filter(({ rule }) => rule === "secrets.environment-file")).toEqual([]);
  });
});
