// G13: pages of other origins. Judged as a browser does it (Fetch 4.9): what it would let a page read, or send.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer } from "../conformance/asking.ts";
import { apiWith, get, HOME, NAIVE, pageReads, pageSends, preflight, without } from "./cors-apis.ts";
import { type Protected, unguarded, WAYS } from "./protected.ts";

const FOREIGN: readonly (readonly [variant: string, origin: string, fooled: keyof typeof NAIVE])[] = [
  ["a foreign origin", "https://evil.example", "reflecting"],
  ["null, of a sandboxed frame", "null", "null"],
  ["null, reflected", "null", "reflecting"],
  ["a suffix look-alike", "https://evilapp.example.com", "suffix"],
  ["a subdomain", "https://evil.app.example.com", "suffix"],
  ["a prefix look-alike", `${HOME}.evil.example`, "prefix"],
  ["a prefix look-alike by its port", `${HOME}:8443`, "prefix"],
  ["a part", "https://app.example.com.evil.example", "part"],
  ["another character for the dot", "https://appXexample.com", "pattern"],
  ["another scheme", "http://app.example.com", "host"],
  ["another port", "https://app.example.com:8443", "host"],
  ["the listed host without its port", "https://other.example", "reflecting"],
  ["user information", "https://app.example.com@evil.example", "part"],
  ["letter case", "https://APP.example.com", "folding"],
  ["letter case of the scheme", "HTTPS://app.example.com", "folding"],
  ["a slash behind", `${HOME}/`, "prefix"],
  ["two origins", `${HOME} https://evil.example`, "prefix"],
  ["a list", `https://evil.example, ${HOME}`, "suffix"],
  ["an underscore", "https://app.example.com_.evil.example", "prefix"],
];

