// Guards `portcullis tokens`: a leaked token is refused by the next policy, whatever it has as a name.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { claimsAt, issue, makeKey } from "../authentication/issuer.ts";
import { DOCUMENT } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { policyVerdict } from "./policy-verdict.ts";
import { run } from "./running.ts";

const key = await makeKey("ES256", "k1");
const seconds = Math.floor(Date.now() / 1_000);
const TEXT = `openapi: api.yaml
authentication:
  denied: denied.json
  oauth: { issuer: https://login.example.com/, audience: https://api.example.com, jwks: keys.json }
`;

function folder(): string {
  const cwd = folderWith({
    "portcullis.yaml": TEXT,
    "api.yaml": DOCUMENT,
    "keys.json": JSON.stringify({ keys: [key.jwk] }),
  });
  writeFileSync(path.join(cwd, "denied.json"), '{"denied":[]}');
  return cwd;
}

const tokens = (cwd: string, args: readonly string[], input?: string) =>
  run(["tokens", ...args], { cwd, ...(input === undefined ? {} : { input }) });

/** What the policy says of a request with this token. */
const verdict = (cwd: string, token: string) => policyVerdict(cwd, "/orders/1", ["Authorization", `Bearer ${token}`]);

const REVOKED = "authentication.token-revoked";
const claims = (changes = {}) => claimsAt(seconds, { scope: "read", ...changes });

describe("portcullis tokens", () => {
  it("denies a leaked token from a file or from standard input, by its id, and no other", async () => {
    const cwd = folder();
    const leaked = await issue(key, claims({ jti: "leaked" }));
    const piped = await issue(key, claims({ jti: "piped" }));
    const other = await issue(key, claims({ jti: "other" }));
    writeFileSync(path.join(cwd, "leaked.jwt"), `Bearer ${leaked}\n`);
    expect(await verdict(cwd, leaked)).toBe("passed");
    const first = await tokens(cwd, ["deny", "leaked.jwt", "--why", "in a ticket"]);
    expect(first.out).toMatch(/^denied the token leaked of https:\/\/login\.example\.com\/ in .*denied\.json\n$/);
    expect((await tokens(cwd, ["deny", "-"], piped)).code).toBe(0);
    expect(await verdict(cwd, leaked)).toBe(REVOKED);
    expect(await verdict(cwd, piped)).toBe(REVOKED);
    expect(await verdict(cwd, other)).toBe("passed");
    const file = readFileSync(path.join(cwd, "denied.json"), "utf8");
    for (const part of leaked.split(".")) expect(file).not.toContain(part);
    expect((await tokens(cwd, ["list"])).out).toMatch(
      /^the token leaked of https:\/\/login\.example\.com\/; until \d{4}-.*Z; in a ticket\nthe token piped /,
    );
  });

  it("denies a token without id by what was signed", async () => {
    const cwd = folder();
    const token = await issue(key, claims({ jti: undefined }));
    const { out } = await tokens(cwd, ["deny", "-", "--json"], token);
    expect(JSON.parse(out)).toMatchObject({ digest: expect.stringMatching(/^sha256:/) });
    expect(await verdict(cwd, token)).toBe(REVOKED);
  });

  it("denies all of a user until now, of a session, of an id", async () => {
    const cwd = folder();
    const old = await issue(key, claims({ iat: seconds - 5, sid: "s1" }));
    const later = await issue(key, claims({ iat: seconds + 20, sid: "s2", jti: "j2" }));
    expect((await tokens(cwd, ["deny", "--subject", "user-1", "--until", "30d"])).code).toBe(0);
    expect(await verdict(cwd, old)).toBe(REVOKED);
    expect(await verdict(cwd, later)).toBe("passed");
    expect((await tokens(cwd, ["deny", "--session", "s2"])).code).toBe(0);
    expect(await verdict(cwd, later)).toBe(REVOKED);
    expect((await tokens(cwd, ["deny", "--id", "x", "--iss", "https://other.example/"])).out).toContain(
      "https://other",
    );
    expect((await tokens(cwd, ["list"])).out.split("\n")).toHaveLength(4);
  });

  it("lets entries go that have no use any more, when it writes", async () => {
    const cwd = folder();
    const ended = { issuer: "https://login.example.com/", token: "old", until: "2020-01-01T00:00:00Z" };
    writeFileSync(path.join(cwd, "denied.json"), JSON.stringify({ denied: [ended] }));
    expect((await tokens(cwd, ["list"])).out).toContain("(ended)");
    await tokens(cwd, ["deny", "--id", "new"]);
    expect(readFileSync(path.join(cwd, "denied.json"), "utf8")).not.toContain("old");
  });

  it.each([
    [["deny"], "needs one of"],
    [["deny", "a.jwt", "--subject", "x"], "needs one of"],
    [["deny", "absent.jwt"], "cannot be read: there is no such file"],
    [["allow"], "needs one of deny, list"],
    [["deny", "--subject", "x", "--until", "yesterday"], "--until is no time"],
  ])("says what is wrong with %j", async (args, said) => {
    const { code, err } = await tokens(folder(), args);
    expect(code).toBe(2);
    expect(err).toContain(said);
  });

  it("never shows a token that stands where its file should be", async () => {
    const token = await issue(key, claims());
    const { err } = await tokens(folder(), ["deny", token]);
    expect(err).toContain("would stay in the history");
    for (const part of token.split(".")) expect(err).not.toContain(part);
  });

  it("says of a foreign or opaque token that it is refused anyway", async () => {
    const cwd = folder();
    const foreign = await issue(key, claims({ iss: "https://evil.example/" }));
    expect((await tokens(cwd, ["deny", "-"], foreign)).err).toContain("It is refused already.");
    expect((await tokens(cwd, ["deny", "-"], "opaque")).err).toContain("no JWT");
  });

  it("a list that is missing or broken stops the start: nothing revoked comes back by a slip", async () => {
    const cwd = folder();
    const said = async (text: string) => {
      writeFileSync(path.join(cwd, "denied.json"), text);
      return verdict(cwd, "x").catch((error: Error) => error.message);
    };
    expect(await said('{"denied":[{"issuer":"i"}]}')).toContain("denied.0");
    expect(await said('{"denied":[{"issuer":"i","token":"a","subject":"b"}]}')).toContain("denied.0");
    expect(await said("[]")).toMatch(/^portcullis\.yaml:3:3: .*strict JSON/);
    writeFileSync(path.join(cwd, "portcullis.yaml"), TEXT.replace("denied.json", "absent.json"));
    expect(await said("{}")).toContain("absent.json cannot be read: there is no such file");
  });
});
