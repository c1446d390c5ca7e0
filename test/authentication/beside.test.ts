// The guard: what a credential means that is sent beside the one that counts (ATTACKS.md J26).
import { describe, expect, it } from "vitest";
import { authenticationGuard } from "../../src/authentication/authentication-guard.ts";
import type { Authenticator } from "../../src/authentication/authenticator.ts";
import { request } from "./requests.ts";
import { absent, alternativesOf, failed, judge, proven } from "./saying.ts";

describe("J26 what is sent beside the credential that counts", () => {
  const of = (carriedBy: string, authenticator: Authenticator): Authenticator => ({ ...authenticator, carriedBy });
  const either = [{ key: [] }, { a: [] }];
  const key = of("x-api-key", proven("key", "k"));

  it("is refused where it failed, whichever alternative holds and comes first", async () => {
    for (const written of [either, [{ a: [] }, { key: [] }], [{ key: ["x"] }, { a: [] }], [{}, ...either]]) {
      expect(await judge(written, [key, failed("a")])).toBe("signature-invalid");
    }
    const foreign = failed("a", "authentication.issuer-rejected");
    expect(await judge(either, [key, foreign])).toBe("issuer-rejected");
    const cookie = of("cookie sid", failed("a", "authentication.credentials-malformed"));
    expect(await judge(either, [key, cookie])).toBe("credentials-malformed");
  });

  it("is no failure where what it is carried by holds for another scheme, or where nothing was sent", async () => {
    const three = [...either, { b: [] }];
    const foreign = failed("b", "authentication.issuer-rejected");
    expect(await judge(three, [key, proven("a", "u"), foreign])).toBe("key k");
    expect(await judge(three, [of("x-api-key", absent("key")), proven("a", "u"), foreign])).toBe("a u");
    expect(await judge(three, [key, absent("a"), absent("b")])).toBe("key k");
    expect(await judge(three, [key, failed("a"), foreign])).toBe("signature-invalid");
  });

  it("goes no further where nobody could judge it: its field is withheld, or it is refused", async () => {
    const away = failed("a", "authentication.keys-unavailable");
    expect(await judge(either, [key, away])).toBe("key k");
    expect(await judge(either, [of("x-api-key", absent("key")), away])).toBe("keys-unavailable");
    expect(await judge([{}, { a: [] }], [away])).toBe("keys-unavailable");
    expect(await judge(either, [key, of("cookie sid", away)])).toBe("keys-unavailable");
  });

  it.each([
    ["in an outage", failed("a", "authentication.keys-unavailable"), ["authorization"], 1],
    ["of another authentication scheme", absent("a"), ["authorization"], 0],
    ["that was proven", proven("a", "u"), [], 0],
  ])("is withheld or goes on: %s", async (_which, other, withheld, notes) => {
    const fields = ["Authorization", "any", "X-API-Key", "k"];
    for (const mode of ["enforce", "monitor"] as const) {
      const exchange = request(fields);
      const authenticators = new Map([key, other].map((one) => [one.scheme, one]));
      await authenticationGuard({ alternatives: alternativesOf(either), authenticators, mode }).check(exchange);
      expect(exchange.principal.subject).toBe("k");
      expect(exchange.withheldFields).toEqual(mode === "enforce" ? withheld : []);
      expect(exchange.notes.filter(({ kind }) => kind === "not-judged")).toHaveLength(mode === "enforce" ? notes : 0);
    }
  });
});