describe.each(Object.entries(WAYS))("over %s", (_way, protect) => {
  const gates = new Map<string, Protected>();
  const bare = new Map<string, Protected>();
  beforeAll(async () => {
    for (const [name, isAllowed] of Object.entries(NAIVE)) {
      bare.set(name, await unguarded(apiWith(isAllowed)));
      gates.set(name, await protect(apiWith(isAllowed)));
    }
  });
  afterAll(async () => {
    for (const one of [...gates.values(), ...bare.values()]) await one.close();
  });
  const gate = (): Protected => gates.get("reflecting") as Protected;

  it.each(FOREIGN)("G13 %s reads nothing: %s", async (_variant, origin, fooled) => {
    const careless = await (bare.get(fooled) as Protected).ask(get(origin));
    expect(pageReads(origin, careless)).toBe(true);
    const answer = await (gates.get(fooled) as Protected).ask(get(origin));
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    expect(String(answer.headers["vary"])).toMatch(/\borigin\b/i);
  });

  it.each(FOREIGN)("G13 %s sends nothing: %s", async (_variant, origin, fooled) => {
    const careless = await (bare.get(fooled) as Protected).ask(preflight(origin, "PUT"));
    expect(pageSends(origin, careless, "PUT", ["content-type"])).toBe(true);
    const answer = await (gates.get(fooled) as Protected).ask(preflight(origin, "PUT"));
    expect(answer.status).toBe(403);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    expect(answer.body).toContain("transport.cors-refused");
  });

  it("G13 the page that is listed reads the answer, with the fields that are declared, and nothing that the API says of it", async () => {
    const answer = await gate().ask(get(HOME));
    expect(pageReads(HOME, answer)).toBe(true);
    expect(answer.headers["access-control-expose-headers"]).toBe(
      "X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, WWW-Authenticate, x-total",
    );
    expect(JSON.stringify(answer.headers)).not.toContain("X-Secret");
    expect(answer.headers["vary"]).toBe("Accept, Origin");
    expect((await gate().ask(get("https://other.example:8443"))).headers["access-control-allow-origin"]).toBe(
      "https://other.example:8443",
    );
  });

  it("G13 a preflight is answered by the gate, before anybody is asked who they are", async () => {
    const answer = await gate().ask(preflight(HOME, "PUT", "content-type, authorization,x-own"));
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 204, body: "" });
    expect(pageSends(HOME, answer, "PUT", ["content-type", "authorization", "x-own"])).toBe(true);
    expect(answer.headers).toMatchObject({
      "access-control-allow-methods": "GET, HEAD, PUT",
      "access-control-max-age": "60",
      "cache-control": "no-store",
      vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    });
    expect(gate().events().at(-1)).toMatchObject({
      http: { request: { method: "OPTIONS" }, response: { status_code: 204 } },
      portcullis: { operation: { id: "putMe" } },
    });
  });

  it.each([
    ["a method that the document does not have", preflight(HOME, "PATCH"), 405],
    ["a method in another letter case", preflight(HOME, "put"), 405],
    ["a path that the document does not have", preflight(HOME, "GET", "", "/admin"), 404],
    ["an operation whose setting is off", preflight(HOME, "DELETE", "authorization"), 405],
    ["a field that nobody declares", preflight(HOME, "PUT", "content-type, x-evil"), 403],
    ["a field by a wildcard", preflight(HOME, "PUT", "*"), 403],
    ["no origin", { ...preflight(HOME, "PUT"), headers: { "access-control-request-method": "PUT" } }, 405],
    ["no method asked for", { ...preflight(HOME, "PUT"), headers: { origin: HOME } }, 405],
  ])("G13 nothing is sent for %s", async (_variant, asking, status) => {
    const answer = await gate().ask(asking);
    expect(answer.status).toBe(status);
    expect(pageSends(HOME, answer, "PUT", [])).toBe(false);
    expect(answer.headers["access-control-allow-methods"]).toBeUndefined();
  });

  it("G13 a page can read why it was refused", async () => {
    const denied = [
      await gate().ask({ method: "PUT", path: "/me", headers: { origin: HOME } }),
      await gate().ask(get(HOME, { "x-trace": "aaaa" })),
      await gate().ask({ method: "GET", path: "/nowhere", headers: { origin: HOME } }),
      await gate().ask({ method: "POST", path: "/me", headers: { origin: HOME } }),
    ];
    for (let i = 0; i < 2; i += 1) denied.push(await gate().ask({ ...get(HOME), path: "/few" }));
    expect(denied.map(({ status }) => status)).toEqual([401, 400, 404, 405, 200, 429]);
    expect(denied.map((answer) => pageReads(HOME, answer))).toEqual(denied.map(() => true));
    const readable = String(denied[5]?.headers["access-control-expose-headers"]).split(", ");
    expect(readable).toEqual(expect.arrayContaining(["Retry-After", "RateLimit", "RateLimit-Policy", "X-Request-Id"]));
    expect(denied[0]?.headers["www-authenticate"]).toMatch(/^Bearer/);
    expect(pageReads("https://evil.example", denied[0] as Answer)).toBe(false);
  });

  it("G13 every page reads what is for every page, without credentials", async () => {
    const asking = { method: "GET", path: "/public", headers: { origin: "https://any.example" } };
    const answer = await gate().ask(asking);
    expect(answer.headers["access-control-allow-origin"]).toBe("*");
    expect(answer.headers["vary"]).toBeUndefined();
    expect(pageReads("https://any.example", answer, false)).toBe(true);
    expect(pageReads("https://any.example", answer, true)).toBe(false);
  });

  it("G13 two Origin fields are refused", async () => {
    const answer = await gate().ask({ ...get(undefined), headers: { origin: [HOME, "null"] as never } });
    expect([400, 403]).toContain(answer.status);
    expect(pageReads(HOME, answer)).toBe(false);
  });

  it("G13 without its guards the API's own answers pass, and preflights reach it", async () => {
    const off = await protect({ ...apiWith(() => true), change: without("transport.cors") });
    expect(pageReads("https://evil.example", await off.ask(get("https://evil.example")))).toBe(true);
    await off.close();
    const open = await protect({ ...apiWith(() => true), change: without("transport.cors-preflight") });
    const answer = await open.ask(preflight("https://evil.example", "PUT"));
    expect(pageSends("https://evil.example", answer, "PUT", ["content-type"])).toBe(true);
    await open.close();
  });
});
