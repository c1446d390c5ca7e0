// Attacks on accounts (NIST SP 800-63B, OWASP ASVS): what a server keeps of a password, and what nobody may learn. What may be one: attacks-password-rules.test.ts.
import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { authorize, discover, signUp } from "./flows.ts";
import { naiveServer } from "./naive-server.ts";
import { Person } from "./person.ts";
import { PASSWORD, REDIRECT, type Serving } from "./serving.ts";

/**
 * Whether the quickest of each are alike: whatever else the machine does only adds, so on a busy one it takes more tries until both have had
 * a quiet moment. Without a hash for those who are unknown it would be 20 to 1, however often it is tried.
 */
async function comeToBeAlike(round: (i: number) => Promise<{ known: number; unknown: number }>): Promise<boolean> {
  let [known, unknown] = [Infinity, Infinity];
  for (let i = 0; i < 60; i += 1) {
    const times = await round(i);
    [known, unknown] = [Math.min(known, times.known), Math.min(unknown, times.unknown)];
    if (i >= 8 && known / unknown > 0.5 && known / unknown < 2) return true;
  }
  return false;
}

const naive = naiveServer();

/** Of what nothing guards. */
async function unguarded(path: string, form: Readonly<Record<string, string>>, headers = {}): Promise<number> {
  return (await naive().post(path, form, headers)).status;
}

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  describe.skipIf(!servers.isHere)("accounts", () => {
    let serving: Serving;

    beforeAll(async () => {
      ({ serving } = servers);
      await signUp(serving, "ann@example.com");
    });

    async function register(body: unknown): Promise<{ status: number; text: string; ms: number }> {
      const start = performance.now();
      const answer = await fetch(`${serving.issuer}/api/register`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return { status: answer.status, text: await answer.text(), ms: performance.now() - start };
    }

    describe("passwords", () => {
      it("P01 1 MB is refused before it is hashed", async () => {
        expect(await unguarded("/api/register", { email: `${kind}-big`, password: "x".repeat(1_000_000) })).toBe(201);
        const { status, ms } = await register({ email: "big@example.com", password: "x".repeat(1_000_000) }).catch(
          () => ({
            status: 0,
            ms: 0,
          }),
        );
        expect(status).not.toBe(202);
        expect(ms).toBeLessThan(20_000);
      });
      it("P01 says what is wrong in a sentence, without the value", async () => {
        const { status, text } = await register({ email: "ann", password: PASSWORD });
        expect([status, text.includes("email must be a valid e-mail address"), text.includes(PASSWORD)]).toEqual([
          400,
          true,
          false,
        ]);
        const short = await register({ email: "new@example.com", password: "tooshort123" });
        expect([short.status, short.text.includes("password must be at least 12 characters")]).toEqual([400, true]);
      });
      it("P02 nothing is cut off", async () => {
        const cut = { email: `${kind}-long`, password: "x".repeat(72) };
        await unguarded("/api/register", { ...cut, password: `${cut.password} and more` });
        expect(await unguarded("/api/sign-in", { ...cut, password: `${cut.password} and other` })).toBe(200);
        const start = randomBytes(36).toString("hex");
        const long = `${start}A`;
        await signUp(serving, "long@example.com", long);
        const { accounts } = serving.identity;
        expect(await accounts.signIn("long@example.com", `${start}B`)).toBeUndefined();
        expect(await accounts.signIn("long@example.com", start)).toBeUndefined();
        expect(await accounts.signIn("long@example.com", long)).toBeTypeOf("object");
      });
      it("P03 composed and decomposed letters are the same keys", async () => {
        await unguarded("/api/register", { email: `${kind}-keys`, password: "p\u00e4ssword" });
        expect(await unguarded("/api/sign-in", { email: `${kind}-keys`, password: "pa\u0308ssword" })).toBe(401);
        const composed = "caf\u00e9 au lait, s'il vous pla\u00eet";
        await signUp(serving, "cafe@example.com", composed);
        expect(await serving.identity.accounts.signIn("cafe@example.com", composed.normalize("NFD"))).toBeTypeOf(
          "object",
        );
      });
    });

    describe("addresses", () => {
      it("P06 a known mailbox in another spelling makes no second account", async () => {
        for (const email of [`${kind}@example.com`, `${kind.toUpperCase()}@example.com`]) {
          expect(await unguarded("/api/register", { email, password: PASSWORD })).toBe(201);
        }
        expect((await register({ email: "ANN@example.com", password: PASSWORD })).status).toBe(202);
        expect(serving.mails.at(-1)?.subject).toContain("You have an account");
      });
    });

    describe("what nobody learns", () => {
      // The time is that of a hash, which no database makes: against one that another process shares it would only be noisier.
      const isTimed = kind === "sqlite";

      it.runIf(isTimed)("P07 registering a known address: same status, body and time", async () => {
        const bodies = new Set<string>();
        const alike = await comeToBeAlike(async (i) => {
          const first = await register({ email: "ann@example.com", password: PASSWORD });
          const second = await register({ email: `new-${i}@example.com`, password: PASSWORD });
          bodies.add(`${first.status} ${first.text}`).add(`${second.status} ${second.text}`);
          return { known: first.ms, unknown: second.ms };
        });
        expect(bodies.size).toBe(1);
        expect(alike).toBe(true);
      });
      it.runIf(isTimed)("P08 an unknown user and a wrong password look alike and take as long", async () => {
        await unguarded("/api/register", { email: `${kind}-p08`, password: PASSWORD });
        const told = [`${kind}-p08`, "nobody"].map((email) => unguarded("/api/sign-in", { email, password: "x" }));
        expect(await Promise.all(told)).toEqual([401, 404]);
        const { accounts } = serving.identity;
        const time = async (email: string) => {
          const start = performance.now();
          expect(await accounts.signIn(email, "another long password", undefined)).toBeUndefined();
          return performance.now() - start;
        };
        const alike = await comeToBeAlike(async (i) => {
          await signUp(serving, `timed-${i}@example.com`);
          return { known: await time(`timed-${i}@example.com`), unknown: await time(`nobody-${i}@example.com`) };
        });
        expect(alike).toBe(true);
      });
      it("P07 registering a known address: same status and body", async () => {
        const twice = [1, 2].map(() => unguarded("/api/register", { email: `${kind}-p07`, password: PASSWORD }));
        expect(new Set(await Promise.all(twice))).toEqual(new Set([201, 409]));
        const known = await register({ email: "ann@example.com", password: PASSWORD });
        const unknown = await register({ email: "not-seen-before@example.com", password: PASSWORD });
        expect([known.status, known.text]).toEqual([unknown.status, unknown.text]);
      });
      it("P08 an unknown user and a wrong password: same status and page", async () => {
        const mine = { email: `${kind}-p08-page`, password: PASSWORD };
        await unguarded("/api/register", mine);
        const told = [mine.email, "nobody"].map((email) => unguarded("/api/sign-in", { email, password: "x" }));
        expect(await Promise.all(told)).toEqual([401, 404]);
        const person = new Person("https://app.example.com");
        const page = await person.open(`${serving.issuer}/account`);
        const shown = async (email: string) => {
          const { status, text } = await person.submit(page, { email, password: "another long password" });
          return [status, text.replaceAll(email, "").replaceAll(/challenge\S+/g, "")];
        };
        const known = await shown("ann@example.com");
        expect(known).toEqual([401, expect.stringContaining("are not right")]);
        expect(await shown("nobody-yet@example.com")).toEqual(known);
      });
      it("P09 asking for a reset looks alike", async () => {
        await unguarded("/api/register", { email: `${kind}-p09`, password: PASSWORD });
        const told = [`${kind}-p09`, "nobody"].map((email) => unguarded("/forgotten", { email }));
        expect(await Promise.all(told)).toEqual([200, 404]);
        const person = new Person("https://app.example.com");
        const form = await person.open(`${serving.issuer}/forgotten`);
        const known = await person.submit(form, { email: "ann@example.com" });
        const unknown = await person.submit(form, { email: "nobody@example.com" });
        expect([known.status, known.text]).toEqual([unknown.status, unknown.text]);
      });
    });

    describe("reset", () => {
      it("P10 works once, ends sessions and tokens, and its link has the configured host", async () => {
        const mine = { email: `${kind}-p10`, password: PASSWORD };
        await unguarded("/api/register", mine);
        await unguarded("/forgotten", mine, { "x-forwarded-host": "evil.example" });
        expect(naive().accounts.links.at(-1)).toContain("//evil.example/");
        for (const password of ["first", "once more"]) {
          expect(await unguarded("/reset", { token: mine.email, password })).toBe(200);
        }
        await signUp(serving, "reset@example.com");
        const config = await discover(serving, "spa");
        const before = await authorize(config, "reset@example.com");
        const person = new Person("https://app.example.com");
        const ask = await fetch(`${serving.issuer}/forgotten`, { headers: { "x-forwarded-host": "evil.example" } });
        const cookie = ask.headers.getSetCookie()[0]?.split(";")[0] ?? "";
        const token = /name="token" value="([^"]+)"/.exec(await ask.text())?.[1] ?? "";
        await fetch(`${serving.issuer}/forgotten`, {
          method: "POST",
          headers: {
            cookie,
            origin: new URL(serving.issuer).origin,
            "sec-fetch-site": "same-origin",
            "x-forwarded-host": "evil.example",
          },
          body: new URLSearchParams({ token, email: "reset@example.com" }),
        });
        const link = /http\S+\/reset\?token=\S+/.exec(serving.mails.at(-1)?.text ?? "")?.[0] as string;
        expect(link.startsWith(`${serving.issuer}/reset?`)).toBe(true);
        const form = await person.open(link);
        expect((await person.submit(form, { password: "short" })).status).toBe(400);
        expect((await person.submit(form, { password: "a brand new sentence" })).text).toContain(
          "Your password is set",
        );
        expect((await person.submit(form, { password: "another new sentence" })).status).toBe(400);
        expect(await serving.identity.accounts.signIn("reset@example.com", PASSWORD)).toBeUndefined();
        expect(await serving.identity.accounts.signIn("reset@example.com", "a brand new sentence")).toBeTypeOf(
          "object",
        );
        const again = await before.person.open(
          `${serving.issuer}/auth?${new URLSearchParams({ client_id: "spa", response_type: "code", redirect_uri: REDIRECT, scope: "openid", code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method: "S256", prompt: "none" }).toString()}`,
        );
        expect(again.url).toContain("error=login_required");
        const feed = await serving.identity.revocations.since(0);
        expect(feed.some(({ kind }) => kind === "subject")).toBe(true);
      });
    });

    describe("cookies and forms", () => {
      it("P17 cookies are for this server, not for scripts", async () => {
        const plain = await naive().post("/sign-in", { email: "ann@example.com" });
        expect(plain.headers.getSetCookie()[0]).toMatch(/^sid=\w+$/);
        const answer = await fetch(`${serving.issuer}/register`);
        expect(answer.headers.getSetCookie()[0]).toMatch(/; Path=\/; HttpOnly; SameSite=Lax/);
      });
      it.each(["register", "forgotten", "verify", "reset"])("P18 %s takes no form from elsewhere", async (page) => {
        const person = new Person("https://app.example.com");
        const form = await person.open(`${serving.issuer}/${page}?token=x`);
        const typed = { email: "eve@example.com", password: PASSWORD };
        const crossSite = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
        const email = `${kind}-p18-${page}`;
        expect(await unguarded("/api/register", { email, password: PASSWORD }, crossSite)).toBe(201);
        expect(await unguarded("/reset", { token: email, password: "theirs" }, crossSite)).toBe(200);
        expect((await person.submit(form, typed, crossSite)).status).toBe(403);
        const stranger = new Person("https://app.example.com");
        expect((await stranger.submit(form, typed)).status).toBe(403);
      });
    });

    it("nothing of this was a fault of the server", () => expect(serving.failures).toEqual([]));
  });
});
