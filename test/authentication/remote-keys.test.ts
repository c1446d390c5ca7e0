// Keys by JWKS address: rotation, floods of unknown keys, and outages (ATTACKS.md J08, J11, J28).
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SystemEvent } from "../../src/core/record.ts";
import { type KeySource, remoteKeys } from "../../src/authentication/index.ts";
import { ProblemsError } from "../../src/openapi/located.ts";
import { FakeTime } from "./fake-time.ts";
import { claimsAt, forge, headerText, issue, makeKey, type TestKey } from "./issuer.ts";
import { authenticatorOf, denied, verdict } from "./judging.ts";
import { KeyServer, settled } from "./key-server.ts";

const URL = "https://login.example.com/keys";
const UNKNOWN = "authentication.key-unknown";
const UNAVAILABLE = "authentication.keys-unavailable";
const MINUTE = 60_000;
let first: TestKey;
let second: TestKey;
let time: FakeTime;
let server: KeyServer;
let events: SystemEvent[];
let keys: KeySource;

beforeAll(async () => {
  first = await makeKey("ES256", "first");
  second = await makeKey("EdDSA", "second");
});

beforeEach(() => {
  time = new FakeTime();
  server = new KeyServer();
  server.publish(first);
  events = [];
  keys = remoteKeys({
    jwksUrl: URL,
    fetchJson: server.fetchJson,
    clock: time,
    schedule: time.schedule,
    random: () => 1,
    onEvent: (event) => events.push(event),
  });
});

afterEach(() => keys.close());

const tokenOf = (key: TestKey, kid = key.kid): Promise<string> =>
  issue(key, claimsAt(time.seconds, { exp: time.seconds + 86_400 }), { kid });

async function pass(ms: number): Promise<void> {
  time.pass(ms);
  await settled();
}

describe("loading", () => {
  it("begins with ready or the first token, never before", async () => {
    await pass(MINUTE);
    expect(server.asked).toEqual([]);
    expect(keys.state()).toBe("loading");
    const authenticator = authenticatorOf(keys, time);
    server.hold();
    const both = [verdict(authenticator, await tokenOf(first)), verdict(authenticator, await tokenOf(first))];
    await settled();
    server.release();
    expect(await Promise.all(both)).toEqual(["accepted", "accepted"]);
    expect(server.asked).toEqual([URL]);
    expect(keys.state()).toBe("fresh");
    expect(events.map((event) => event.action)).toEqual(["authentication.keys-loaded"]);
  });

  it("tries again with growing pauses until it succeeds; meanwhile 503 with Retry-After, never 401", async () => {
    server.fail();
    const ready = keys.ready();
    await settled();
    const authenticator = authenticatorOf(keys, time);
    const starts: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      const denial = await denied(authenticator, await tokenOf(first));
      expect(denial.reason).toBe(UNAVAILABLE);
      const [name, seconds] = denial.lines as [string, string];
      expect(name).toBe("Retry-After");
      starts.push(Number(seconds));
      const before = server.asked.length;
      await pass(Number(seconds) * 1_000 - 1);
      expect(server.asked.length).toBe(before); // requests do not hurry it
      await pass(1);
      expect(server.asked.length).toBe(before + 1);
    }
    expect(starts).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(events.filter((event) => event.level === "warn")).toHaveLength(1);
    server.publish(first);
    await pass(MINUTE);
    await ready;
    expect(await verdict(authenticator, await tokenOf(first))).toBe("accepted");
  });

  it("rejects ready when closed before", async () => {
    server.fail();
    const ready = keys.ready();
    await settled();
    keys.close();
    await expect(ready).rejects.toThrow(/closed/);
    expect(time.timers).toBe(0);
  });
});

