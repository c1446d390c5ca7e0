// Choices about passwords: the longer rule of NIST, the online list of leaked ones, and hashes that are made anew at sign-in.
import { argon2Sync, createHash, createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEgress } from "../../src/egress/client.ts";
import { BreachCheckError, breachedPasswords } from "../../src/identity/accounts/breached-passwords.ts";
import { PasswordHasher } from "../../src/identity/accounts/password-hash.ts";
import { signUp } from "./flows.ts";
import { Holder } from "./holder.ts";
import { declareClients, PASSWORD, serveIdentity, type Serving } from "./serving.ts";

const FOURTEEN = "violet lamps 1";
const FIFTEEN = "violet lamps 12";

async function register({ issuer }: Serving, email: string, password: string): Promise<[number, string]> {
  const answer = await fetch(`${issuer}/api/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
  return [answer.status, await answer.text()];
}

describe("the profile nist", () => {
  let serving: Serving;
  beforeAll(async () => {
    serving = await serveIdentity(undefined, undefined, { passwordProfile: "nist" });
    await declareClients(serving.identity);
  });
  afterAll(() => serving.close());

  it("P01 14 characters are refused, 15 are not, and the page says so", async () => {
    const [status, text] = await register(serving, "ann@example.com", FOURTEEN);
    expect([status, text.includes("at least 15 characters")]).toEqual([400, true]);
    expect((await register(serving, "ann@example.com", FIFTEEN))[0]).toBe(202);
    const page = await (await fetch(`${serving.issuer}/register`)).text();
    expect(page).toContain("At least 15 characters");
  });

  it("P01 with a second factor 12 are enough, and the last factor stays until the password is longer", async () => {
    await signUp(serving, "bob@example.com", FIFTEEN);
    const bob = new Holder(serving, "bob@example.com");
    const signIn = await bob.person.open(`${serving.issuer}/account`);
    await bob.typePassword(signIn, FIFTEEN);
    const change = async (old: string, password: string) =>
      (await bob.person.submit(await bob.openAccount("/password"), { old, password })).text;
    expect(await change(FIFTEEN, FOURTEEN)).toContain("at least 15 characters");
    await bob.addApp();
    expect(await change(FIFTEEN, FOURTEEN)).toContain("Your password is changed");
    const kept = await bob.person.submit(await bob.openAccount(), {}, {}, "/remove");
    expect(kept.text).toContain("too short to stand alone");
    expect(await serving.identity.factors.has(await bob.accountId())).toBe(true);
    expect(await change(FOURTEEN, FIFTEEN)).toContain("Your password is changed");
    const done = await bob.person.submit(await bob.openAccount(), {}, {}, "/remove");
    expect(done.text).toContain("The second factor is removed");
  });

  it("nothing of this was a fault of the server", () => expect(serving.failures).toEqual([]));
});

describe("leaked passwords", () => {
  const hashOf = (password: string) => createHash("sha1").update(password).digest("hex").toUpperCase();
  const asked: IncomingMessage[] = [];
  const heard: unknown[] = [];
  const egress = createEgress();
  /** What the list answers: leaked ones with a count, padding with none. */
  let answer = { status: 200, type: "text/plain", body: "" };
  const list = createServer((request, response) => {
    asked.push(request);
    response.writeHead(answer.status, { "content-type": answer.type }).end(answer.body);
  });
  let range: string;

  beforeAll(async () => {
    list.listen(0, "127.0.0.1");
    await once(list, "listening");
    range = `http://127.0.0.1:${(list.address() as AddressInfo).port}/range`;
  });
  afterAll(() => {
    egress.close();
    list.close();
  });

  const checking = (whenUnreachable: "accept" | "refuse") =>
    breachedPasswords({
      range,
      whenUnreachable,
      ask: (url) => egress.getText(url, { timeoutMs: 20_000, bytesMax: 65_536 }, { "add-padding": "true" }),
      failed: (error) => heard.push(error),
    });
  const lineOf = (password: string, count: number) => `${hashOf(password).slice(5)}:${count}`;
  const others = `${"0".repeat(35)}:3\r\n${"F".repeat(35)}:1`;

  it("P05 one that leaked is refused at sign-up, and five characters of its hash are all that left", async () => {
    answer = { status: 200, type: "text/plain", body: `${others}\r\n${lineOf(PASSWORD, 12)}` };
    const serving = await serveIdentity(undefined, undefined, { isBreachedPassword: checking("accept") });
    asked.length = 0;
    const [status, text] = await register(serving, "ann@example.com", PASSWORD);
    expect([status, text.includes("leaked from other services")]).toEqual([400, true]);
    expect(asked.map(({ url }) => url)).toEqual([`/range/${hashOf(PASSWORD).slice(0, 5)}`]);
    expect(asked[0]?.headers).toMatchObject({ "add-padding": "true", "user-agent": "portcullis" });
    expect(JSON.stringify(asked[0]?.rawHeaders)).not.toContain(hashOf(PASSWORD).slice(5, 12));
    answer.body = others;
    expect((await register(serving, "ann@example.com", PASSWORD))[0]).toBe(202);
    // Too short: nobody is asked.
    await register(serving, "ann@example.com", "short");
    expect(asked).toHaveLength(2);
    await serving.close();
  });

  it("P05 padding counts for nothing", async () => {
    answer = { status: 200, type: "text/plain; charset=utf-8", body: `${others}\n${lineOf(PASSWORD, 0)}` };
    expect(await checking("refuse")(PASSWORD)).toBe(false);
  });

  it.each([
    ["answers 503", { status: 503, type: "text/plain", body: "" }],
    ["answers a page", { status: 200, type: "text/html", body: others }],
    ["answers no hashes", { status: 200, type: "text/plain", body: "hello" }],
    ["answers nothing", { status: 200, type: "text/plain", body: "" }],
    ["answers too much", { status: 200, type: "text/plain", body: others.padEnd(100_000, "\n") }],
    ["sends elsewhere", { status: 302, type: "text/plain", body: "" }],
  ])("P05 where the list %s, a password is taken or refused as the owner chose, and told", async (_how, said) => {
    answer = said;
    heard.length = 0;
    expect(await checking("accept")(PASSWORD)).toBe(false);
    await expect(checking("refuse")(PASSWORD)).rejects.toBeInstanceOf(BreachCheckError);
    expect(heard).toHaveLength(2);
    expect(String(heard[0])).not.toContain(PASSWORD);
  });

  it("P05 who refuses is answered 503 at sign-up, as JSON and as a page", async () => {
    answer = { status: 503, type: "text/plain", body: "" };
    const serving = await serveIdentity(undefined, undefined, { isBreachedPassword: checking("refuse") });
    await declareClients(serving.identity);
    expect((await register(serving, "ann@example.com", PASSWORD))[0]).toBe(503);
    const ann = new Holder(serving, "ann@example.com");
    const form = await ann.person.open(`${serving.issuer}/register`);
    const shown = await ann.person.submit(form, { email: "ann@example.com", password: PASSWORD });
    expect([shown.status, shown.headers.get("retry-after")]).toEqual([503, "60"]);
    expect(shown.text).toContain("cannot be checked now");
    expect(serving.failures).toEqual([]);
    await serving.close();
  });
});

