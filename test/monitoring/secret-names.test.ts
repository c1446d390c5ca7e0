// One list of names stands for secrets, wherever a name stands: as a field, within one, before `=` or `:`, in JSON within a text.
import { describe, expect, it } from "vitest";
import { applicationJson } from "../../src/monitoring/application-event.ts";
import { maskedSentence } from "../../src/monitoring/masking.ts";
import { isSecretName } from "../../src/monitoring/secret-names.ts";
import { exchangeOf } from "./exchanges.ts";
import { record } from "./record.ts";

/** Not opaque enough to be masked for what it looks like. */
const VALUE = "hunter2";

const SECRET = `
  cookie set-cookie Cookie cookies authorization Proxy-Authorization authorizationHeader pwd userPwd
  PWD passcode passCode pass_code pin PIN userPin pin_code card-pin session userSession sessionId
  session_id session-id SESSIONID jsessionid PHPSESSID jwt idJwt JWT assertion client_assertion
  privateKey private_key private-key PRIVATE_KEY password password2 userpassword password_hash
  accesstoken JWTToken accessToken tokenId apiKey X-Api-Key APIKey clientSecret signature otp totp
  credentials accessKey
`
  .trim()
  .split(/\s+/);
const HARMLESS = `
  pinned spinner pins spin shipping pinCount sessionCount sessions obsession tokenType token_type
  tokenizer tokenCount tokenExpiresAt TokenExpiredError passwordLength cookiePolicy secretary stopTime
  key publicKey id author authorized assert cookied
`
  .trim()
  .split(/\s+/);

const lineOf = (fields: Record<string, unknown>, message = "m") =>
  applicationJson({ level: "info", message, fields }, undefined, {
    timestamp: "2026-11-26T00:00:00.000Z",
    id: "01",
    sequence: 1,
    service: undefined,
  });

/** Each way in which a value stands behind its name. */
const PLACES: readonly (readonly [string, (name: string) => string])[] = [
  ["a field", (name) => lineOf({ [name]: VALUE })],
  ["a field that is an object", (name) => lineOf({ [name]: { a: [VALUE] } })],
  ["a member at any depth", (name) => lineOf({ order: [{ head: { [name]: VALUE } }] })],
  ["name=value in a message", (name) => lineOf({}, `seen ${name}=${VALUE}&page=2`)],
  ["Name: value in a message", (name) => lineOf({}, `seen ${name}: ${VALUE}`)],
  ["name=value in a field", (name) => lineOf({ note: `seen,${name}=${VALUE}` })],
  ["JSON within a message", (name) => lineOf({}, `got ${JSON.stringify({ page: 2, [name]: `a ${VALUE}` })}`)],
  ["an object in JSON within a message", (name) => lineOf({}, JSON.stringify({ [name]: { a: "}", b: [1, VALUE] } }))],
  [
    "JSON within JSON",
    (name) => lineOf({ note: JSON.stringify({ body: JSON.stringify({ [name]: `a "${VALUE}" b` }) }) }),
  ],
  ["a line of JSON within JSON", (name) => lineOf({ note: JSON.stringify({ body: `a\n${name}=${VALUE}` }) })],
];

describe("names of secrets", () => {
  it("are those of the list, however they are written", () => {
    expect(SECRET.filter((name) => !isSecretName(name))).toEqual([]);
    expect(HARMLESS.filter(isSecretName)).toEqual([]);
  });

  it.each(PLACES)("hide the value of %s", (_, written) => {
    expect(SECRET.filter((name) => written(name).includes(VALUE))).toEqual([]);
  });

  it.each(PLACES)("leave that of %s whose name is harmless", (_, written) => {
    expect(HARMLESS.filter((name) => !written(name).includes(VALUE))).toEqual([]);
  });
});

