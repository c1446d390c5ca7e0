// Attacks on accounts (NIST SP 800-63B, OWASP ASVS): what a server keeps of a password, and what nobody may learn. What may be one: attacks-password-rules.test.ts.
import { randomBytes } from "node:crypto";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { authorize, discover, signUp } from "./flows.ts";
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
        const { status, ms } = await register({ email: "big@example.com", password: "x".repeat(1_000_000) }).catch(
          () => ({
            status: 0,
            ms: 0,
          }),
        );
        expect(status).not.toBe(202);
        expect(ms).toBeLessThan(2_000);
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
        const start = randomBytes(36).toString("hex");
        const long = `${start}A`;
        await signUp(serving, "long@example.com", long);
        const { accounts } = serving.identity;
        expect(await accounts.signIn("long@example.com", `${start}B`)).toBeUndefined();
        expect(await accounts.signIn("long@example.com", start)).toBeUndefined();
        expect(await accounts.signIn("long@example.com", long)).toBeTypeOf("object");
      });
      it("P03 composed and decomposed letters are the same keys", async () => {
        const composed = "caf\u00e9 au lait, s'il vous pla\u00eet";
        await signUp(serving, "cafe@example.com", composed);
        expect(await serving.identity.accounts.signIn("cafe@example.com", composed.normalize("NFD"))).toBeTypeOf(
          "object",
        );
      });
    });

    describe("addresses", () => {
      it("P06 a known mailbox in another spelling makes no second account", async () => {
        expect((await register({ email: "ANN@example.com", password: PASSWORD })).status).toBe(202);
        expect(serving.mails.at(-1)?.subject).toContain("You have an account");
      });
    });

    describe("what nobody learns", () => {
      // The time is that of a hash, which no database makes: against one that another process shares it would only be noisier.
      const isTimed = kind === "sqlite";

      it.runIf(isTimed)(
        "P07 registering a known address: same status, body and time",
        async () => {
          const bodies = new Set<string>();
          const alike = await comeToBeAlike(async (i) => {
            const first = await register({ email: "ann@example.com", password: PASSWORD });
            const second = await register({ email: `new-${i}@example.com`, password: PASSWORD });
            bodies.add(`${first.status} ${first.text}`).add(`${second.status} ${second.text}`);
            return { known: first.ms, unknown: second.ms };
          });
          expect(bodies.size).toBe(1);
          expect(alike).toBe(true);
        },
        60_000,
      );
      it.runIf(isTimed)(
        "P08 an unknown user and a wrong password look alike and take as long",
        async () => {
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
        },
        60_000,
      );
      it("P07 registering a known address: same status and body", async () => {
        const known = await register({ email: "ann@example.com", password: PASSWORD });
        const unknown = await register({ email: "not-seen-before@example.com", password: PASSWORD });
        expect([known.status, known.text]).toEqual([unknown.status, unknown.text]);
      });
      it("P09 asking for a reset looks alike", async () => {
        const person = new Person("https://app.example.com");
        const form = await person.open(`${serving.issuer}/forgotten`);
        const known = await person.submit(form, { email: "ann@example.com" });
        const unknown = await person.submit(form, { email: "nobody@example.com" });
        expect([known.status, known.text]).toEqual([unknown.status, unknown.text]);
      });
    });

    describe("reset", () => {
      it("P10 works once, ends sessions and tokens, and its link has the configured host", async () => {
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

    describe("guessing", () => {
      const WRONG = "a wrong long password";

      beforeAll(async () => {
        servers.standsAtMs = Date.now();
        await signUp(serving, "guessed@example.com");
      });

      afterAll(() => {
        servers.standsAtMs = undefined;
      });

      it("P11 wrong passwords are slowed down, for everybody alike; a device that is known goes on", async () => {
        const { accounts } = serving.identity;
        for (const email of ["guessed@example.com", "not-there@example.com"]) {
          const told: unknown[] = [];
          for (let i = 0; i < 6; i += 1) told.push(await accounts.signIn(email, WRONG));
          expect(told).toEqual([...Array.from({ length: 5 }), 1]);
          for (const delay of [2, 4, 8]) {
            servers.aheadMs += 900_000;
            expect(await accounts.signIn(email, WRONG)).toBeUndefined();
            expect(await accounts.signIn(email, WRONG)).toBe(delay);
          }
        }
        expect(await accounts.signIn("guessed@example.com", WRONG)).toBeUndefined();
        expect(await accounts.signIn("guessed@example.com", PASSWORD)).toBe(16);
        expect(await accounts.signIn("guessed@example.com", PASSWORD, "a-known-device")).toBeTypeOf("object");
        expect(await accounts.signIn("guessed@example.com", PASSWORD)).toBeTypeOf("object");
      });
      it("P11 the right password works after the longest delay, however many tries there were", async () => {
        const { accounts } = serving.identity;
        for (let i = 0; i < 50; i += 1) {
          await accounts.signIn("guessed@example.com", WRONG);
          servers.aheadMs += 1_000;
        }
        servers.aheadMs += 900_000;
        expect(await accounts.signIn("guessed@example.com", PASSWORD)).toBeTypeOf("object");
      });
      it("P11 50 guesses at once are not more than one after another", async () => {
        const { accounts } = serving.identity;
        const told = await Promise.all(Array.from({ length: 50 }, () => accounts.signIn("at-once@example.com", WRONG)));
        expect(told.filter((answer) => answer === undefined)).toHaveLength(5);
      });
    });

    it("P12 one address that tries many accounts is stopped for all of them; another is not", async () => {
      const config = await discover(serving, "spa");
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: REDIRECT,
        scope: "openid",
        code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        code_challenge_method: "S256",
      });
      const person = new Person("https://app.example.com");
      const page = await person.open(url.href);
      const tries = async (address: string, count: number) => {
        const statuses: number[] = [];
        for (let i = 0; i < count; i += 1) {
          const typed = { email: `person-${address}-${i}@example.com`, password: "Winter2026-Winter" };
          statuses.push((await person.submit(page, typed, { "x-forwarded-for": address })).status);
        }
        return statuses;
      };
      const sprayed = await tries("192.0.2.1", 33);
      expect(sprayed).toEqual([...Array.from({ length: 30 }, () => 401), 429, 429, 429]);
      expect(await tries("192.0.2.2", 1)).toEqual([401]);
    }, 60_000);

    describe("cookies and forms", () => {
      it("P17 cookies are for this server, not for scripts", async () => {
        const answer = await fetch(`${serving.issuer}/register`);
        expect(answer.headers.getSetCookie()[0]).toMatch(/; Path=\/; HttpOnly; SameSite=Lax/);
      });
      it.each(["register", "forgotten", "verify", "reset"])("P18 %s takes no form from elsewhere", async (page) => {
        const person = new Person("https://app.example.com");
        const form = await person.open(`${serving.issuer}/${page}?token=x`);
        const typed = { email: "eve@example.com", password: PASSWORD };
        const crossSite = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
        expect((await person.submit(form, typed, crossSite)).status).toBe(403);
        const stranger = new Person("https://app.example.com");
        expect((await stranger.submit(form, typed)).status).toBe(403);
      });
    });

    it("nothing of this was a fault of the server", () => expect(serving.failures).toEqual([]));
  });
});
