// How long a browser stays signed in: from the sign-in on, however often it comes, and what was given in the session no longer (OWASP ASVS 5.0, 7.3.2).
import * as client from "openid-client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { askForTokens, discover } from "./flows.ts";
import { Holder } from "./holder.ts";
import { REDIRECT } from "./serving.ts";

const HOUR_MS = 3_600_000;

// The core tells the time by the machine's clock, and by no other.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());
const hoursLater = (hours: number) => vi.setSystemTime(Date.now() + hours * HOUR_MS);

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);

  /** What an application hears that asks in the background. */
  async function silently(holder: Holder): Promise<string> {
    const config = await discover(servers.serving, "spa");
    const { href } = client.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT,
      scope: "openid orders:read",
      prompt: "none",
      code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
      code_challenge_method: "S256",
    });
    const back = new URL((await holder.person.open(href)).url).searchParams;
    return back.get("error") ?? (back.has("code") ? "a code" : "nothing");
  }

  it.runIf(servers.isHere)("P17 a session that is used every hour ends a day after the sign-in", async () => {
    const { serving } = servers;
    const holder = await Holder.withAccount(serving, "ann@example.com");
    const asked = await holder.ask();
    const tokens = await holder.allow(asked, await holder.typePassword(asked.page));
    let refresh = tokens.refresh_token ?? "";
    const heard: string[] = [];
    for (let hour = 1; hour <= 25; hour += 1) {
      hoursLater(1);
      heard.push(await silently(holder));
      if (hour % 12 !== 0) continue;
      const { body } = await askForTokens(serving, {
        grant_type: "refresh_token",
        client_id: "spa",
        refresh_token: refresh,
      });
      if (typeof body["refresh_token"] === "string") refresh = body["refresh_token"];
    }
    expect(heard).toEqual([...Array.from({ length: 23 }, () => "a code"), "login_required", "login_required"]);
    const last = await askForTokens(serving, { grant_type: "refresh_token", client_id: "spa", refresh_token: refresh });
    expect(last).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    expect(await serving.identity.sessions.list(await holder.accountId())).toEqual([]);
  });

  it.runIf(servers.isHere)("P17 who signs in again meanwhile stays as long as ever from then on", async () => {
    const holder = await Holder.withAccount(servers.serving, "bob@example.com");
    const first = await holder.ask();
    await holder.allow(first, await holder.typePassword(first.page));
    hoursLater(23);
    expect(await silently(holder)).toBe("a code");
    const again = await holder.ask({ prompt: "login consent" });
    await holder.allow(again, await holder.typePassword(again.page));
    hoursLater(23);
    expect(await silently(holder)).toBe("a code");
    hoursLater(2);
    expect(await silently(holder)).toBe("login_required");
  });
});
