// A server that has no time to look at a password counts no wrong one: whoever comes in a flood of others is not held up behind it (P11, P13).
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { HashingBusyError, PasswordHasher } from "../../src/identity/accounts/password-hash.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { signUp } from "./flows.ts";
import { PASSWORD } from "./serving.ts";

/** More than cost nothing. */
const TRIES = 12;

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);

  it.runIf(servers.isHere)("P11 who was told to come back, again and again, signs in then", async () => {
    const { accounts } = servers.serving.identity;
    await signUp(servers.serving, "ann@example.com");
    const busy = vi.spyOn(PasswordHasher.prototype, "verify").mockRejectedValue(new HashingBusyError());
    onTestFinished(() => busy.mockRestore());
    for (let i = 0; i < TRIES; i += 1) {
      await expect(accounts.signIn("ann@example.com", PASSWORD)).rejects.toThrow(HashingBusyError);
    }
    busy.mockRestore();
    expect(await accounts.signIn("ann@example.com", PASSWORD)).toMatchObject({ email: "ann@example.com" });
  });

  it.runIf(servers.isHere)("P11 wrong ones count as before, and a busy moment frees nobody who waits", async () => {
    const { accounts } = servers.serving.identity;
    await signUp(servers.serving, "bob@example.com");
    servers.standsAtMs = Date.now();
    onTestFinished(() => void (servers.standsAtMs = undefined));
    for (let i = 0; i < 5; i += 1) expect(await accounts.signIn("bob@example.com", "a wrong one here")).toBeUndefined();
    const busy = vi.spyOn(PasswordHasher.prototype, "verify").mockRejectedValue(new HashingBusyError());
    onTestFinished(() => busy.mockRestore());
    expect(await accounts.signIn("bob@example.com", PASSWORD)).toBe(1);
    busy.mockRestore();
    expect(await accounts.signIn("bob@example.com", PASSWORD)).toBe(1);
  });
});
