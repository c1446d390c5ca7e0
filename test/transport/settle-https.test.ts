// Behind proxies that end TLS: only what they call https is settled, whoever asks and whatever the request claims.
import { describe, expect, it } from "vitest";
import { accepted, settle, verdict } from "./incoming.ts";

const BEHIND = { trustedProxies: ["192.0.2.1"], httpsRequired: true };
const FORWARDED = ["X-Forwarded-For", "198.51.100.7"];

describe("a listener behind proxies that end TLS", () => {
  it("takes what its proxy calls https", () => {
    const head = accepted({ lines: [...FORWARDED, "X-Forwarded-Proto", "https"] }, BEHIND);
    expect(head).toMatchObject({ secure: true, clientAddress: "198.51.100.7" });
  });

  it.each([
    ["what its proxy calls http", [...FORWARDED, "X-Forwarded-Proto", "http"]],
    ["a proxy that does not say", FORWARDED],
  ])("refuses %s", (_, lines) => {
    expect(settle({ lines }, BEHIND)).toMatchObject({
      reason: "transport.https-required",
      internal: "the proxy does not say https",
    });
  });

  it("refuses who goes around its proxies and says https himself", () => {
    const around = { peerAddress: "203.0.113.9", lines: ["X-Forwarded-Proto", "https"] };
    expect(verdict(around, BEHIND)).toBe("transport.https-required");
  });

  it("asks nothing of the sort without that setting", () => {
    expect(verdict({}, { trustedProxies: ["192.0.2.1"] })).toBe("accepted");
  });
});
