// One address for many people, as behind a company's or a provider's translation: one of them who guesses holds up no other who is known (P12, CWE-645).
import { beforeAll, describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { signUp } from "./flows.ts";
import { Holder, optionsOf } from "./holder.ts";
import { Person } from "./person.ts";
import { requestUrl } from "./request-url.ts";
import { PASSWORD, type Serving } from "./serving.ts";
import { SoftwareAuthenticator } from "./software-authenticator.ts";

const SHARED = { "x-forwarded-for": "192.0.2.77" };
const APPLICATION = "https://app.example.com";

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  describe.skipIf(!servers.isHere)("P12 behind an address that somebody guesses from", () => {
    let serving: Serving;
    let ann: Person;
    let bob: Holder;
    let authenticator: SoftwareAuthenticator;

    const signIn = async (person: Person, email: string, password = PASSWORD) =>
      person.submit(
        await person.open(requestUrl(serving, { prompt: "login" })),
        { email, password },
        SHARED,
        "/sign-in",
      );

    beforeAll(async () => {
      ({ serving } = servers);
      await signUp(serving, "ann@example.com");
      ann = new Person(APPLICATION, SHARED);
      await signIn(ann, "ann@example.com");
      bob = await Holder.withAccount(serving, "bob@example.com");
      authenticator = new SoftwareAuthenticator(new URL(serving.issuer).origin);
      await bob.addPasskey(authenticator);
      const guesser = new Person(APPLICATION, SHARED);
      for (let i = 0; i < 30; i += 1) await signIn(guesser, `person-${i}@example.com`, "Winter2026-Winter");
    });

    it("who is new there waits, also with the right password", async () => {
      expect((await signIn(new Person(APPLICATION, SHARED), "ann@example.com")).status).toBe(429);
    });

    it("who signed in there before signs in", async () => {
      expect((await signIn(ann, "ann@example.com")).text).toContain("asks for access");
    });

    it("who signed in there before guesses no other account by that", async () => {
      expect((await signIn(ann, "bob@example.com", "Winter2026-Winter")).status).toBe(429);
    });

    it("who signed in there before guesses the own account as slowly as ever", async () => {
      const statuses: number[] = [];
      servers.standsAtMs = Date.now();
      for (let i = 0; i < 6; i += 1)
        statuses.push((await signIn(ann, "ann@example.com", `a wrong one here ${i}`)).status);
      servers.standsAtMs = undefined;
      expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    });

    it("a passkey signs in: nobody guesses a signature", async () => {
      const person = new Person(APPLICATION, SHARED);
      const page = await person.open(requestUrl(serving, { prompt: "login" }));
      const response = authenticator.get(optionsOf(page));
      const consent = await person.submit(page, { response }, SHARED, "/passkey");
      expect(consent.text).toContain("asks for access");
    });
  });
});
