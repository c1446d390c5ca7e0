// Tabs that a browser opens at once, as when it starts again: each page is given the cookie of forms, and the last one counts. Nobody is sent away for it.
import { beforeAll, describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { signUp } from "./flows.ts";
import { Holder } from "./holder.ts";
import { Person } from "./person.ts";
import { requestUrl } from "./request-url.ts";
import { PASSWORD, type Serving } from "./serving.ts";

const TYPED = { email: "ann@example.com", password: PASSWORD };

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  describe.skipIf(!servers.isHere)("a sign-in in the first of two tabs", () => {
    let serving: Serving;

    beforeAll(async () => {
      ({ serving } = servers);
      await signUp(serving, TYPED.email);
    });

    /** The first page, in a browser that was given another cookie of forms by the second one. */
    async function overtaken() {
      const person = new Person("https://app.example.com");
      const page = await person.open(requestUrl(serving));
      // Those below its path are the first tab's own.
      const own = [...person.cookies].filter(([, { path }]) => path !== "/");
      person.cookies.clear();
      await person.open(requestUrl(serving));
      for (const [name, cookie] of own) person.cookies.set(name, cookie);
      return { person, page };
    }

    it("is asked for once more, signs nobody in by itself, and works then", async () => {
      const { person, page } = await overtaken();
      const again = await person.submit(page, TYPED, {}, "/sign-in");
      expect([again.status, again.text.includes("Sign in once more.")]).toEqual([403, true]);
      expect(again.text).toContain('value="ann@example.com"');
      expect(again.text).not.toContain(PASSWORD);
      const id = await new Holder(serving, TYPED.email).accountId();
      expect(await serving.identity.sessions.list(id)).toEqual([]);
      const consent = await person.submit(again, TYPED, {}, "/sign-in");
      expect(consent.text).toContain("asks for access");
    });

    it.each([
      ["another site", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
      ["a neighbour", { "sec-fetch-site": "same-site" }],
    ])("P18 a form of %s is refused as ever", async (_, fields) => {
      const { person, page } = await overtaken();
      const answer = await person.submit(page, TYPED, fields, "/sign-in");
      expect([answer.status, answer.text.includes("<form")]).toEqual([403, false]);
    });
  });
});
