// Where codes may be sent to, as it is written down: what a browser reads otherwise, or what could be anybody's, is none (RFC 9700 4.1).
import { describe, expect, it } from "vitest";
import { isSafeRedirect } from "../../src/identity/clients/redirect-uris.ts";

/** As it is often judged. */
const looksSafe = (uri: string) => /^(https:|http:\/\/localhost[:/])/.test(uri);
/** Where a browser goes that a page of ours sends there. */
const leadsTo = (uri: string) => new URL(uri, "https://api.example.com/identity/auth");

describe("A04 an address that codes are sent to", () => {
  it.each([
    ["http://localhost:80@evil.example/callback", "evil.example"],
    ["http://localhost:secret@evil.example", "evil.example"],
    ["https://app.example.com@evil.example/callback", "evil.example"],
    ["https:app.example.com/callback", "api.example.com"],
    ["https:/app.example.com/callback", "api.example.com"],
  ])("%s is none: a browser goes to %s", (uri, host) => {
    expect([looksSafe(uri), leadsTo(uri).hostname]).toEqual([true, host]);
    expect(isSafeRedirect(uri, "public")).toBe(false);
  });

  it.each([
    "https://app.example.com\\@evil.example/",
    "https://app.example.com/\\evil.example",
    "http://app.example.com/callback",
    "http://localhost.evil.example/callback",
    "http://127.0.0.1.evil.example/",
    "javascript:alert(1)",
    "javascript://app.example.com/%0aalert(1)",
    "data:text/html,x",
    "file:///callback",
    "callback:/",
    "https://*.example.com/",
    "https://app.example.com/#",
  ])("%s is none", (uri) => expect(isSafeRedirect(uri, "public")).toBe(false));

  it.each([
    "https://app.example.com",
    "https://app.example.com?of=ann",
    "https://app.example.com:8443/callback?by=ann@example.com",
    "http://localhost:5173/callback",
    "http://127.0.0.1/callback",
    "http://[::1]:4000/callback",
    "com.example.app:/callback",
    "com.example.app://callback/signed-in",
  ])("%s is one", (uri) => expect(isSafeRedirect(uri, "public")).toBe(true));

  it("a scheme of one's own is a public client's only", () => {
    expect(isSafeRedirect("com.example.app:/callback", "confidential")).toBe(false);
  });
});