describe("values in a text", () => {
  it.each([
    ["Cookie: a=first; b=SECRET", "Cookie: [masked]"],
    ["Cookie: a=first; flag; b=SECRET then more", "Cookie: [masked] then more"],
    ['Cookie: a="x y; z"; b=SECRET', "Cookie: [masked]"],
    ["set-cookie: sid=SECRET; Path=/; HttpOnly\nHost: a", "set-cookie: [masked]\nHost: a"],
    ['{"cookie":"a=x; b=SECRET","page":2}', '{"cookie":[masked],"page":2}'],
    ['Authorization: Digest username="SECRET", response="SECRET"', "Authorization: [masked]"],
    ["Authorization: ApiKey SECRET", "Authorization: [masked]"],
    ['{"pin":"SECRET without its end', '{"pin":[masked]'],
    ['{"session":{"a":"x","b":"SECRET', '{"session":[masked]'],
    ['{"cookies":["a","]","SECRET"],"page":2}', '{"cookies":[masked],"page":2}'],
    ["user[password]=SECRET&page=2", "user[password]=[masked]&page=2"],
    ["--client-secret=SECRET", "--client-secret=[masked]"],
    ["-----BEGIN RSA PRIVATE KEY-----\nSECRET\n-----END RSA PRIVATE KEY----- read", "[masked] read"],
    ["-----BEGIN PRIVATE KEY----- SECRET/SECRET", "[masked]"],
  ])("are masked whole: %s", (text, shown) => {
    expect(maskedSentence(text)).toBe(shown);
  });

  it.each([
    "TokenExpiredError: the time is over",
    "at check (/srv/app/src/token.ts:12:3)",
    "at Session.cookie (file:///srv/cookie-parser.js:1:2)",
    "pinned: 3, spinner=on, token_type: Bearer",
    "-----BEGIN CERTIFICATE----- abc",
    "a pin is missing; the session has ended",
  ])("stay: %s", (text) => {
    expect(maskedSentence(text)).toBe(text);
  });

  it("hide a key in a stack, whose lines are judged one by one", () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${"abc/SECRET/def+\n".repeat(9)}-----END PRIVATE KEY-----`;
    const error = { type: "Error", message: key, stack: `Error: ${key}\n    at run (a.js:1:2)` };
    const line = applicationJson({ level: "error", message: "m", error }, undefined, {
      timestamp: "2026-11-26T00:00:00.000Z",
      id: "01",
      sequence: 1,
      service: undefined,
    });
    expect(line).not.toContain("SECRET");
    expect(line).toContain("at run (a.js:1:2)");
  });

  it("cost no more than their length", () => {
    const before = process.cpuUsage();
    for (const text of ["pin=", "a ".repeat(9), 'pin:"', "pin:{", 'pin:\\"', "cookie:a;", "pin   ", "-----BEGIN "]) {
      for (let i = 0; i < 20; i += 1) record(exchangeOf({}, ["User-Agent", `${i}${text.repeat(4_000)}`]));
    }
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(2_000);
  });
});

describe("a User-Agent", () => {
  const shown = (agent: string) => record(exchangeOf({}, ["User-Agent", agent])).event.user_agent?.original;

  it("has no assigned secrets and no keys", () => {
    expect(shown("bot/1.0 password=hunter2 x")).toBe("bot/1.0 password=[masked] x");
    expect(shown("bot/1.0 Cookie: a=b; c=hunter2")).toBe("bot/1.0 Cookie: [masked]");
    expect(shown("-----BEGIN PRIVATE KEY----- hunter2/hunter2")).toBe("[masked]");
  });

  it("is shown as it is where it has none", () => {
    const agent = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";
    expect(shown(agent)).toBe(agent);
    expect(shown("shop/1 pinned=yes (+https://example.com/bot?page)")).toContain(
      "pinned=yes (+https://example.com/bot",
    );
  });

  it("is opaque from 32 characters on", () => {
    const opaque = "Zx9Qk2".repeat(6);
    expect(shown(`bot ${opaque.slice(0, 31)}`)).toBe(`bot ${opaque.slice(0, 31)}`);
    expect(shown(`bot ${opaque.slice(0, 32)}`)).toBe("bot [masked]");
  });
});