describe("unknown keys", () => {
  it("J11 a flood of unknown kids causes at most one load in 30 seconds", async () => {
    await keys.ready();
    const authenticator = authenticatorOf(keys, time);
    const flood = async (count: number): Promise<void> => {
      const tokens = Array.from({ length: count }, (_, i) =>
        forge(first, headerText(first, { kid: `x${i}` }), JSON.stringify(claimsAt(time.seconds))),
      );
      const verdicts = await Promise.all(tokens.map((token) => verdict(authenticator, token)));
      expect(new Set(verdicts)).toEqual(new Set([UNKNOWN]));
    };
    await flood(200);
    expect(server.asked).toHaveLength(2); // the first that was unknown, and one load for it
    time.jump(29_999);
    await flood(200);
    expect(server.asked).toHaveLength(2);
    time.jump(1);
    await flood(200);
    expect(server.asked).toHaveLength(3);
    for (let second = 0; second < 120; second += 1) {
      time.jump(1_000);
      await flood(3);
    }
    expect(server.asked).toHaveLength(7);
  });

  it("J11 a token of another issuer or algorithm causes no load at all", async () => {
    await keys.ready();
    time.jump(MINUTE);
    const authenticator = authenticatorOf(keys, time);
    const other = claimsAt(time.seconds, { iss: "https://other.example.com/" });
    expect(await verdict(authenticator, await issue(second, other))).toBe("authentication.issuer-rejected");
    const unfit = forge(second, headerText(second, { kid: "first" }), JSON.stringify(claimsAt(time.seconds)));
    expect(await verdict(authenticator, unfit)).toBe("authentication.algorithm-rejected");
    expect(server.asked).toHaveLength(1);
  });

  it("J08 nothing but the configured address is ever asked", async () => {
    await keys.ready();
    const authenticator = authenticatorOf(keys, time);
    for (const name of ["jku", "x5u"]) {
      time.jump(MINUTE);
      const header = { [name]: "https://attacker.example/keys", kid: "attacker" };
      const token = forge(second, headerText(second, header), JSON.stringify(claimsAt(time.seconds)));
      expect(await verdict(authenticator, token)).toBe(UNKNOWN);
    }
    expect(server.asked).toEqual([URL, URL, URL]);
  });

  it("finds a new key when a token first brings it", async () => {
    await keys.ready();
    server.publish(first, second); // right after they were loaded, as an issuer that makes keys when they are needed
    const authenticator = authenticatorOf(keys, time);
    expect(await verdict(authenticator, await tokenOf(second))).toBe("accepted");
    expect(server.asked).toHaveLength(2);
  });

  it("J11 looks once more where a load under way had read the set before the key was made", async () => {
    const authenticator = authenticatorOf(keys, time);
    server.hold();
    const tokens = await Promise.all([tokenOf(first, "x"), tokenOf(second), tokenOf(second), tokenOf(first, "y")]);
    const verdicts = tokens.map((token) => verdict(authenticator, token));
    server.release(); // the set without the second key
    server.publish(first, second);
    expect(await Promise.all(verdicts)).toEqual([UNKNOWN, "accepted", "accepted", UNKNOWN]);
    expect(server.asked).toHaveLength(2);
  });
});

describe("rotation", () => {
  it("J28 a rotated-out key counts until the next refresh, cached tokens with it", async () => {
    await keys.ready();
    const authenticator = authenticatorOf(keys, time);
    const old = await tokenOf(first);
    expect(await verdict(authenticator, old)).toBe("accepted");
    server.publish(second);
    await pass(5 * MINUTE - 30_000);
    expect(await verdict(authenticator, old)).toBe("accepted"); // cached anew half a minute before the refresh
    await pass(30_000);
    expect(await verdict(authenticator, old)).toBe(UNKNOWN);
    expect(await verdict(authenticator, await tokenOf(second))).toBe("accepted");
    expect(events.at(-1)?.message).toMatch(/1 new, 1 gone/);
  });

  it("J28 another key under the same kid replaces it", async () => {
    await keys.ready();
    const authenticator = authenticatorOf(keys, time);
    const token = await tokenOf(first);
    expect(await verdict(authenticator, token)).toBe("accepted");
    const heir = await makeKey("ES256", "first");
    server.publish(heir);
    await pass(5 * MINUTE);
    expect(await verdict(authenticator, token)).toBe("authentication.signature-invalid");
    expect(await verdict(authenticator, await tokenOf(heir))).toBe("accepted");
  });

  it("keeps what was verified while its key stays", async () => {
    await keys.ready();
    let looked = 0;
    const watched = {
      ...keys,
      name: "",
      algorithms: keys.algorithms,
      needsKid: true,
      ...methodsOf(keys, () => (looked += 1)),
    };
    const authenticator = authenticatorOf(watched, time);
    await pass(5 * MINUTE - 1);
    const token = await tokenOf(first);
    await verdict(authenticator, token);
    await pass(2);
    expect(server.asked).toHaveLength(2);
    expect(await verdict(authenticator, token)).toBe("accepted");
    expect(looked).toBe(1);
  });
});

