// An address that somebody signed up with and never confirmed keeps nobody from it who reads its mail (CWE-283, "pre-hijacking").
import { beforeAll, describe, expect, it } from "vitest";
import { emailAddress, type EmailAddress } from "../../src/identity/accounts/email-address.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { signUp } from "./flows.ts";
import { Holder } from "./holder.ts";
import { OPERATOR, PASSWORD, type Serving } from "./serving.ts";

const SQUATTED = "a sentence of the squatter";

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  describe.skipIf(!servers.isHere)("P07 who changes to an address", () => {
    let serving: Serving;

    beforeAll(() => {
      ({ serving } = servers);
    });
    const byEmail = (email: string) => serving.identity.accountStore.byEmail(emailAddress(email) as EmailAddress);
    const mailTo = (email: string) => serving.mails.findLast(({ to }) => to === email)?.text ?? "";
    const linkTo = (email: string) => /http\S+\/confirm\?token=\S+/.exec(mailTo(email))?.[0] as string;

    async function asked(from: string, email: string): Promise<Holder> {
      const holder = await Holder.withAccount(serving, from);
      const page = await holder.openAccount("/email");
      expect((await holder.person.submit(page, { email, password: PASSWORD })).text).toContain("Look into your mail");
      return holder;
    }

    it("that somebody else signed up with gets it by its mail, and the other sign-up is gone", async () => {
      await serving.identity.accounts.register("ann@new.example", SQUATTED);
      const squatter = await byEmail("ann@new.example");
      const ann = await asked("ann@example.com", "ann@new.example");
      const done = await ann.person.submit(await ann.person.open(linkTo("ann@new.example")), {});
      expect(done.text).toContain("Your e-mail address is changed.");
      expect((await byEmail("ann@new.example"))?.id).toBe(await new Holder(serving, "ann@new.example").accountId());
      expect(await serving.identity.accountStore.byId(squatter?.id ?? "")).toBeUndefined();
      expect(await serving.identity.accounts.signIn("ann@new.example", SQUATTED)).toBeUndefined();
      expect(await serving.identity.accounts.signIn("ann@new.example", PASSWORD)).toBeTypeOf("object");
      const record = await serving.identity.changes.list(5, { target: squatter?.id });
      expect(record[0]?.what).toContain("was confirmed for another");
    });

    it("that the other one confirms meanwhile does not get it", async () => {
      const bob = await asked("bob@example.com", "bob@new.example");
      const link = linkTo("bob@new.example");
      await signUp(serving, "bob@new.example", SQUATTED);
      expect((await bob.person.submit(await bob.person.open(link), {})).status).toBe(400);
      expect(await serving.identity.accounts.signIn("bob@new.example", SQUATTED)).toBeTypeOf("object");
    });

    it("that has a confirmed account is told so by mail only", async () => {
      await signUp(serving, "carl@new.example");
      await asked("carl@example.com", "carl@new.example");
      expect(mailTo("carl@new.example")).toContain("It has an account");
    });

    it("that an administrator has disabled does not get it", async () => {
      await serving.identity.accounts.register("dora@new.example", SQUATTED);
      const id = (await byEmail("dora@new.example"))?.id ?? "";
      await serving.identity.administration.users.disable(id, { actor: OPERATOR });
      await asked("dora@example.com", "dora@new.example");
      expect(mailTo("dora@new.example")).toContain("It has an account");
    });

    it("leaves the other one alone as long as nobody confirms", async () => {
      await serving.identity.accounts.register("emil@new.example", SQUATTED);
      await asked("emil@example.com", "emil@new.example");
      expect(await byEmail("emil@new.example")).toMatchObject({ email_verified_at: null });
    });
  });

  it.runIf(servers.isHere)(
    "P07 an administrator's account takes the place of a sign-up that nobody confirmed",
    async () => {
      const { accounts, accountStore, administration, changes } = servers.serving.identity;
      const email = "fred@example.com";
      await accounts.register(email, SQUATTED);
      const squatter = await accountStore.byEmail(emailAddress(email) as EmailAddress);
      const made = await administration.users.add({ email, password: PASSWORD }, OPERATOR);
      expect(made).toMatchObject({ email, emailVerified: true });
      expect(await accounts.signIn(email, SQUATTED)).toBeUndefined();
      expect(await accounts.signIn(email, PASSWORD)).toMatchObject({ email });
      expect((await changes.list(5, { target: squatter?.id }))[0]).toMatchObject({ what: "removed", actor: OPERATOR });
      expect(await administration.users.add({ email }, OPERATOR)).toMatchObject({ refused: "identity.user-known" });
    },
  );
});
