// The sign-in pages share their origin with the API: their cookies never reach it, and it never sets them (P17).
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:http2";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { identityCookieNames, identityCookies } from "../../src/identity/cookie-names.ts";
import { answerGuard } from "../../src/transport/answer-guard.ts";
import { setsCookie, withoutCookies } from "../../src/transport/withheld-cookies.ts";
import { composed, enter } from "../configuration/composing.ts";
import { ecCertificate } from "./certificates.ts";
import { ask, keep, startOver, startUpstream } from "./harness.ts";

const folder = mkdtempSync(path.join(tmpdir(), "portcullis-cookies-"));
afterAll(() => rmSync(folder, { recursive: true }));

const NAMES = identityCookieNames("https://api.example.com/identity");
const S = "__Host-portcullis-session";
const GATE = { withheldCookies: NAMES, response: [answerGuard({ withheldCookies: NAMES })] };

/** An API that logs its requests, and sets the cookies that it is told to. */
const logging = async (...cookies: string[]) =>
  keep(
    await startUpstream((request, response) => {
      if (cookies.length > 0) response.setHeader("Set-Cookie", cookies);
      request.on("end", () => response.end("ok"));
    }),
  );

describe("the registry", () => {
  it.each(["https://a.example/identity", "http://localhost:1/identity"])(
    "has all of %s, and their signatures",
    (issuer) => {
      const names = identityCookieNames(issuer);
      expect(names.size).toBe(10);
      for (const name of Object.values<string>({ ...identityCookies(issuer) })) {
        expect(names.has(name.toLowerCase())).toBe(true);
        expect(names.has(`${name.toLowerCase()}.sig`)).toBe(true);
        expect(/^__(Host|Secure)-/.test(name)).toBe(issuer.startsWith("https:"));
      }
    },
  );
});

describe("P17 a Cookie field on its way to the API", () => {
  it.each([
    ["only theirs", `${S}=a; ${S}.sig=b`, undefined],
    ["in front", `${S}=a; theme=dark; lang=en`, "theme=dark; lang=en"],
    ["in the middle", `theme=dark; ${S}=a; lang=en`, "theme=dark; lang=en"],
    ["at the end", `theme=dark; lang=en; ${S}=a`, "theme=dark; lang=en"],
    ["all of them", `${[...NAMES].map((name) => `${name}=1`).join("; ")}; a=1`, "a=1"],
    ["without blanks", `a=1;${S}=x;b=2`, "a=1;b=2"],
    ["with odd blanks", `a=1 ;\t ${S} \t= x ;  b = "2" ;c`, 'a=1 ;  b = "2" ;c'],
    ["with empty pairs", `;; ${S}=x;;`, undefined],
    ["twice", `${S}=x; a=1; ${S}=y`, "a=1"],
    ["without a value", `${S}; a=1`, "a=1"],
    ["behind an =", `=${S}=x; a=1`, "a=1"],
    ["behind a blank that only servers cut off", `\u00a0${S}=x; a=1`, "a=1"],
    ["between quotes: the cookie sandwich", `$Version=1; a="x; ${S}=y; b=z"`, '$Version=1; a="x; b=z"'],
    ["none of theirs", ` a=1;;b="x" ; c==`, ` a=1;;b="x" ; c==`],
    [
      "longer and shorter names",
      `${S}s=1; x${S}=2; portcullis-session=3; a=${S}`,
      `${S}s=1; x${S}=2; portcullis-session=3; a=${S}`,
    ],
  ])("%s", (_what, value, left) => {
    expect(withoutCookies(value, NAMES)).toBe(left);
  });
  it("is read in one go however many = it has", () => {
    const before = process.cpuUsage();
    withoutCookies("=".repeat(60_000), NAMES);
    withoutCookies(" ".repeat(60_000), NAMES);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(500);
  });
});

describe("P17 a Set-Cookie of the API", () => {
  it.each([
    `${S}=x; Path=/; Secure`,
    `${S}.sig=x`,
    `  ${S}=x`,
    `\t${S}\t=x`,
    `${S} =x`,
    `=${S}=x`,
    ` = ${S}=x`,
    `__hOsT-portcullis-SESSION=x`,
    `__Host-portcullis-form=x`,
    `__Host-portcullis-device=; Max-Age=0`,
    `__Secure-portcullis-interaction=x; Path=/identity`,
    `__Secure-portcullis-resume.sig=x`,
    `\u00a0${S}=x`,
    S,
  ])("%j would set one of theirs", (value) => expect(setsCookie(value, NAMES)).toBe(true));
  it.each(["a=1", "", ";", `a=${S}=x`, `a; ${S}=x`, `x${S}=1`, "portcullis-session=1"])("%j would not", (value) =>
    expect(setsCookie(value, NAMES)).toBe(false),
  );
});

