// Of every kind of change: while it cannot be recorded it does not happen, and nothing else is left of it; afterwards it does. On both databases.
import { expect, describe, it } from "vitest";
import { emailAddress, type EmailAddress } from "../../src/identity/accounts/email-address.ts";
import { feedKey } from "../../src/identity/revocation/feed-key.ts";
import type { IdentityTables } from "../../src/identity/tables.ts";
import { DATABASES, serversOn, type Servers } from "./databases.ts";
import { authorize, discover, redeem } from "./flows.ts";
import { Holder } from "./holder.ts";
import { type Page, Person } from "./person.ts";
import { AUDIENCE, OPERATOR, PASSWORD } from "./serving.ts";
import { SoftwareAuthenticator } from "./software-authenticator.ts";
import { withoutTable } from "./without-table.ts";

/** Rejects, or resolves with the status of the answer. */
type Act = () => Promise<unknown>;
/** What is there before, and what is then tried: for one address of its own. */
type Prepare = (servers: Servers, email: string) => Promise<Act>;

const OPERATION = { actor: OPERATOR, evenLast: true };
const OTHER = "another battery staple";
const COMPARED = ["account", "account_role", "client", "factor", "invitation", "recovery_code", "revocation"] as const;
const MORE = ["role", "resource", "session", "signing_key"] as const;

const stranger = () => new Person("https://app.example.com");
const statusOf = (page: Promise<Page>) => page.then(({ status }) => status);
const mailed = (servers: Servers, email: string, page: string) => {
  const mails = servers.serving.mails.filter(({ to }) => to === email);
  const links = mails.map(({ text }) => new RegExp(`http\\S+/${page}\\?token=\\S+`).exec(text)?.[0]);
  return links.findLast((link) => link !== undefined) as string;
};
const withAccount = async ({ serving }: Servers, email: string) => {
  const ann = await Holder.withAccount(serving, email);
  await ann.openAccount();
  return ann;
};
const users = ({ serving }: Servers) => serving.identity.administration.users;
const clients = ({ serving }: Servers) => serving.identity.administration.clients;
const roles = ({ serving }: Servers) => serving.identity.administration.roles;

/** A form of the account page. */
const onAccountPage =
  (to: string, typed: (ann: Holder, page: Page) => Record<string, string> = () => ({})): Prepare =>
  async (servers, email) => {
    const ann = await withAccount(servers, email);
    await authorize(await discover(servers.serving, "spa"), email).then(async (authorized) =>
      redeem(await discover(servers.serving, "spa"), authorized),
    );
    return async () => {
      const page = await ann.openAccount();
      return statusOf(ann.person.submit(page, typed(ann, page), {}, to));
    };
  };

const byOperator =
  (act: (servers: Servers, id: string) => Promise<unknown>): Prepare =>
  async (servers, email) => {
    const ann = await withAccount(servers, email);
    const id = await ann.accountId();
    return () => act(servers, id);
  };

