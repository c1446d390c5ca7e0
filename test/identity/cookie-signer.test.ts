// Guards what the protocol core's cookies are signed with: every secret verifies, the newest signs, and nothing else passes.
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { CookieSigner } from "../../src/identity/provider/cookie-signer.ts";

const [older, newer] = [randomBytes(32), randomBytes(32)];
const COOKIE = "__Host-portcullis-session=abc";

describe("a signature of a cookie", () => {
  it("is accepted, and is what a cookie may hold", () => {
    const signer = new CookieSigner([newer]);
    const signature = signer.sign(COOKIE);
    expect(signature).toMatch(/^[\w-]{43}$/);
    expect([signer.index(COOKIE, signature), signer.verify(COOKIE, signature)]).toEqual([0, true]);
  });
  it("by the secret before is accepted, and told to be older", () => {
    const signature = new CookieSigner([older]).sign(COOKIE);
    expect(new CookieSigner([newer, older]).index(COOKIE, signature)).toBe(1);
    expect(new CookieSigner([newer]).verify(COOKIE, signature)).toBe(false);
  });
  it.each([
    ["of another value", `${COOKIE}d`, (text: string) => text],
    ["of another cookie", COOKIE.replace("session", "resume"), (text: string) => text],
    ["with a letter more", COOKIE, (text: string) => `${text}A`],
    ["with a letter less", COOKIE, (text: string) => text.slice(0, -1)],
    ["in other letters", COOKIE, (text: string) => text.toUpperCase()],
    ["that is none", COOKIE, () => ""],
    ["with letters of several bytes", COOKIE, (text: string) => "\u00e4".repeat(text.length)],
  ])("%s is not", (_what, cookie, changed) => {
    const signer = new CookieSigner([newer, older]);
    expect(signer.index(cookie, changed(signer.sign(COOKIE)))).toBe(-1);
  });
});
