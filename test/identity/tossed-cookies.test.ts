// Login CSRF by a neighbour of the host (RFC 6265 8.6): what it sets below a path goes beside the victim's own cookies, and finishes the attacker's sign-in.
import { beforeAll, describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { signUp } from "./flows.ts";
import { Holder } from "./holder.ts";
import { type Page, Person } from "./person.ts";
import { requestUrl } from "./request-url.ts";
import { PASSWORD, type Serving } from "./serving.ts";

const APPLICATION = "https://app.example.com";

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  describe.skipIf(!servers.isHere)("A15 a sign-in that a neighbour plants", () => {
    let serving: Serving;

    beforeAll(async () => {
      ({ serving } = servers);
      await signUp(serving, "ann@example.com");
      await signUp(serving, "eve@example.com");
    });

    /** Who proved what is needed and stops before the browser follows the redirect: where it leads, and the cookies below that path. */
    async function unfinished() {
      const eve = new Person(APPLICATION);
      const page = await eve.open(requestUrl(serving));
      return stopped(eve, page, { email: "eve@example.com", password: PASSWORD }, "/sign-in");
    }

    async function unfinishedWithCode() {
      const holder = await Holder.withAccount(serving, "mallory@example.com");
      await holder.addApp();
      holder.inNewBrowser();
      servers.aheadMs += 30_000;
      const page = await holder.typePassword(await holder.person.open(requestUrl(serving)));
      return stopped(holder.person, page, { code: holder.code() }, "/second-factor");
    }

    async function stopped(eve: Person, page: Page, typed: Record<string, string>, to: string) {
      const resume = new URL(page.url.replace("/interaction/", "/auth/"));
      const planted = [...eve.cookies].filter(([, { path }]) => path === resume.pathname);
      const origin = new URL(serving.issuer).origin;
      const [answer] = await eve.submitAtOnce([origin], page, typed, to);
      expect(answer?.status).toBe(303);
      return { eve, resume: resume.href, planted };
    }

    it("is gone on with by the browser that typed the password", async () => {
      const { eve, resume } = await unfinished();
      expect((await eve.open(resume)).text).toContain("eve@example.com");
    });

    it.each([
      { who: "who is nobody yet", isAtForm: false, begin: unfinished },
      { who: "who is at the sign-in form", isAtForm: true, begin: unfinished },
      { who: "who is nobody yet, with a second factor", isAtForm: false, begin: unfinishedWithCode },
    ])("signs nobody in as the neighbour $who", async ({ isAtForm, begin }) => {
      const victim = new Person(APPLICATION);
      if (isAtForm) await victim.open(requestUrl(serving));
      const { resume, planted } = await begin();
      for (const [name, cookie] of planted) victim.cookies.set(name, cookie);
      // It does name the attacker's sign-in: nothing else keeps the victim from going on with it.
      expect(planted.map(([name]) => name)).toEqual(["portcullis-resume", "portcullis-resume.sig"]);
      expect((await victim.open(resume)).status).toBe(400);
      expect((await victim.open(`${serving.issuer}/account`)).text).toContain("Sign in to your account");
    });

    it("nor below the path of another sign-in", async () => {
      const victim = new Person(APPLICATION);
      const own = new URL((await victim.open(requestUrl(serving))).url.replace("/interaction/", "/auth/"));
      const { planted } = await unfinished();
      for (const [name, { value }] of planted) victim.cookies.set(name, { value, path: own.pathname });
      expect((await victim.open(own.href)).status).toBe(400);
      expect((await victim.open(`${serving.issuer}/account`)).text).toContain("Sign in to your account");
    });

    it("signs out nobody who is signed in", async () => {
      const victim = new Person(APPLICATION);
      const page = await victim.open(requestUrl(serving, { prompt: "consent" }));
      await victim.submit(page, { email: "ann@example.com", password: PASSWORD });
      const { resume, planted } = await unfinished();
      for (const [name, cookie] of planted) victim.cookies.set(name, cookie);
      const answer = await victim.open(resume);
      expect([answer.status, answer.text.includes("logout")]).toEqual([400, false]);
      expect((await victim.open(`${serving.issuer}/account`)).text).toContain("ann@example.com");
    });
  });
});
