// Attacks by guessing: many passwords for one account, one password for many (NIST SP 800-63B 3.2.2).
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { discover, signUp } from "./flows.ts";
import { naiveServer } from "./naive-server.ts";
import { Person } from "./person.ts";
import { PASSWORD, REDIRECT, type Serving } from "./serving.ts";

const naive = naiveServer();

/** Of what nothing guards. */
async function unguarded(path: string, form: Readonly<Record<string, string>>, headers = {}): Promise<number> {
  return (await naive().post(path, form, headers)).status;
}

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  describe.skipIf(!servers.isHere)("accounts", () => {
    let serving: Serving;

    beforeAll(() => {
      ({ serving } = servers);
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
          for (const delay of [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
            servers.aheadMs += 900_000;
            expect(await accounts.signIn(email, WRONG)).toBeUndefined();
            expect(await accounts.signIn(email, WRONG)).toBe(delay);
          }
        }
        expect(await accounts.signIn("guessed@example.com", WRONG)).toBeUndefined();
        expect(await accounts.signIn("guessed@example.com", PASSWORD)).toBe(900);
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
        await unguarded("/api/register", { email: `${kind}-p11`, password: PASSWORD });
        const guess = (_: unknown, i: number) =>
          unguarded("/api/sign-in", { email: `${kind}-p11`, password: i === 49 ? PASSWORD : WRONG });
        const found = await Promise.all(Array.from({ length: 50 }, guess));
        expect([found.filter((status) => status === 401).length, found.at(-1)]).toEqual([49, 200]);
        const { accounts } = serving.identity;
        const told = await Promise.all(Array.from({ length: 50 }, () => accounts.signIn("at-once@example.com", WRONG)));
        expect(told.filter((answer) => answer === undefined)).toHaveLength(5);
      });
    });

    it("P12 one address that tries many accounts is stopped for all of them; another is not", async () => {
      const weak = "Winter2026-Winter";
      await unguarded("/api/register", { email: `${kind}-p12-999`, password: weak });
      const statuses: number[] = [];
      for (let i = 0; i < 1_000; i += 1) {
        statuses.push(await unguarded("/api/sign-in", { email: `${kind}-p12-${i}`, password: weak }));
      }
      expect(statuses.indexOf(200)).toBe(999);
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
    });
  });
});
