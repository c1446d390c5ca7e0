// Who proved the old password, and is overtaken by a new one, gets nowhere and undoes nothing: also while hashes are renewed at sign-in.
import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { Account } from "../../src/identity/accounts/account-store.ts";
import { PasswordHasher } from "../../src/identity/accounts/password-hash.ts";
import { peppersOf } from "../../src/identity/key-for.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { signUp } from "./flows.ts";
import { PASSWORD } from "./serving.ts";

const NEW = "a brand new sentence";
const secret = () => randomBytes(32).toString("base64url");

/** The next hashing waits until it is let go on. */
function holdNextHash() {
  const begun = Promise.withResolvers<undefined>();
  const mayGoOn = Promise.withResolvers<undefined>();
  const spy = vi.spyOn(PasswordHasher.prototype, "hash");
  spy.mockImplementationOnce(async function held(this: PasswordHasher, password) {
    begun.resolve(undefined);
    await mayGoOn.promise;
    return this.hash(password);
  });
  onTestFinished(() => spy.mockRestore());
  return { begun: begun.promise, goOn: () => mayGoOn.resolve(undefined) };
}

describe.each(DATABASES)("on $name", ({ kind }) => {
  const secrets = [secret(), secret()] as const;
  const servers = serversOn(kind, { secret: secrets });
  let made = 0;
  let email: string;
  let account: Account;

  /** As of the time before the secrets were exchanged. */
  async function holdOldHash() {
    const { accountStore } = servers.serving.identity;
    const ofOld = await new PasswordHasher(peppersOf(secrets.slice(1))).hash(PASSWORD);
    await accountStore.setPassword(account.id, ofOld, null);
    account = (await accountStore.byId(account.id)) as Account;
  }
  const signIn = (password: string) => servers.serving.identity.accounts.signIn(email, password);
  const change = (password: string) =>
    servers.serving.identity.accounts.changePassword(account, { old: PASSWORD, password, device: undefined }, "uid");
  async function resetLink(): Promise<string> {
    const { accounts } = servers.serving.identity;
    await accounts.requestReset(email);
    const mail = servers.serving.mails.findLast(({ to, text }) => to === email && text.includes("/reset?token="));
    return /reset\?token=([\w-]+)/.exec(mail?.text ?? "")?.[1] as string;
  }
  async function reset(): Promise<unknown> {
    const token = await resetLink();
    return servers.serving.identity.accounts.reset(token, NEW);
  }

  beforeEach(async () => {
    if (!servers.isHere) return;
    email = `replaced-${(made += 1)}@example.com`;
    await signUp(servers.serving, email);
    account = (await signIn(PASSWORD)) as Account;
    await holdOldHash();
  });

  it.runIf(servers.isHere).each([
    ["changed", () => change(NEW)],
    ["reset", async () => (typeof (await reset()) === "object" ? "done" : "refused")],
  ])("P10 a sign-in under way with the old password undoes nothing where it was %s", async (_how, replace) => {
    const hashing = holdNextHash();
    const late = signIn(PASSWORD);
    await hashing.begun;
    expect(await replace()).toBe("done");
    hashing.goOn();
    expect(await late).toBeUndefined();
    expect(await signIn(PASSWORD)).toBeUndefined();
    expect(await signIn(NEW)).toMatchObject({ id: account.id });
  });

  it.runIf(servers.isHere)("P10 nor does a change under way that knows the old password undo a reset", async () => {
    const token = await resetLink();
    const hashing = holdNextHash();
    const late = change("what the thief wanted");
    await hashing.begun;
    expect(await servers.serving.identity.accounts.reset(token, NEW)).toMatchObject({ account: { id: account.id } });
    hashing.goOn();
    expect(await late).toBe("old");
    expect(await signIn("what the thief wanted")).toBeUndefined();
    expect(await signIn(NEW)).toMatchObject({ id: account.id });
  });

  it.runIf(servers.isHere)(
    "two sign-ins that renew the hash at once are both let in, and a change beside one is made",
    async () => {
      const first = holdNextHash();
      const late = signIn(PASSWORD);
      await first.begun;
      expect(await signIn(PASSWORD)).toMatchObject({ id: account.id });
      first.goOn();
      expect(await late).toMatchObject({ id: account.id });
      await holdOldHash();
      const second = holdNextHash();
      const changed = change(NEW);
      await second.begun;
      expect(await signIn(PASSWORD)).toMatchObject({ id: account.id });
      second.goOn();
      expect(await changed).toBe("done");
      expect(await signIn(PASSWORD)).toBeUndefined();
      expect(await signIn(NEW)).toMatchObject({ id: account.id });
    },
  );
});