describe("P17 through the gateway", () => {
  const cookie = `a=1; ${S}=secret; ${S}.sig=secret; b=2`;

  it("the API's log has what a thief needs where nothing keeps it back, and has not where something does", async () => {
    const api = await logging();
    const open = keep(await startOver(api.origin));
    await ask(open.gateway.url, { headers: { cookie } });
    expect(api.seen[0]?.headers.cookie).toBe(cookie);
    const { gateway } = keep(await startOver(api.origin, GATE));
    await ask(gateway.url, { headers: { cookie } });
    await ask(gateway.url, { headers: { cookie: `${S}=secret` } });
    await ask(gateway.url, { headers: { cookie: "a=1;b=2 " } });
    expect(api.seen.slice(1).map(({ headers }) => headers.cookie)).toEqual(["a=1; b=2", undefined, "a=1;b=2"]);
    expect(JSON.stringify(api.seen.slice(1))).not.toContain("secret");
  });

  it("over HTTP/2, in as many crumbs as the client likes", async () => {
    const api = await logging();
    const certificate = await ecCertificate(folder);
    const { gateway } = keep(await startOver(api.origin, GATE, { tls: certificate, drainTimeoutMs: 500 }));
    const client = connect(gateway.url, { ca: certificate.ca });
    onTestFinished(() => client.destroy());
    for (const crumbs of [[cookie], ["a=1", `${S}=secret`, `${S}.sig=secret`, "b=2"], [`${S}=secret`]]) {
      const stream = client.request({ ":path": "/", cookie: crumbs as never });
      expect(((await once(stream, "response")) as [Record<string, unknown>])[0][":status"]).toBe(200);
      stream.close();
    }
    expect(api.seen.map(({ headers }) => headers.cookie)).toEqual(["a=1; b=2", "a=1; b=2", undefined]);
  });

  it("the API sets its own cookies and none of theirs", async () => {
    const api = await logging(`${S}=fixed; Path=/; Secure`, "theme=dark", `=${S}=fixed`, "lang=en; Path=/", `${S} =x`);
    const open = keep(await startOver(api.origin));
    expect((await ask(open.gateway.url)).headers["set-cookie"]).toHaveLength(5);
    const { gateway } = keep(await startOver(api.origin, GATE));
    expect((await ask(gateway.url)).headers["set-cookie"]).toEqual(["theme=dark", "lang=en; Path=/"]);
  });
});

describe("P17 a policy", () => {
  const WRITTEN = `transport: { listen: 8443, tls: terminated-by-proxy, trustedProxies: [10.0.0.1], publicUrl: "https://localhost" }
authentication: { oauth: { issuer: built-in, audience: "https://api.example.com" } }
`;
  const identity = `identity:
  secrets: ["\${KEY}"]
  mail: { smtp: "smtps://mail.example.com", from: a@example.com }
`;
  const env = { KEY: Buffer.alloc(32).toString("base64") };

  it.each([
    ["GET", "/health"],
    ["GET", "/orders/7"],
    ["GET", "/nowhere"],
    ["DELETE", "/orders/7"],
  ])("with identity keeps them from the API at %s %s, and not from identity", async (method, target) => {
    const composition = await composed(WRITTEN + identity, { env, observe: true });
    onTestFinished(() => composition.close());
    const { gate } = enter(composition, method, target);
    expect(gate.destination).toBe("api");
    expect(gate.withheldCookies).toEqual(NAMES);
    const own = enter(composition, "GET", "/identity/account").gate;
    expect([own.destination, own.withheldCookies]).toEqual(["identity", undefined]);
    expect(composition.plans.withheld("health")?.fields).toEqual(["cookies of identity's pages"]);
    const head = (of: typeof gate) => {
      const answer = { origin: "upstream" as const, status: 200, lines: ["Set-Cookie", `${S}=x`] };
      of.response[0]?.head?.(enter(composition, method, target).exchange, answer);
      return answer.lines.includes("Set-Cookie");
    };
    expect([head(gate), head(own)]).toEqual([false, true]);
  });

  it("without identity looks at no cookie", async () => {
    const written = WRITTEN.replace("issuer: built-in", "issuer: https://i.example");
    const composition = await composed(written);
    onTestFinished(() => composition.close());
    expect(enter(composition, "GET", "/health").gate.withheldCookies).toBeUndefined();
    expect(composition.plans.withheld("health")?.fields).toEqual(["authorization", "dpop"]);
  });
});