describe("hashes", () => {
  const [older, newer] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

  it("name their pepper, never have it, and are outdated once there is a newer one", async () => {
    const hash = await new PasswordHasher([older]).hash(PASSWORD);
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1,keyid=[0-9a-f]{8}\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(hash).not.toContain(older.toString("hex").slice(0, 8));
    expect(await new PasswordHasher([older]).verify(PASSWORD, hash)).toEqual({ matches: true, outdated: false });
    expect(await new PasswordHasher([newer, older]).verify(PASSWORD, hash)).toEqual({ matches: true, outdated: true });
    expect(await new PasswordHasher([newer]).verify(PASSWORD, hash)).toEqual({ matches: false, outdated: false });
    expect((await new PasswordHasher([older, newer]).verify("another", hash)).matches).toBe(false);
  });

  it("that name none, or were made with other parameters, still verify and are made anew", async () => {
    const message = createHmac("sha256", older).update(PASSWORD).digest();
    const nonce = Buffer.alloc(16, 3);
    const tag = argon2Sync("argon2id", { message, nonce, memory: 8_192, passes: 3, parallelism: 1, tagLength: 32 });
    const text = (bytes: Buffer) => bytes.toString("base64").replaceAll("=", "");
    const hash = `$argon2id$v=19$m=8192,t=3,p=1$${text(nonce)}$${text(tag)}`;
    expect(await new PasswordHasher([newer, older]).verify(PASSWORD, hash)).toEqual({ matches: true, outdated: true });
    const serving = await serveIdentity();
    await signUp(serving, "ann@example.com");
    const stored = async () => ((await serving.rows(["account"]))[0] as { password: string }).password;
    const { accounts, accountStore } = serving.identity;
    const account = (await accounts.signIn("ann@example.com", PASSWORD)) as { id: string };
    const pepper = createHmac("sha256", Buffer.from(serving.secret, "base64url"));
    const own = createHmac("sha256", pepper.update("portcullis identity pepper").digest()).update(PASSWORD).digest();
    const old = argon2Sync("argon2id", {
      message: own,
      nonce,
      memory: 8_192,
      passes: 1,
      parallelism: 1,
      tagLength: 32,
    });
    await accountStore.setPassword(account.id, `$argon2id$v=19$m=8192,t=1,p=1$${text(nonce)}$${text(old)}`, null);
    expect(await accounts.signIn("ann@example.com", "a wrong long password")).toBeUndefined();
    expect(await stored()).toContain("m=8192");
    expect(await accounts.signIn("ann@example.com", PASSWORD)).toMatchObject({ id: account.id });
    expect(await stored()).toContain("m=19456,t=2,p=1,keyid=");
    expect(await accounts.signIn("ann@example.com", PASSWORD)).toMatchObject({ id: account.id });
    await serving.close();
  });

  it("take over a new secret, one sign-in after another", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "portcullis-pepper-"));
    const file = path.join(folder, "identity.db");
    const [first, second] = [randomBytes(32).toString("base64url"), randomBytes(32).toString("base64url")];
    const during = async (secrets: string[], work: (serving: Serving) => Promise<unknown>) => {
      const serving = await serveIdentity(file, undefined, { secret: secrets as [string, ...string[]] });
      await work(serving);
      await serving.close();
    };
    const signIn = ({ identity }: Serving, who: string) => identity.accounts.signIn(`${who}@example.com`, PASSWORD);
    await during([first], async (serving) => {
      await signUp(serving, "ann@example.com");
      await signUp(serving, "bob@example.com");
    });
    await during([second, first], async (serving) => {
      expect(await signIn(serving, "ann")).toBeTypeOf("object");
      await serving.identity.keys.replaceNow();
    });
    await during([second], async (serving) => {
      expect(await signIn(serving, "ann")).toBeTypeOf("object");
      // Who did not come meanwhile asks for a new password.
      expect(await signIn(serving, "bob")).toBeUndefined();
    });
    rmSync(folder, { recursive: true });
  });
});
