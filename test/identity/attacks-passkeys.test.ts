// Attacks by passkeys (P15): answers that no honest authenticator gives, or that were given to somebody else.
import { createHash, createVerify, generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { Holder, optionsOf } from "./holder.ts";
import type { Page } from "./person.ts";
import { type Forgery, SoftwareAuthenticator } from "./software-authenticator.ts";

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  const { isHere } = servers;

  const step = async (holder: Holder): Promise<Page> => {
    holder.inNewBrowser();
    return holder.typePassword((await holder.ask()).page);
  };

  const origin = () => new URL(servers.serving.issuer).origin;
  const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  let count = 0;

  const withPasskey = async () => {
    const holder = await Holder.withAccount(servers.serving, `passkey-${(count += 1)}@example.com`);
    const key = new SoftwareAuthenticator(origin());
    await holder.addPasskey(key);
    return { holder, key };
  };

  /** The sign-in page of a new browser, and what it gives to passkeys. */
  const signInPage = async (holder: Holder) => {
    holder.inNewBrowser();
    const { page } = await holder.ask();
    return { page, options: optionsOf(page) };
  };

  it.runIf(isHere)("P15 an honest one is accepted", async () => {
    const { holder, key } = await withPasskey();
    const { page, options } = await signInPage(holder);
    expect((await holder.showPasskey(page, key.get(options))).text).toContain("asks for access");
  });

  it.runIf(isHere).each<[string, Forgery, boolean?]>([
    ["of another origin", { origin: "https://evil.example" }],
    ["of a look-alike origin", { origin: "http://localhost.evil.example" }],
    ["of another port", { origin: "http://localhost:1" }],
    ["of another relying party", { relyingParty: "evil.example" }],
    ["asked for in another site's frame", { crossOrigin: true }],
    ["of another ceremony", { type: "webauthn.create" }],
    ["to a challenge that nobody gave", { challenge: "A".repeat(43) }],
    ["whose counter went back", { counter: 1 }],
    ["whose counter stood still", { counter: 2 }],
    ["whose counter is gone", { counter: 0 }],
    ["whose holder was not verified, as the only factor", { isVerified: false }],
    ["with nobody present", { isPresent: false }],
    ["of somebody else's account", { userHandle: Buffer.from("somebody else").toString("base64url") }],
    ["signed by another key", { key: stranger }, false],
  ])("P15 one %s is refused", async (_what, forgery, isSigned = true) => {
    const { holder, key } = await withPasskey();
    const before = await signInPage(holder);
    expect((await holder.showPasskey(before.page, key.get(before.options))).text).toContain("asks for access");
    const { page, options } = await signInPage(holder);
    const forged = key.get(options, forgery);
    // Whoever looks at the signature alone takes it.
    expect(signatureHolds(forged, key.keys.publicKey)).toBe(isSigned);
    const refused = await holder.showPasskey(page, forged);
    expect([refused.status, refused.text.includes("was not accepted")]).toEqual([401, true]);
    const again = await signInPage(holder);
    expect((await holder.showPasskey(again.page, key.get(again.options))).text).toContain("asks for access");
  });

  it.runIf(isHere)("P15 an answer that comes again is refused, also where its passkey does not count", async () => {
    const holder = await Holder.withAccount(servers.serving, "replay@example.com");
    const key = new SoftwareAuthenticator(origin(), true);
    await holder.addPasskey(key);
    const { page, options } = await signInPage(holder);
    const answer = key.get(options);
    expect((await holder.showPasskey(page, answer)).text).toContain("asks for access");
    expect(signatureHolds(answer, key.keys.publicKey)).toBe(true);
    const { page: next } = await holder.ask({ prompt: "login" });
    expect((await holder.showPasskey(next, answer)).status).toBe(401);
  });

  it.runIf(isHere)("P15 a challenge that another browser was given is refused", async () => {
    const { holder, key } = await withPasskey();
    const victim = await signInPage(holder);
    const answer = key.get(victim.options);
    expect(signatureHolds(answer, key.keys.publicKey)).toBe(true);
    const thief = new Holder(servers.serving, holder.email);
    const { page } = await thief.ask();
    expect((await thief.showPasskey(page, answer)).status).toBe(401);
  });

  it.runIf(isHere)("P15 a challenge for the second step does not sign in alone, nor the other way", async () => {
    const { holder, key } = await withPasskey();
    holder.inNewBrowser();
    const { page } = await holder.ask();
    const second = await holder.typePassword(page);
    const forSecond = key.get(optionsOf(second));
    expect(signatureHolds(forSecond, key.keys.publicKey)).toBe(true);
    const alone = await holder.person.submit(page, { response: forSecond, alone: "yes" }, {}, "/passkey");
    expect(alone.status).toBe(401);
    expect((await holder.showPasskey(second, key.get(optionsOf(page)))).status).toBe(401);
  });

  it.runIf(isHere)("P15 a challenge ends after five minutes", async () => {
    const { holder, key } = await withPasskey();
    const { page, options } = await signInPage(holder);
    servers.aheadMs += 301_000;
    const late = key.get(options);
    expect(signatureHolds(late, key.keys.publicKey)).toBe(true);
    expect((await holder.showPasskey(page, late)).status).toBe(401);
  });

  it.runIf(isHere)("P15 the passkey of another account is no second factor of this one", async () => {
    const { holder } = await withPasskey();
    const { key: foreign } = await withPasskey();
    const page = await step(holder);
    const answer = foreign.get(optionsOf(page));
    expect(signatureHolds(answer, foreign.keys.publicKey)).toBe(true);
    expect((await holder.showPasskey(page, answer)).status).toBe(401);
  });

  it.runIf(isHere)(`P15 two answers with one counter at once: one success`, async () => {
    const { key, holder } = await withPasskey();
    const pages = await Promise.all(
      [1, 2].map(async () => {
        const person = new Holder(servers.serving, holder.email);
        const { page } = await person.ask();
        return { person, page, answer: key.get(optionsOf(page), { counter: 9 }) };
      }),
    );
    expect(pages.map(({ answer }) => signatureHolds(answer, key.keys.publicKey))).toEqual([true, true]);
    const shown = await Promise.all(pages.map(({ person, page, answer }) => person.showPasskey(page, answer)));
    expect(shown.filter(({ text }) => text.includes("asks for access"))).toHaveLength(1);
  });

  it.runIf(isHere).each<[string, Forgery]>([
    ["for another origin", { origin: "https://evil.example" }],
    ["for another relying party", { relyingParty: "evil.example" }],
    ["from another site's frame", { crossOrigin: true }],
    ["of another ceremony", { type: "webauthn.get" }],
    ["to a challenge that nobody gave", { challenge: "A".repeat(43) }],
    ["with nobody present", { isPresent: false }],
  ])("P15 one that was made %s is not added", async (_what, forgery) => {
    const holder = await Holder.withAccount(servers.serving, `made-${(count += 1)}@example.com`);
    const page = await holder.openAccount("/passkey");
    const key = new SoftwareAuthenticator(origin());
    const options = optionsOf(page);
    const answer = await holder.person.submit(page, { response: key.create(options, forgery) });
    expect(answer.status).toBe(400);
    expect(await servers.serving.identity.factors.has(await holder.accountId())).toBe(false);
  });

  it.runIf(isHere)("P15 a registration that comes again, or whose passkey somebody has, is not added", async () => {
    const { holder, key } = await withPasskey();
    const page = await holder.openAccount("/passkey");
    const options = optionsOf(page);
    expect((await holder.person.submit(page, { response: key.create(options) })).status).toBe(400);
    const eve = await Holder.withAccount(servers.serving, "eve-passkey@example.com");
    const own = await eve.openAccount("/passkey");
    const taken = key.create(optionsOf(own));
    expect((await eve.person.submit(own, { response: taken })).status).toBe(400);
    const fresh = new SoftwareAuthenticator(origin());
    const again = await eve.openAccount("/passkey");
    const good = fresh.create(optionsOf(again));
    expect((await eve.person.submit(again, { response: good })).status).toBe(200);
    expect((await eve.person.submit(again, { response: good })).status).toBe(400);
  });

  it.runIf(isHere).each(["", "{", "null", "[]", '{"id":1}', '{"id":"a","response":{"clientDataJSON":"e30"}}'])(
    "P15 %j is no answer, and no fault",
    async (response) => {
      const { holder } = await withPasskey();
      const { page } = await signInPage(holder);
      expect((await holder.showPasskey(page, response)).status).toBe(401);
    },
  );

  it.runIf(isHere)("nothing of this was a fault of the server", () => {
    expect(servers.serving.failures).toEqual([]);
  });
});

function signatureHolds(answer: string, key: KeyObject): boolean {
  const { response } = JSON.parse(answer) as { response: Record<string, string> };
  const [clientData, authData, signature] = ["clientDataJSON", "authenticatorData", "signature"].map((name) =>
    Buffer.from(response[name] ?? "", "base64url"),
  ) as [Buffer, Buffer, Buffer];
  const signed = Buffer.concat([authData, createHash("sha256").update(clientData).digest()]);
  return createVerify("sha256").update(signed).verify(key, signature);
}
