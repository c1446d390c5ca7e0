// The first administrator's link, on both databases: good once, not for long, and of no use once there is an administrator.
import { beforeEach, describe, expect, it } from "vitest";
import { ADMINISTRATOR_ROLE } from "../../src/identity/roles/role-store.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { signUp } from "./flows.ts";
import { Person } from "./person.ts";
import { PASSWORD } from "./serving.ts";

const ACTOR = { kind: "command", id: "root" } as const;

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  let count = 0;
  let email = "";

  beforeEach(async () => {
    if (!servers.isHere) return;
    email = `root-${(count += 1)}@example.com`;
    const { users } = servers.serving.identity.administration;
    const { users: all } = await users.search({ role: ADMINISTRATOR_ROLE, limit: 100 });
    for (const { id } of all) await users.remove(id, { actor: ACTOR, evenLast: true });
  });

  const issue = async (another = false): Promise<string> => {
    const made = await servers.serving.identity.administration.bootstrap.issue(ACTOR, another);
    if ("refused" in made) throw new Error(made.refused);
    return made.token;
  };
  const open = (link: string, at = servers.serving) =>
    new Person("https://app.example.com").open(`${at.issuer}/bootstrap?token=${link}`);
  const use = async (link: string, typed: Record<string, string> = {}, at = servers.serving) => {
    const person = new Person("https://app.example.com");
    const page = await person.open(`${at.issuer}/bootstrap?token=${link}`);
    if (page.status !== 200) return page;
    return person.submit(page, { email, password: PASSWORD, ...typed });
  };
  const administrators = async () =>
    (await servers.serving.identity.administration.users.search({ role: ADMINISTRATOR_ROLE, limit: 10 })).users.map(
      (user) => user.email,
    );

  it.runIf(servers.isHere)("makes the account, which signs in, and offers a second factor", async () => {
    const page = await use(await issue());
    expect([page.status, page.text]).toEqual([200, expect.stringContaining("add a second factor")]);
    expect(await administrators()).toEqual([email]);
    const account = await servers.serving.identity.accounts.signIn(email, PASSWORD);
    expect(account).toMatchObject({ email, status: "active" });
    const [created, made] = await servers.serving.identity.changes.list(2, {});
    expect(created).toMatchObject({ what: "created", actor: { kind: "link" }, after: { roles: [ADMINISTRATOR_ROLE] } });
    expect(made).toMatchObject({ what: "link-made", actor: ACTOR });
  });

  it.runIf(servers.isHere)("holds the password to the rules, and is good still", async () => {
    const link = await issue();
    for (const [typed, said] of [
      [{ password: "short" }, "at least 12 characters"],
      [{ password: "password1234" }, "everybody tries first"],
      [{ email: "no address" }, "valid e-mail address"],
    ] as const) {
      const page = await use(link, typed);
      expect([page.status, page.text]).toEqual([400, expect.stringContaining(said)]);
    }
    expect((await use(link)).status).toBe(200);
  });

  it.runIf(servers.isHere)(
    "is good once: of many that use it at once, by two servers, one makes an account",
    async () => {
      const link = await issue();
      const pages = await Promise.all(
        Array.from({ length: 6 }, (_, i) =>
          use(link, { email: `race-${i}-${email}` }, i % 2 === 0 ? servers.serving : servers.other),
        ),
      );
      expect(pages.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(await administrators()).toHaveLength(1);
      expect((await open(link)).status).toBe(400);
    },
  );

  it.runIf(servers.isHere)("looking at it does not use it up", async () => {
    const link = await issue();
    expect([(await open(link)).status, (await open(link)).status]).toEqual([200, 200]);
    expect((await use(link)).status).toBe(200);
  });

  it.runIf(servers.isHere)("ends after a quarter of an hour, and with the next one", async () => {
    const first = await issue();
    const second = await issue();
    expect([(await open(first)).status, (await open(second)).status]).toEqual([400, 200]);
    servers.aheadMs += 900_000;
    expect((await use(second)).status).toBe(400);
    expect(await administrators()).toEqual([]);
  });

  it.runIf(servers.isHere)("is refused once there is an administrator, unless another one is asked for", async () => {
    const early = await issue();
    const { bootstrap, users } = servers.serving.identity.administration;
    const made = await users.add({ email, password: PASSWORD, roles: [ADMINISTRATOR_ROLE] }, ACTOR);
    expect("refused" in made).toBe(false);
    expect((await open(early)).status).toBe(400);
    expect(await bootstrap.redeem(early, `late-${email}`, PASSWORD)).toBe("link");
    expect(await bootstrap.issue(ACTOR, false)).toEqual({ refused: "identity.administrator-known" });
    expect((await use(await issue(true), { email: `other-${email}` })).status).toBe(200);
    expect(await administrators()).toHaveLength(2);
  });

  it.runIf(servers.isHere)(
    "gives nobody's account away: a confirmed one stays, one that was never confirmed is made anew",
    async () => {
      await signUp(servers.serving, email);
      const link = await issue();
      expect((await use(link, { password: "another long password" })).text).toContain("This address has an account");
      expect(await administrators()).toEqual([]);
      const squatted = `squat-${email}`;
      await servers.serving.identity.accounts.register(squatted, "the squatter's password");
      expect((await use(link, { email: squatted })).status).toBe(200);
      expect(await servers.serving.identity.accounts.signIn(squatted, "the squatter's password")).toBeUndefined();
      expect(await administrators()).toEqual([squatted]);
    },
  );

  it.runIf(servers.isHere)("P18 takes no form from elsewhere, and no guess", async () => {
    const link = await issue();
    const send = (fields: Record<string, string>, form: Record<string, string>) =>
      fetch(`${servers.serving.issuer}/bootstrap`, {
        method: "POST",
        body: new URLSearchParams(form),
        headers: fields,
      });
    const form = { bootstrap: link, email, password: PASSWORD, token: "x" };
    expect((await send({ "sec-fetch-site": "cross-site", origin: "https://evil.example" }, form)).status).toBe(403);
    expect((await send({}, form)).status).toBe(403);
    for (const guess of ["", "x", "a".repeat(43)]) expect((await open(guess)).status).toBe(400);
    expect(await administrators()).toEqual([]);
  });

  it.runIf(servers.isHere)("is stored as a keyed hash, and stands in no record", async () => {
    const link = await issue();
    expect(JSON.stringify(await servers.serving.rows(["artifact", "change"]))).not.toContain(link);
  });
});