describe("outage", () => {
  it("J28 known keys serve for an hour, then 503, never 401", async () => {
    await keys.ready();
    server.fail();
    const authenticator = authenticatorOf(keys, time);
    const token = await tokenOf(first);
    const late = await issue(first, claimsAt(time.seconds, { exp: time.seconds + 86_400, jti: "late" }));
    await pass(5 * MINUTE);
    expect(keys.state()).toBe("stale");
    expect(await verdict(authenticator, token)).toBe("accepted");
    // A key that we do not know may be one that the issuer just made.
    expect(await verdict(authenticator, await tokenOf(second))).toBe(UNAVAILABLE);
    for (let minute = 5; minute < 60; minute += 1) {
      expect(await verdict(authenticator, token)).toBe("accepted");
      await pass(MINUTE - (minute === 59 ? 1 : 0));
    }
    expect(await verdict(authenticator, token)).toBe("accepted"); // the last millisecond
    expect(await verdict(authenticator, late)).toBe("accepted"); // and cached just now
    await pass(1);
    expect(keys.state()).toBe("unavailable");
    expect(await verdict(authenticator, token)).toBe(UNAVAILABLE);
    expect(await verdict(authenticator, late)).toBe(UNAVAILABLE);
    await pass(5 * MINUTE);
    expect(events.filter((event) => event.action === "authentication.keys-unavailable")).toHaveLength(1);
    server.publish(first);
    await pass(MINUTE);
    expect(keys.state()).toBe("fresh");
    expect(await verdict(authenticator, token)).toBe("accepted");
  });

  it("loads before it answers when the machine slept for longer than an hour", async () => {
    await keys.ready();
    const authenticator = authenticatorOf(keys, time);
    const token = await tokenOf(first);
    server.publish(second);
    time.jump(2 * 60 * MINUTE);
    expect(await verdict(authenticator, token)).toBe(UNKNOWN);
    expect(await verdict(authenticator, await tokenOf(second))).toBe("accepted");
  });

  it("takes an empty or broken set for an outage, not for the end of all keys", async () => {
    await keys.ready();
    const authenticator = authenticatorOf(keys, time);
    for (const value of [{ keys: [] }, {}, [], null, "x", { keys: "x" }, { keys: [{ kty: "oct", k: "AAAA" }] }]) {
      server.answer(value);
      await pass(5 * MINUTE);
      expect(keys.state()).toBe("stale");
      expect(await verdict(authenticator, await tokenOf(first))).toBe("accepted");
      server.publish(first);
      await pass(MINUTE);
      expect(keys.state()).toBe("fresh");
    }
  });
});

describe("its address", () => {
  it("must be an absolute http(s) URL without credentials", () => {
    for (const jwksUrl of ["keys.json", "file:///etc/keys", "https://user:pw@host/keys", "https://host/keys#x", ""]) {
      expect(() => remoteKeys({ jwksUrl, fetchJson: server.fetchJson, clock: time })).toThrow(ProblemsError);
    }
    expect(() => remoteKeys({ issuer: "https://host/?x", fetchJson: server.fetchJson, clock: time })).toThrow(
      ProblemsError,
    );
    expect(() => remoteKeys({ fetchJson: server.fetchJson, clock: time })).toThrow(ProblemsError);
  });
});

function methodsOf(source: KeySource, onFind: () => void) {
  return {
    ready: () => source.ready(),
    state: () => source.state(),
    find: (...args: Parameters<KeySource["find"]>) => {
      onFind();
      return source.find(...args);
    },
    usableUntilMs: () => source.usableUntilMs(),
    retryAfterSeconds: () => source.retryAfterSeconds(),
    close: () => source.close(),
  };
}
