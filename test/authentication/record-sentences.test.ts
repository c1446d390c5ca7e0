// What the record says of a refused token: the cause, in bounded words, and of unverified claims never the value.
import { describe, expect, it } from "vitest";
import { FakeTime } from "./fake-time.ts";
import { AUDIENCE, forge, ISSUER, makeKey } from "./issuer.ts";
import { authenticatorOf, denied, keysOf } from "./judging.ts";

describe("another issuer's token", () => {
  it.each([
    [ISSUER.slice(0, -1), "iss differs in the slash at its end"],
    [ISSUER.replace("https", "http"), "iss differs in http and https"],
    [
      ISSUER.replace("login", "id"),
      "iss has the same path on another host or port: the issuer is reached by several names",
    ],
    [`${ISSUER}realms/other`, "iss has another path on the same host"],
    ["https://evil.example/x", "iss is another"],
    ["no URL", "iss is another"],
    [7, "iss is another"],
  ])("%s: the record says how it differs and does not repeat it", async (iss, internal) => {
    const time = new FakeTime();
    const key = await makeKey("ES256", "key-1");
    const text = forge(key, JSON.stringify({ alg: "ES256", kid: "key-1", typ: "at+jwt" }), JSON.stringify({ iss }));
    const found = await denied(authenticatorOf(await keysOf(key), time), text);
    expect(found).toMatchObject({ reason: "authentication.issuer-rejected", internal });
  });

  it("an audience is told where it is a plain name, and only so many", async () => {
    const time = new FakeTime();
    const key = await makeKey("ES256", "key-1");
    const authenticator = authenticatorOf(await keysOf(key), time);
    for (const [aud, told] of [
      [["a".repeat(500), 'b"\n', "c", "urn:d", "e"], '"c", "urn:d" and 3 more'],
      ['b"\n', "something else"],
      ["", "something else"],
    ] as const) {
      const claims = { iss: ISSUER, sub: "1", exp: time.seconds + 60, aud };
      const text = forge(key, JSON.stringify({ alg: "ES256", kid: "key-1", typ: "at+jwt" }), JSON.stringify(claims));
      expect((await denied(authenticator, text)).internal).toBe(`aud is ${told}, not "${AUDIENCE}"`);
    }
  });
});
