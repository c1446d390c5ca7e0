// Sessions and consents as holders see and end them, and what tries to bring ended ones back; on both databases.
import * as client from "openid-client";
import { describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { askForTokens } from "./flows.ts";
import { Holder } from "./holder.ts";
import { naiveServer } from "./naive-server.ts";
import { type Page, Person } from "./person.ts";

const naive = naiveServer();

const APPLICATION = "https://app.example.com";

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  const { isHere } = servers;
  const account = (holder: Holder) => holder.person.open(`${servers.serving.issuer}/account`);
  const isSignedIn = async (holder: Holder) => (await account(holder)).text.includes("Your account</h1>");

  /** Signed in by an application, which has tokens. */
  async function withTokens(email: string, holder?: Holder) {
    const ann = holder ?? (await Holder.withAccount(servers.serving, email));
    const asked = await ann.ask();
    const consent = asked.page.text.includes("asks for access") ? asked.page : await ann.typePassword(asked.page);
    return { ann, tokens: await ann.allow(asked, consent), config: asked.config };
  }
  const another = (holder: Holder) => new Holder(servers.serving, holder.email);
  const refresh = ({ tokens }: { tokens: client.TokenEndpointResponse }) =>
    askForTokens(servers.serving, {
      grant_type: "refresh_token",
      client_id: "spa",
      refresh_token: tokens.refresh_token as string,
    });
  const feed = async (kindOf: string) =>
    (await servers.serving.identity.revocations.since(0)).filter((entry) => entry.kind === kindOf);
  const sidOf = ({ tokens }: { tokens: client.TokenEndpointResponse }) =>
    (JSON.parse(Buffer.from(tokens.access_token.split(".")[1] as string, "base64url").toString()) as { sid: string })
      .sid;
  const idsIn = ({ text }: Page) => [...text.matchAll(/name="session" value="([^"]+)"/g)].map(([, id]) => id as string);

  it.runIf(isHere)("the list has each browser, this one marked, and no identifier of a session", async () => {
    const ann = await Holder.withAccount(servers.serving, "list@example.com");
    await ann.openAccount();
    await another(ann).openAccount();
    const page = await account(ann);
    expect(idsIn(page)).toHaveLength(2);
    expect(page.text.match(/\(this one\)<p|\(this one\)\n/g)).toHaveLength(1);
    expect(page.text).toMatch(/From 127\.0\.0\.0\/24, since \d{4}-\d\d-\d\d \d\d:\d\d UTC, last seen/);
    for (const { value } of ann.person.cookies.values()) expect(page.text).not.toContain(value);
    const sessions = await servers.serving.identity.sessions.list(await ann.accountId());
    expect(Object.keys(sessions[0] as object).sort()).toEqual(["browser", "created_at", "id", "network", "seen_at"]);
  });

  it.runIf(isHere)("one is signed out with its applications, the others go on", async () => {
    const here = await withTokens("one@example.com");
    const there = await withTokens("", another(here.ann));
    const { sessions } = servers.serving.identity;
    const accountId = await here.ann.accountId();
    const page = await here.ann.openAccount();
    const own = /\(this one\)[\s\S]*?name="session" value="([^"]+)"/.exec(page.text)?.[1] as string;
    const [other = ""] = idsIn(page).filter((id) => id !== own);
    const done = await here.ann.person.submit(page, { session: other }, {}, "/end-session");
    expect(done.text).toContain("That session has ended.");
    expect((await sessions.list(accountId)).map(({ id }) => id)).toEqual([own]);
    expect(await isSignedIn(there.ann)).toBe(false);
    expect((await refresh(there)).body["error"]).toBe("invalid_grant");
    expect((await feed("session")).map(({ value }) => value)).toContain(sidOf(there));
    expect((await feed("session")).map(({ value }) => value)).not.toContain(sidOf(here));
    expect((await refresh(here)).status).toBe(200);
    expect(servers.serving.changes).toContain("A session was signed out.");
    const gone = await here.ann.person.submit(await here.ann.openAccount(), { session: own }, {}, "/end-session");
    expect(gone.text).toContain("You are signed out");
    expect(await isSignedIn(here.ann)).toBe(false);
  });

  it.runIf(isHere)(
    "the list of applications says what each scope means, beside its name and as text only",
    async () => {
      const { ann } = await withTokens("meant@example.com");
      const { text } = await ann.openAccount();
      const applications = text.slice(text.indexOf('<h2 id="applications">'));
      const items = [...applications.matchAll(/<li>([^<]*)<code>([^<]+)<\/code><\/li>/g)];
      expect(items.map(([, meaning, name]) => [name, meaning?.trim()])).toEqual([
        ["offline_access", "Keep this access while you do something else"],
        ["openid", "Know which account you have here"],
        ["orders:read", "See &quot;your&quot; &lt;orders&gt;"],
      ]);
    },
  );

  it.runIf(isHere)("nobody ends somebody else's session", async () => {
    const ann = await Holder.withAccount(servers.serving, "mine@example.com");
    const eve = await Holder.withAccount(servers.serving, "yours@example.com");
    const [id = ""] = idsIn(await ann.openAccount());
    await eve.person.submit(await eve.openAccount(), { session: id }, {}, "/end-session");
    expect(await isSignedIn(ann)).toBe(true);
  });

  it.runIf(isHere)("all others are signed out, and this one keeps its applications", async () => {
    const here = await withTokens("others@example.com");
    const there = await withTokens("", another(here.ann));
    const elsewhere = await withTokens("", another(here.ann));
    const done = await here.ann.person.submit(await here.ann.openAccount(), {}, {}, "/end-others");
    expect(done.text).toContain("Your other sessions have ended.");
    for (const one of [there, elsewhere]) {
      expect(await isSignedIn(one.ann)).toBe(false);
      expect((await refresh(one)).body["error"]).toBe("invalid_grant");
    }
    expect(await isSignedIn(here.ann)).toBe(true);
    expect((await refresh(here)).status).toBe(200);
    expect((await feed("session")).map(({ value }) => value)).toEqual(
      expect.arrayContaining([sidOf(there), sidOf(elsewhere)]),
    );
  });

  it.runIf(isHere)(
    "T09 a withdrawn consent ends what the client holds, in every session, and it has to ask again",
    async () => {
      const here = await withTokens("consent@example.com");
      const there = await withTokens("", another(here.ann));
      const page = await here.ann.openAccount();
      expect(page.text).toContain("The &lt;app&gt;");
      expect(page.text).toMatch(/>offline_access<[^]*>openid<[^]*>orders:read</);
      expect(page.text).not.toContain("portcullis-account");
      const done = await here.ann.person.submit(page, { client: "spa" }, {}, "/withdraw");
      expect(done.text).toContain("The application has no access any more.");
      expect(done.text).toContain("<p>None.</p>");
      for (const one of [here, there]) {
        expect((await refresh(one)).body["error"]).toBe("invalid_grant");
        expect((await feed("session")).map(({ value }) => value)).toContain(sidOf(one));
      }
      expect(servers.serving.changes).toContain("The access of the client spa was withdrawn.");
      const silent = await here.ann.ask({ prompt: "none" });
      expect(new URL(silent.page.url).searchParams.get("error")).toBe("consent_required");
      expect((await here.ann.ask()).page.text).toContain("asks for access");
    },
  );

  it.runIf(isHere)("T09 a code that was given before is of no use after the consent was withdrawn", async () => {
    const { ann, config } = await withTokens("code@example.com");
    const asked = await ann.ask();
    const back = await ann.person.submit(asked.page, { answer: "allow" });
    await servers.serving.identity.consents.revoke(await ann.accountId(), "spa");
    const redeemed = client.authorizationCodeGrant(config, new URL(back.url), { pkceCodeVerifier: asked.verifier });
    await expect(redeemed).rejects.toMatchObject({ error: "invalid_grant" });
  });

  it.runIf(isHere)(
    "P17 a sign-out takes the session out of the list, and its cookie opens nothing any more",
    async () => {
      const gone = await naive().post("/sign-out", {}, { cookie: "sid=1" });
      expect(gone.headers.get("set-cookie")).toContain("Max-Age=0");
      expect((await naive().post("/account", {}, { cookie: "sid=1" })).status).toBe(200);
      const { ann } = await withTokens("out@example.com");
      const accountId = await ann.accountId();
      const kept = new Map(ann.person.cookies);
      const asked = await ann.person.open(`${servers.serving.issuer}/session/end`);
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(asked.text)?.[1] as string;
      const cookie = [...kept].map(([name, { value }]) => `${name}=${value}`).join("; ");
      const form = new URLSearchParams({ xsrf, logout: "yes" });
      await fetch(`${servers.serving.issuer}/session/end/confirm`, { method: "POST", headers: { cookie }, body: form });
      expect(await servers.serving.identity.sessions.list(accountId)).toEqual([]);
      for (const [name, value] of kept) ann.person.cookies.set(name, value);
      expect(await isSignedIn(ann)).toBe(false);
    },
  );

  it.runIf(isHere)("A16 the session and its mark in the forms are others after another sign-in", async () => {
    const ann = await Holder.withAccount(servers.serving, "fixed@example.com");
    const eve = await Holder.withAccount(servers.serving, "fixer@example.com");
    await eve.openAccount();
    const planted = new Map(eve.person.cookies);
    // Eve's cookies stand in Ann's browser: Ann signs in, and Eve's session must not become hers.
    for (const [name, value] of planted) ann.person.cookies.set(name, value);
    const asked = await ann.ask({ prompt: "login" });
    await ann.typePassword(asked.page);
    const browser = new Person(APPLICATION);
    for (const [name, value] of planted) browser.cookies.set(name, value);
    const seen = await browser.open(`${servers.serving.issuer}/account`);
    expect(seen.text).not.toContain("fixed@example.com");
  });

  it.runIf(isHere).each(["/end-session", "/end-others", "/withdraw"])(
    "P18 %s takes no form from elsewhere",
    async (to) => {
      expect(await naive().takesFromElsewhere(`/account${to}`)).toBe(true);
      const { ann } = await withTokens(`csrf${to.replace("/", "-")}@example.com`);
      await another(ann).openAccount();
      const page = await ann.openAccount();
      const crossSite = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
      expect((await ann.person.submit(page, {}, crossSite, to)).status).toBe(403);
      expect((await ann.person.submit(page, { token: "x" }, {}, to)).status).toBe(403);
      const { sessions, consents } = servers.serving.identity;
      expect(await sessions.list(await ann.accountId())).toHaveLength(2);
      expect(await consents.list(await ann.accountId())).toHaveLength(1);
    },
  );

  it.runIf(isHere)("a session that ran out leaves the list, and its row", async () => {
    const ann = await Holder.withAccount(servers.serving, "over@example.com");
    await ann.openAccount();
    const accountId = await ann.accountId();
    servers.aheadMs += 2 * 86_400_000;
    expect(await servers.serving.identity.sessions.list(accountId)).toEqual([]);
    await servers.serving.identity.maintain();
    const rows = (await servers.serving.rows(["session"])) as readonly { account_id: string }[];
    expect(rows.filter((row) => row.account_id === accountId)).toEqual([]);
  });

  it.runIf(isHere)("nothing of this was a fault of the server", () => expect(servers.serving.failures).toEqual([]));
});
