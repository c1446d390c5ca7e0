// Invitations: made by an administrator, accepted once, by whoever has the mail; and what tries to make more of them.
import { HashingBusyError } from "../../src/identity/accounts/password-hash.ts";
import { describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { Holder } from "./holder.ts";
import { Person } from "./person.ts";
import { OPERATOR, declareClients, PASSWORD, serveIdentity, type Serving } from "./serving.ts";

const APPLICATION = "https://app.example.com";

function linkIn(serving: Serving, to: string): string {
  const mail = serving.mails.findLast((message) => message.to === to);
  return /http\S+\/invitation\?token=\S+/.exec(mail?.text ?? "")?.[0] as string;
}

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  const { isHere } = servers;
  const invite = (email: string, roles: readonly string[] = []) =>
    servers.serving.identity.invitations.invite(email, roles, OPERATOR);
  const accountOf = async (email: string) => {
    for await (const account of servers.serving.identity.accountStore.all())
      if (account.email === email) return account;
    return undefined;
  };

  it.runIf(isHere)("the link makes the account, confirmed and with its roles, and the person signs in", async () => {
    await invite("ann@example.com", ["support", "customer", "support"]);
    const person = new Person(APPLICATION);
    const page = await person.open(linkIn(servers.serving, "ann@example.com"));
    expect(page.text).toContain("You are invited as <strong>ann@example.com</strong>");
    const short = await person.submit(page, { password: "tooshort123" });
    expect([short.status, short.text.includes("at least 12")]).toEqual([400, true]);
    expect((await person.submit(short, { password: PASSWORD })).text).toContain("Your account is made");
    const account = await accountOf("ann@example.com");
    expect(account?.email_verified_at).not.toBeNull();
    expect(await servers.serving.identity.accountStore.roles(account?.id ?? "")).toEqual(["customer", "support"]);
    expect(servers.serving.changes).toContain("The account was made by an invitation.");
    const ann = new Holder(servers.serving, "ann@example.com");
    expect((await ann.openAccount()).text).toContain("Your account");
  });

  it.runIf(isHere)("P10 an invitation is good once: of 50 at once one makes the account", async () => {
    await invite("once@example.com");
    const token = new URL(linkIn(servers.serving, "once@example.com")).searchParams.get("token") as string;
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, i) => {
        const { invitations } = (i % 2 === 0 ? servers.serving : servers.other).identity;
        // On a machine that has no time for it some are told to come again.
        return invitations.accept(token, `${PASSWORD} ${i}`).catch((error: unknown) => {
          if (error instanceof HashingBusyError) return "token";
          throw error;
        });
      }),
    );
    expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "token")).toHaveLength(49);
    expect(await servers.serving.identity.invitations.accept(token, PASSWORD)).toBe("token");
  });

  it.runIf(isHere)(
    "P10 an invitation ends after a week, when it is withdrawn, and when another takes its place",
    async () => {
      const { invitations } = servers.serving.identity;
      const tokenOf = (email: string) => new URL(linkIn(servers.serving, email)).searchParams.get("token") as string;
      await invite("week@example.com");
      servers.aheadMs += 7 * 86_400_000 - 60_000;
      expect(await invitations.emailOf(tokenOf("week@example.com"))).toBe("week@example.com");
      servers.aheadMs += 60_000;
      const late = await new Person(APPLICATION).open(linkIn(servers.serving, "week@example.com"));
      expect([late.status, late.text.includes("The link was used, has ended")]).toEqual([400, true]);
      expect(await invitations.accept(tokenOf("week@example.com"), PASSWORD)).toBe("token");
      await invite("again@example.com", ["support"]);
      const first = tokenOf("again@example.com");
      await invite("AGAIN@example.com");
      expect(await invitations.accept(first, PASSWORD)).toBe("token");
      expect((await invitations.list()).map(({ email, roles }) => [email, roles])).toEqual([["AGAIN@example.com", []]]);
      expect(await invitations.withdraw("again@example.com", OPERATOR)).toBe(true);
      expect(await invitations.withdraw("again@example.com", OPERATOR)).toBe(false);
      await servers.serving.identity.maintain();
      expect(await servers.serving.rows(["invitation"])).toEqual([]);
    },
  );

  it.runIf(isHere)(
    "P10 its link has the host of the configuration, and the database nothing to accept it with",
    async () => {
      await invite("stored@example.com");
      const link = linkIn(servers.serving, "stored@example.com");
      expect(link.startsWith(`${servers.serving.issuer}/invitation?`)).toBe(true);
      const token = new URL(link).searchParams.get("token") as string;
      expect(token).toHaveLength(43);
      expect(JSON.stringify(await servers.serving.rows(["invitation", "artifact"]))).not.toContain(token);
    },
  );

  it.runIf(isHere)("whoever has an account is not invited; whoever only said to is replaced", async () => {
    const squatter = new Person(APPLICATION);
    const form = await squatter.open(`${servers.serving.issuer}/register`);
    await squatter.submit(form, { email: "bob@example.com", password: "the squatter's sentence" });
    const before = await accountOf("bob@example.com");
    expect(await invite("bob@example.com", ["support"])).toMatchObject({ email: "bob@example.com" });
    const token = new URL(linkIn(servers.serving, "bob@example.com")).searchParams.get("token") as string;
    expect(await servers.serving.identity.invitations.accept(token, PASSWORD)).toBe("done");
    const { accounts } = servers.serving.identity;
    expect(await accounts.signIn("bob@example.com", "the squatter's sentence")).toBeUndefined();
    expect(await accounts.signIn("bob@example.com", PASSWORD)).not.toMatchObject({ id: before?.id });
    expect(await invite("bob@example.com")).toBe("known");
    expect(await invite("no address")).toBe("email");
  });

  it.runIf(isHere)("P18 an invitation takes no form from elsewhere", async () => {
    await invite("csrf@example.com");
    const person = new Person(APPLICATION);
    const page = await person.open(linkIn(servers.serving, "csrf@example.com"));
    const crossSite = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    expect((await person.submit(page, { password: PASSWORD }, crossSite)).status).toBe(403);
    expect((await new Person(APPLICATION).submit(page, { password: PASSWORD })).status).toBe(403);
    expect(await accountOf("csrf@example.com")).toBeUndefined();
  });
});

describe("registration", () => {
  const statusOf = async ({ issuer }: Serving, path: string) => (await fetch(`${issuer}${path}`)).status;
  const register = ({ issuer }: Serving) =>
    fetch(`${issuer}/api/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: "eve@example.com", password: PASSWORD }),
    });

  it.each([
    ["open", [200, 400], 202, true],
    ["invitation", [404, 400], 404, true],
    ["closed", [404, 404], 404, false],
  ] as const)("%s: what is served", async (registration, [page, invitation], json, invites) => {
    const serving = await serveIdentity(undefined, undefined, { registration });
    await declareClients(serving.identity);
    expect([await statusOf(serving, "/register"), await statusOf(serving, "/invitation")]).toEqual([page, invitation]);
    expect((await register(serving)).status).toBe(json);
    const outcome = await serving.identity.invitations.invite("ann@example.com", [], OPERATOR);
    expect(outcome === "closed").toBe(!invites);
    const holder = new Holder(serving, "ann@example.com");
    const signIn = await holder.person.open(`${serving.issuer}/account`);
    expect(signIn.text.includes("Make an account")).toBe(registration === "open");
    await serving.close();
  });
});
