// Attacks on what may be a password and an address, at every place that takes one, on both databases (NIST SP 800-63B). The rules alone: attacks-password-rules.test.ts.
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { faultSentence } from "../../src/identity/server/password-words.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { signUp } from "./flows.ts";
import { GUESSED } from "./guessed-passwords.ts";
import { Holder } from "./holder.ts";
import { naiveServer } from "./naive-server.ts";
import { Person } from "./person.ts";
import { PASSWORD, type Serving } from "./serving.ts";

const naive = naiveServer();

/** Not common as such: another service lost it. */
const LEAKED = "seven drowsy otters";
const isBreachedPassword = (password: string) => Promise.resolve(password === LEAKED);

/** Some letters that nobody else has. */
function random(length: number): string {
  const digests = [1, 2, 3].map((i) => createHash("sha512").update(`${length}.${i}`).digest("hex"));
  return digests.join("").slice(0, length);
}

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind, { isBreachedPassword });
  describe.skipIf(!servers.isHere)("what may be a password or an address", () => {
    let serving: Serving;
    let count = 0;

    beforeAll(() => {
      ({ serving } = servers);
    });

    async function register(email: string, password: string): Promise<{ status: number; text: string }> {
      const answer = await fetch(`${serving.issuer}/api/register`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ email, password }),
      });
      return { status: answer.status, text: await answer.text() };
    }

    /** What nothing guards makes an account by it, and whoever types `guess` is in. */
    async function worksUnguarded(email: string, password: string, guess = password): Promise<void> {
      const mine = { email: `${email} ${kind} ${(count += 1)}` };
      expect((await naive().post("/api/register", { ...mine, password })).status).toBe(201);
      expect((await naive().post("/api/sign-in", { ...mine, password: guess })).status).toBe(200);
    }

    /** No account of that address, whatever else is there: nobody gets in, and no mail says so. */
    async function isRefused(email: string, password: string, sentence: string): Promise<void> {
      const mails = serving.mails.length;
      const { status, text } = await register(email, password);
      expect([status, text.includes(sentence)]).toEqual([400, true]);
      expect(text).not.toContain(password);
      expect(await serving.identity.accounts.signIn(email, password)).not.toBeTypeOf("object");
      expect(serving.mails).toHaveLength(mails);
      expect(JSON.stringify(await serving.rows(["account"]))).not.toContain(email);
    }

    const fault = (kind: Parameters<typeof faultSentence>[0]) => faultSentence(kind).slice(1, -1);

    it.each([11, 257])("P01 %i characters are refused", async (length) => {
      await worksUnguarded("short", random(length));
      await isRefused(`of-${length}@example.com`, random(length), fault(length < 12 ? "short" : "long"));
    });
    it.each([12, 64, 256])("P01 %i characters are accepted, and sign in", async (length) => {
      await signUp(serving, `of-${length}@example.com`, random(length));
      expect(await serving.identity.accounts.signIn(`of-${length}@example.com`, random(length))).toBeTypeOf("object");
    });
    it("P02 NUL ends nothing: a password with one is refused", async () => {
      await worksUnguarded("nul", `${random(12)}\0mine`, `${random(12)}\0another's`);
      await isRefused("nul@example.com", `${random(12)}\0mine`, fault("control"));
    });
    it.each(["correct horse battery", "violet-lampsviolet", "天气很好我们出去散步吧好"])(
      "P04 %s is accepted: no rule asks for kinds of letters",
      async (password) => {
        // Such rules refuse it, and take what everybody makes of them.
        const isComposed = (text: string) => [/[A-Z]/, /[a-z]/, /\d/, /[!-/]/].every((kind) => kind.test(text));
        expect([isComposed(password), isComposed("Password1234!")]).toEqual([false, true]);
        const email = `composed-${(count += 1)}@example.com`;
        await signUp(serving, email, password);
        expect(await serving.identity.accounts.signIn(email, password)).toBeTypeOf("object");
      },
    );

    it.each([...GUESSED, [LEAKED, "breached"] as const])(
      "P05 %s, which is guessed first, makes no account: %s",
      async (password, why) => {
        await worksUnguarded("guessed", password);
        await isRefused("ann.smith@example.com", password, fault(why));
      },
    );
    it("P05 nor is it what a password is changed to, or reset to", async () => {
      const mine = { email: `reset ${kind}`, password: PASSWORD };
      await naive().post("/api/register", mine);
      await signUp(serving, "carl.jones@example.com");
      const carl = new Holder(serving, "carl.jones@example.com");
      const change = await carl.openAccount("/password");
      await serving.identity.accounts.requestReset(carl.email);
      const link = /http\S+\/reset\?token=\S+/.exec(serving.mails.at(-1)?.text ?? "")?.[0] as string;
      const browser = new Person("https://app.example.com");
      const reset = await browser.open(link);
      for (const password of ["password1234", LEAKED, "carl.jones@example.com", "aaaaaaaaaaaa"]) {
        expect((await naive().post("/reset", { token: mine.email, password })).status).toBe(200);
        expect((await naive().post("/api/sign-in", { ...mine, password })).status).toBe(200);
        const changed = await carl.person.submit(change, { old: PASSWORD, password });
        const set = await browser.submit(reset, { password });
        expect([changed.status, set.status]).toEqual([400, 400]);
      }
      expect(await serving.identity.accounts.signIn(carl.email, PASSWORD)).toBeTypeOf("object");
    });

    it.each([
      "a\uff20b.example",
      "a@@b.example",
      "a@b@c.example",
      "a@b.example\r\nBcc: c@d.example",
      "a b@c.example",
      "a@b..example",
      "a@[127.0.0.1]",
      "a%c.example@b.example",
      "c.example!a@b.example",
      "=?utf-8?q?a=40c.example=3e?=@b.example",
      "a@b.example/c.example",
      "a@b.example#c.example",
      "a@b.example?c.example",
      "a@b%2eexample",
      "a@b\t.example",
    ])("P06 %j makes no account, and no mail goes anywhere", async (email) => {
      await worksUnguarded(email, PASSWORD);
      await isRefused(email, PASSWORD, fault("email"));
    });
    it.each([
      ["letter case", "Dora@Example.com", "dora@example.COM"],
      ["composed letters", "jos\u00e9@example.com", "jose\u0301@example.com"],
      ["names of other alphabets", "dora@b\u00fccher.example", "dora@xn--bcher-kva.example"],
    ])("P06 %s make no second account of a mailbox", async (_what, first, second) => {
      for (const email of [first, second]) await worksUnguarded(email, PASSWORD);
      const accounts = async () => (await serving.rows(["account"])).length;
      await register(first, PASSWORD);
      const before = await accounts();
      expect((await register(second, PASSWORD)).status).toBe(202);
      expect(await accounts()).toBe(before);
    });

    it("nothing of this was a fault of the server", () => expect(serving.failures).toEqual([]));
  });
});
