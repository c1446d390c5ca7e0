// An account that is removed or disabled while a request of its session is under way: the browser is nobody's then, and asked to sign in.
import { describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { Holder } from "./holder.ts";
import { requestUrl } from "./request-url.ts";
import { PASSWORD } from "./serving.ts";

const ENDS = ["removed", "disabled"] as const;

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);

  /** Signed in, with a client that has access. */
  async function signedIn(email: string) {
    const holder = await Holder.withAccount(servers.serving, email);
    const asked = await holder.ask();
    await holder.allow(asked, await holder.typePassword(asked.page));
    return { holder, id: await holder.accountId() };
  }

  /** The core looks for the account behind the session: between the two it ends. */
  function endsMeanwhile(id: string, how: (typeof ENDS)[number]): void {
    const { accountStore, administration } = servers.serving.identity;
    const byId = accountStore.byId.bind(accountStore);
    let isEnding = false;
    accountStore.byId = async (asked) => {
      if (asked === id && !isEnding) {
        isEnding = true;
        const options = { actor: { kind: "command", id: "root" } } as const;
        await (how === "removed"
          ? administration.users.remove(id, options)
          : administration.users.disable(id, options));
        accountStore.byId = byId;
      }
      return byId(asked);
    };
  }

  it.runIf(servers.isHere).each(ENDS)("%s: the request leads to the sign-in, and that works", async (how) => {
    const { serving } = servers;
    const { holder, id } = await signedIn(`gone-${how}@example.com`);
    const other = await Holder.withAccount(serving, `other-${how}@example.com`);
    endsMeanwhile(id, how);
    const page = await holder.person.open(requestUrl(servers.serving));
    expect(page.text).toContain("Sign in to The");
    const consent = await holder.person.submit(page, { email: other.email, password: PASSWORD });
    expect(consent.text).toContain(other.email);
    const { url } = await holder.person.submit(consent, { answer: "allow" });
    expect(new URL(url).searchParams.has("code")).toBe(true);
    expect(serving.failures).toEqual([]);
  });

  it.runIf(servers.isHere).each(ENDS)("%s: a client that asks silently hears that a sign-in is needed", async (how) => {
    const { serving } = servers;
    const { holder, id } = await signedIn(`silent-${how}@example.com`);
    endsMeanwhile(id, how);
    const { url } = await holder.person.open(requestUrl(servers.serving, { prompt: "none" }));
    expect(new URL(url).searchParams.get("error")).toBe("login_required");
    expect(serving.failures).toEqual([]);
  });

  it.runIf(servers.isHere).each(ENDS)("%s behind the password: nobody is signed in", async (how) => {
    const { serving } = servers;
    const holder = await Holder.withAccount(serving, `proven-${how}@example.com`);
    const id = await holder.accountId();
    const page = await holder.person.open(requestUrl(servers.serving));
    endsMeanwhile(id, how);
    const answer = await holder.typePassword(page);
    expect(answer.text).toContain("Sign in to The");
    expect((await holder.person.open(`${serving.issuer}/account`)).text).toContain("Sign in to your account");
    expect(serving.failures).toEqual([]);
  });

  it.runIf(servers.isHere)("the session that was under way is nobody's, and does not come back", async () => {
    const { serving } = servers;
    const { holder, id } = await signedIn("back@example.com");
    endsMeanwhile(id, "disabled");
    await holder.person.open(requestUrl(servers.serving));
    await serving.identity.administration.users.enable(id, { actor: { kind: "command", id: "root" } });
    expect(await serving.identity.sessions.list(id)).toEqual([]);
    expect((await holder.person.open(requestUrl(servers.serving))).text).toContain("Sign in to The");
  });
});
