// Sessions that were ended stay so: whatever request was under way with them, and whatever sign-in was held back; on both databases.
import { describe, expect, it } from "vitest";
import { browserWords, networkOf } from "../../src/identity/sessions/browser-words.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { Holder } from "./holder.ts";
import { Person } from "./person.ts";
import { PASSWORD } from "./serving.ts";
import { withoutTable } from "./without-table.ts";

describe("what is kept of a browser", () => {
  it.each([
    ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"],
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36",
      "Chrome on Windows",
    ],
    ["Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"],
    ["Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edge/18.0", "Edge on Windows"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari on iPhone"],
    ["<script>alert(1)</script>", "A browser"],
    ["", "A browser"],
  ])("%j is %s", (said, words) => {
    expect(browserWords({ headers: { "user-agent": said } } as never)).toBe(words);
  });
  it.each([
    ["192.0.2.77", "192.0.2.0/24"],
    ["::ffff:192.0.2.77", "192.0.2.0/24"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"],
  ])("of %s only %s", (address, network) => expect(networkOf(address)).toBe(network));
});

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  const { isHere } = servers;
  const isSignedIn = async ({ person }: Holder) =>
    (await person.open(`${servers.serving.issuer}/account`)).text.includes("Your account</h1>");

  /** The record of the protocol, as a request that is under way has read it. */
  async function read(holder: Holder) {
    const { artifacts } = servers.serving.identity;
    const [cookie] = [...holder.person.cookies].filter(([name]) => name === "portcullis-session");
    const id = cookie?.[1].value as string;
    const stored = await artifacts.find("Session", id);
    return { id, payload: artifacts.open(stored as never) as never };
  }
  const ways: readonly [string, (accountId: string) => Promise<unknown>][] = [
    ["the password was changed", (id) => servers.serving.identity.accounts.endSessions(id)],
    ["it was signed out from elsewhere", (id) => servers.serving.identity.sessions.endOthers(id, "another")],
  ];

  it.runIf(isHere).each(ways)("a request under way does not bring it back after %s", async (_how, end) => {
    const ann = await Holder.withAccount(
      servers.serving,
      `race-${ways.findIndex(([how]) => how === _how)}@example.com`,
    );
    await ann.openAccount();
    const { id, payload } = await read(ann);
    const cookies = new Map(ann.person.cookies);
    const { sessions, artifacts } = servers.serving.identity;
    await end(await ann.accountId());
    const origin = { browser: "x", network: "y" };
    await sessions.keep(id, payload, 3_600, origin);
    await sessions.keep(id, payload, 3_600, { ...origin, generation: 0 });
    expect(await isSignedIn(ann)).toBe(false);
    expect(await sessions.list(await ann.accountId())).toEqual([]);
    // Without that it would be back: kept as it was read, it opens the account page again.
    await artifacts.put("Session", id, payload, 3_600);
    for (const [name, value] of cookies) ann.person.cookies.set(name, value);
    expect(await isSignedIn(ann)).toBe(true);
  });

  it.runIf(isHere)("at once with 50 requests that keep it, on two servers", async () => {
    const ann = await Holder.withAccount(servers.serving, "at-once@example.com");
    await ann.openAccount();
    const { id, payload } = await read(ann);
    const accountId = await ann.accountId();
    const keeping = Array.from({ length: 50 }, (_, i) => {
      const { sessions } = (i % 2 === 0 ? servers.serving : servers.other).identity;
      return i === 25 ? sessions.endAll(accountId) : sessions.keep(id, payload, 3_600, { browser: "x", network: "y" });
    });
    await Promise.all(keeping);
    expect(await servers.serving.identity.sessions.list(accountId)).toEqual([]);
    expect(await isSignedIn(ann)).toBe(false);
  });

  it.runIf(isHere)("a sign-out is answered when it is in the database, and not before", async () => {
    const ann = await Holder.withAccount(servers.serving, "awaited@example.com");
    await ann.openAccount();
    const accountId = await ann.accountId();
    const { artifacts, sessions } = servers.serving.identity;
    const signOut = async () => {
      const asked = await ann.person.open(`${servers.serving.issuer}/session/end`);
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(asked.text)?.[1] as string;
      const cookie = [...ann.person.cookies].map(([name, { value }]) => `${name}=${value}`).join("; ");
      const body = new URLSearchParams({ xsrf, logout: "yes" });
      const url = `${servers.serving.issuer}/session/end/confirm`;
      return () => fetch(url, { method: "POST", headers: { cookie }, body, redirect: "manual" });
    };
    const first = await signOut();
    expect((await withoutTable("session", artifacts.database, first)).status).toBe(500);
    expect([await isSignedIn(ann), await sessions.list(accountId)]).toEqual([true, [expect.anything()]]);
    const again = await signOut();
    expect((await again()).status).toBe(303);
    expect([await isSignedIn(ann), await sessions.list(accountId)]).toEqual([false, []]);
  });

  it.runIf(isHere)("P10 a sign-in that was held back before the password changed opens nothing", async () => {
    const ann = await Holder.withAccount(servers.serving, "held@example.com");
    const thief = new Holder(servers.serving, ann.email);
    const resume = `${servers.serving.issuer}/auth/`;
    const { page } = await thief.ask();
    const held = new Person(resume);
    for (const [name, value] of thief.person.cookies) held.cookies.set(name, value);
    // The right password was typed; where it leads to is kept for later.
    const next = await held.submit(page, { email: ann.email, password: PASSWORD }, {}, "/sign-in");
    expect(next.url.startsWith(resume)).toBe(true);
    const password = "a brand new sentence";
    const done = await ann.person.submit(await ann.openAccount("/password"), { old: PASSWORD, password });
    expect(done.text).toContain("Your password is changed");
    for (const [name, value] of held.cookies) thief.person.cookies.set(name, value);
    const opened = await thief.person.open(next.url);
    expect(opened.status).toBe(400);
    expect(await isSignedIn(thief)).toBe(false);
  });

  it.runIf(isHere)("P10 nor does one that finishes after it, with what was true before", async () => {
    const ann = await Holder.withAccount(servers.serving, "late@example.com");
    const accountId = await ann.accountId();
    const { accounts, sessions, artifacts } = servers.serving.identity;
    const before = await accounts.signIn(ann.email, PASSWORD);
    await accounts.endSessions(accountId);
    const origin = { browser: "x", network: "y" };
    const { sessions_generation: generation } = before as { sessions_generation: number };
    await sessions.keep("late", { accountId, uid: "late" }, 3_600, { ...origin, generation });
    expect(await artifacts.find("Session", "late")).toBeUndefined();
    const after = (await accounts.signIn(ann.email, PASSWORD)) as { sessions_generation: number };
    await sessions.keep("new", { accountId, uid: "new" }, 3_600, {
      ...origin,
      generation: after.sessions_generation,
    });
    expect(await artifacts.find("Session", "new")).toBeDefined();
  });
});