const KINDS: readonly (readonly [string, Prepare])[] = [
  [
    "a sign-up",
    async ({ serving }, email) => {
      const person = stranger();
      const page = await person.open(`${serving.issuer}/register`);
      return () => statusOf(person.submit(page, { email, password: PASSWORD }));
    },
  ],
  [
    "a sign-up with the address of an account, answered like any other",
    async (servers, email) => {
      await withAccount(servers, email);
      const person = stranger();
      const page = await person.open(`${servers.serving.issuer}/register`);
      return () => statusOf(person.submit(page, { email, password: OTHER }));
    },
  ],
  [
    "a confirmation",
    async (servers, email) => {
      const person = stranger();
      const page = await person.open(`${servers.serving.issuer}/register`);
      await person.submit(page, { email, password: PASSWORD });
      const asked = await person.open(mailed(servers, email, "verify"));
      return () => statusOf(person.submit(asked, {}));
    },
  ],
  [
    "a password by a link",
    async (servers, email) => {
      await withAccount(servers, email);
      await servers.serving.identity.accounts.requestReset(email);
      const person = stranger();
      const page = await person.open(mailed(servers, email, "reset"));
      return () => statusOf(person.submit(page, { password: OTHER }));
    },
  ],
  [
    "a wish for another address",
    async (servers, email) => {
      const ann = await withAccount(servers, email);
      const page = await ann.openAccount("/email");
      return () => statusOf(ann.person.submit(page, { email: `new-${email}`, password: PASSWORD }));
    },
  ],
  [
    "another address",
    async (servers, email) => {
      const ann = await withAccount(servers, email);
      const wished = `new-${email}`;
      await ann.person.submit(await ann.openAccount("/email"), { email: wished, password: PASSWORD });
      const page = await ann.person.open(mailed(servers, wished, "account/email/confirm"));
      return () => statusOf(ann.person.submit(page, {}));
    },
  ],
  ["the end of a session", onAccountPage("/end-session")],
  ["the end of all others", onAccountPage("/end-others")],
  ["a sign-out everywhere", onAccountPage("/sign-out")],
  ["access that is withdrawn", onAccountPage("/withdraw", () => ({ client: "spa" }))],
  ["an export", onAccountPage("/export")],
  [
    "an app that is added",
    async (servers, email) => {
      const ann = await withAccount(servers, email);
      const page = await ann.openAccount("/app");
      ann.readSecret(page.text);
      return () => statusOf(ann.person.submit(page, { code: ann.code(), name: "Phone" }));
    },
  ],
  [
    "a passkey that is added",
    async (servers, email) => {
      const ann = await withAccount(servers, email);
      const key = new SoftwareAuthenticator(new URL(servers.serving.issuer).origin);
      return () => ann.addPasskey(key).then(({ status }) => status);
    },
  ],
  [
    "recovery codes",
    async (servers, email) => {
      const ann = await withAccount(servers, email);
      await ann.addApp();
      return async () => statusOf(ann.person.submit(await ann.openAccount(), {}, {}, "/recovery-codes"));
    },
  ],
  [
    "a factor that is removed",
    async (servers, email) => {
      const ann = await withAccount(servers, email);
      await ann.addApp();
      return async () => statusOf(ann.person.submit(await ann.openAccount(), {}, {}, "/remove"));
    },
  ],
  [
    "a session that a gate ends",
    async (servers, email) => {
      const { serving } = servers;
      const config = await discover(serving, "spa");
      await withAccount(servers, email);
      const { access_token: token } = await redeem(config, await authorize(config, email));
      const { sub, sid } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as never;
      const headers = { authorization: `Bearer ${feedKey([serving.secret])}`, "content-type": "application/json" };
      const body = JSON.stringify({ subject: sub, session: sid, by: "token-shared" });
      const url = `${new URL(serving.reachedAt).origin}/ended-sessions`;
      return () => fetch(url, { method: "POST", headers, body }).then(({ status }) => status);
    },
  ],
  ["the signing keys", ({ serving }) => Promise.resolve(() => serving.identity.administration.replaceKeys(OPERATOR))],
  ["an account that is added", (servers, email) => Promise.resolve(() => users(servers).add({ email }, OPERATOR))],
  ["an account that is disabled", byOperator((servers, id) => users(servers).disable(id, OPERATION))],
  ["an account that is removed", byOperator((servers, id) => users(servers).remove(id, OPERATION))],
  ["a role that is granted", byOperator((servers, id) => users(servers).grant(id, "support", OPERATION))],
  ["a sign-out by an administrator", byOperator((servers, id) => users(servers).signOut(id, OPERATION))],
  [
    "factors that are reset",
    async (servers, email) => {
      const ann = await withAccount(servers, email);
      await ann.addApp();
      const id = await ann.accountId();
      return () => users(servers).resetFactors(id, OPERATION);
    },
  ],
  [
    "an invitation",
    ({ serving }, email) => Promise.resolve(() => serving.identity.invitations.invite(email, ["customer"], OPERATOR)),
  ],
  [
    "an invitation that is withdrawn",
    async ({ serving }, email) => {
      await serving.identity.invitations.invite(email, ["customer"], OPERATOR);
      return () => serving.identity.invitations.withdraw(email, OPERATOR);
    },
  ],
  [
    "a client that is added",
    (servers) => Promise.resolve(() => clients(servers).add("nightly", { profile: "machine" }, OPERATOR)),
  ],
  ["a client's secret", (servers) => Promise.resolve(() => clients(servers).addSecret("job", OPERATOR))],
  ["a role", (servers) => Promise.resolve(() => roles(servers).add("clerk", ["support"], OPERATOR))],
  [
    "the link of the first administrator",
    ({ serving }) => Promise.resolve(() => serving.identity.administration.bootstrap.issue(OPERATOR, true)),
  ],
  [
    "what the configuration keeps",
    ({ serving }, email) =>
      Promise.resolve(() =>
        serving.identity.administration.takeOver({
          roles: ["customer", "support"].map((name) => ({ name, includes: [], permissions: [] })),
          resources: [{ audience: AUDIENCE, scopes: ["orders:read", "orders:write"] }],
          users: [{ email: emailAddress(email) as EmailAddress, roles: [], status: "active", passwordHash: undefined }],
        }),
      ),
  ],
  [
    "keys that are due",
    (servers) => {
      servers.aheadMs += 30 * 86_400_000;
      return Promise.resolve(() => servers.serving.identity.keys.current());
    },
  ],
];

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);

  /** What is there, but for when somebody was seen, and links that nobody got. */
  const standing = async () => {
    const rows = async (table: keyof IdentityTables) =>
      (await servers.serving.rows([table]))
        .map((row) => JSON.stringify({ ...(row as object), seen_at: 0, updated_at: 0 }))
        .toSorted((one, other) => (one < other ? -1 : 1));
    const tables = await Promise.all([...COMPARED, ...MORE].map(async (table) => [table, await rows(table)]));
    const artifacts = (await servers.serving.rows(["artifact"])) as { model: string; account_id: string | null }[];
    const kinds = artifacts.map(({ model, account_id }) => `${model} ${account_id ?? ""}`);
    // Challenges, forms and steps that are under way come and go.
    const kept = kinds.filter((one) => /^(Grant|RefreshToken|EmailChange|PasswordReset|EmailVer|Bootstrap)/.test(one));
    return { ...Object.fromEntries(tables), artifacts: kept.toSorted() } as const;
  };
  const recorded = async () => (await servers.serving.rows(["change"])).length;

  it.runIf(servers.isHere).each(KINDS)("%s", async (name, prepare) => {
    const email = `${name.replaceAll(/\W+/g, "-")}@example.com`;
    const act = await prepare(servers, email);
    const before = [await standing(), await recorded(), servers.serving.mails.length];
    const outcome = await withoutTable("change", servers.serving.identity.artifacts.database, () =>
      act().catch((error: unknown) => String(error)),
    );
    expect(String(outcome)).toMatch(/^500$|change/);
    expect([await standing(), await recorded(), servers.serving.mails.length]).toEqual(before);
    const done = await act();
    expect(typeof done === "number" ? done < 400 : !JSON.stringify(done ?? null).includes("refused")).toBe(true);
    expect(await recorded()).toBeGreaterThan(before[1] as number);
  });
});
