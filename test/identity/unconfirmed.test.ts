// Addresses that somebody said to have: nobody keeps the owner from them, or gets in by the owner's confirming; on both databases.
import { describe, expect, it } from "vitest";
import { emailAddress } from "../../src/identity/accounts/email-address.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { PASSWORD } from "./serving.ts";

it.each(["\uff42oss@example.com", "\u017fam@example.com", "o\ufb03ce@example.com", "boss@\uff45xample.com"])(
  "P06 %j is none: it is compared as another than mail would go to",
  (text) => expect(emailAddress(text)).toBeUndefined(),
);

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  const { isHere } = servers;
  const register = async (email: string, password = PASSWORD) => {
    const answer = await fetch(`${servers.serving.issuer}/api/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email, password }),
    });
    return answer.status;
  };
  const tokenIn = (email: string, page: string) =>
    new RegExp(`/${page}\\?token=(\\S+)`).exec(
      servers.serving.mails.findLast(({ to }) => to === email)?.text ?? "",
    )?.[1];
  const accountOf = (email: string, key = email) =>
    servers.serving.identity.accountStore.byEmail({ address: email, key });

  it.runIf(isHere)("P06 a look-alike takes nobody's address: it is refused, and the owner's mail comes", async () => {
    expect(await register("\uff42oss@example.com")).toBe(400);
    expect(await register("boss@example.com")).toBe(202);
    expect(tokenIn("boss@example.com", "verify")).toHaveLength(43);
  });

  it.runIf(isHere).each(["register", "forgotten"])(
    "P06 whoever spelled it as another's first has none of the mail to %s, and the spelling that is proven stays",
    async (by) => {
      const { accountStore, accounts } = servers.serving.identity;
      const email = `owner-${by}@example.com`;
      const spelled = email.replace("o", "\uff4f");
      await accountStore.create({ address: spelled, key: email }, null, null);
      if (by === "register") await register(email);
      else await accounts.requestReset(email);
      expect(servers.serving.mails.filter(({ to }) => to === spelled)).toEqual([]);
      expect(await accounts.reset(tokenIn(email, "reset") ?? "", PASSWORD)).toBeTypeOf("object");
      expect(await accountOf(email)).toMatchObject({ email });
      expect(await accounts.signIn(email, PASSWORD)).toBeTypeOf("object");
    },
  );

  it.runIf(isHere)("what was not confirmed for a week is removed with its links, and the address is free", async () => {
    const { serving } = servers;
    await register("never@example.com");
    await register("disabled@example.com");
    await serving.identity.accounts.add("kept@example.com", PASSWORD);
    const id = (await accountOf("never@example.com"))?.id;
    await serving.identity.accountStore.setStatus((await accountOf("disabled@example.com"))?.id ?? "", "disabled");
    servers.aheadMs = 7 * 86_400_000 - 60_000;
    await serving.identity.accounts.requestReset("never@example.com");
    await serving.identity.maintain();
    expect(await accountOf("never@example.com")).toMatchObject({ id });
    servers.aheadMs = 7 * 86_400_000 + 60_000;
    await servers.other.identity.maintain();
    expect(await accountOf("never@example.com")).toBeUndefined();
    expect(JSON.stringify(await serving.rows(["artifact"]))).not.toContain(id);
    expect(serving.mails.some(({ to }) => to === "never@example.com")).toBe(true);
    expect(await accountOf("kept@example.com")).toBeTypeOf("object");
    expect(await accountOf("disabled@example.com")).toBeTypeOf("object");
    await register("never@example.com");
    expect(tokenIn("never@example.com", "verify")).toHaveLength(43);
  });
});
