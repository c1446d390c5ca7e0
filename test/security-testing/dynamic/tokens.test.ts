// Forged and stale tokens: each that an API believes is found by its rule, and none at an API or a gate that believes none.
import { createHmac, createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Caller } from "../../../src/security-testing/dynamic/callers.ts";
import { tokens } from "../../../src/security-testing/dynamic/probes/tokens.ts";
import type { RequestValues } from "../../../src/security-testing/dynamic/requests.ts";
import type { Subject } from "../../../src/security-testing/dynamic/subject.ts";
import type { Finding } from "../../../src/security-testing/finding.ts";
import { readCompactJws } from "../../../src/cryptography/jws.ts";
import { fires, isSilent } from "./shown.ts";
import { asking, json, MENDED, options } from "./strict-api.ts";
import { found, probed, tiny, type TinyOptions } from "./tiny.ts";
import type { Asked, Routes } from "./tiny-api.ts";

describe("tokens", () => {
  interface Token {
    readonly header: Readonly<Record<string, unknown>>;
    readonly claims: Readonly<Record<string, unknown>>;
    readonly text: string;
    readonly asked: Asked;
    readonly jwk: JsonWebKey;
  }
  type Loosened = (token: Token) => boolean;

  /** An API that is as strict as the gate but for one thing; rules and parameters of what is found. */
  async function rulesAt(loosened: Loosened, more: Partial<TinyOptions> = {}): Promise<string[]> {
    let jwks: readonly object[] = [];
    const api: Routes = {
      "*": (asked) => {
        const text = /^Bearer +(\S+)$/.exec(asked.request.headers.authorization ?? "")?.[1] ?? "";
        const [header = "", payload = ""] = text.split(".");
        const jwk = jwks[0] as JsonWebKey;
        const token = { header: json(header) ?? {}, claims: json(payload) ?? {}, text, asked, jwk };
        if (butFor("", token) || loosened(token)) return { body: [] };
        return { status: 401, headers: { "WWW-Authenticate": "Bearer" } };
      },
    };
    const believes = (keys: readonly object[]) => void (jwks = keys);
    const { findings } = await probed(tokens, await tiny(options(api, { believes, ...more })));
    return findings.map(({ rule, parameter }) => `${rule} ${parameter ?? ""}`.trim()).toSorted();
  }

  function isSigned({ header, text, jwk }: Token): boolean {
    const [head = "", payload = "", signature = ""] = text.split(".");
    const bytes = Buffer.from(signature, "base64url");
    if (header["kid"] !== (jwk as { kid?: string }).kid || bytes.toString("base64url") !== signature) return false;
    const key = createPublicKey({ key: jwk, format: "jwk" });
    return verify("sha256", Buffer.from(`${head}.${payload}`), { key, dsaEncoding: "ieee-p1363" }, bytes);
  }
  const isMac = ({ text }: Token, secret: string): boolean => {
    const [header = "", payload = "", signature = ""] = text.split(".");
    return createHmac("sha256", secret).update(`${header}.${payload}`).digest("base64url") === signature;
  };
  const pem = (jwk: JsonWebKey) =>
    createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "pem" }) as string;
  const header = "header Authorization";
  /** All that is right of a token but for one claim. */
  const butFor = (claim: string, token: Token): boolean => {
    const { iss, aud, exp, nbf = 0, iat } = token.claims;
    const now = Date.now() / 1000;
    const right: Readonly<Record<string, boolean>> = {
      iss: iss === "https://i.example/",
      aud: aud === "https://api.example",
      exp: typeof exp === "number" && exp > now && exp < 1e12,
      nbf: Number(nbf) <= now + 30 && Number(iat) <= now + 30,
      typ: token.header["typ"] === "at+jwt",
      kind: token.claims["nonce"] === undefined && token.claims["events"] === undefined,
    };
    return (
      typeof readCompactJws(token.text) !== "string" &&
      Object.keys(token.header).length === 3 &&
      token.header["alg"] === "ES256" &&
      isSigned(token) &&
      Object.entries(right).every(([name, is]) => is || claim.split(" ").includes(name))
    );
  };

  it.each<readonly [string, Loosened, readonly string[]]>([
    ["all that is forged is refused", () => false, []],
    [
      "none is an algorithm",
      ({ header: { alg } }) => String(alg).toLowerCase() === "none",
      [`dynamic.token-unsigned-accepted ${header}`],
    ],
    ["the public key is a secret", (token) => isMac(token, pem(token.jwk)), [`dynamic.token-key-confusion ${header}`]],
    ["the secret is secret", (token) => isMac(token, "secret"), [`dynamic.token-weak-secret ${header}`]],
    [
      "the token brings its key",
      ({ header: { jwk } }) => jwk !== undefined,
      [`dynamic.token-key-from-token ${header}`],
    ],
    ["nobody looks at iss", (token) => butFor("iss", token), [`dynamic.token-of-another-issuer-accepted ${header}`]],
    ["nobody looks at aud", (token) => butFor("aud", token), [`dynamic.token-of-another-audience-accepted ${header}`]],
    [
      "nobody looks at exp",
      (token) => butFor("exp", token),
      [`dynamic.token-endless-accepted ${header}`, `dynamic.token-expired-accepted ${header}`],
    ],
    ["nobody looks at nbf", (token) => butFor("nbf", token), [`dynamic.token-early-accepted ${header}`]],
    ["nobody looks at typ", (token) => butFor("typ kind", token), [`dynamic.token-of-another-kind-accepted ${header}`]],
    ...["access_token", "token", "jwt"].map((name): readonly [string, Loosened, readonly string[]] => [
      `the token may stand in the address as ${name}`,
      ({ asked: { query } }) => (query.get(name) ?? "").startsWith("ey"),
      [`dynamic.token-in-query-accepted query ${name}`],
    ]),
    [
      "the token may stand in a cookie",
      ({ asked: { request } }) => (request.headers.cookie ?? "").startsWith("access_token=ey"),
      ["dynamic.token-misplaced-accepted header Cookie"],
    ],
  ])("where %s", async (_what, loosened, expected) => {
    expect(await rulesAt(loosened)).toEqual(expected);
  });

  it("the gate refuses all of them in front of an API that believes everything", async () => {
    expect(await rulesAt(() => true, { layer: "gate" })).toEqual([]);
    // Beside it nothing tells good credentials from none: that is the matrix's to say.
    expect(await rulesAt(() => true)).toEqual([]);
  });

  /** What is found where a token that is not believed is refused in these words. */
  async function foundBy(wordsFor: (token: Token) => string): Promise<readonly Finding[]> {
    const api: Routes = {
      "*": (asked) => {
        const text = /^Bearer +(\S+)$/.exec(asked.request.headers.authorization ?? "")?.[1] ?? "";
        const [header = "", payload = ""] = text.split(".");
        const token = { header: json(header) ?? {}, claims: json(payload) ?? {}, text, asked, jwk };
        if (butFor("", token)) return { body: [] };
        return { status: 401, headers: { "WWW-Authenticate": "Bearer" }, body: { error: wordsFor(token) } };
      },
    };
    let jwk: JsonWebKey = {};
    const believes = (keys: readonly object[]) => void (jwk = keys[0] as JsonWebKey);
    return (await probed(tokens, await tiny(options(api, { believes })))).findings;
  }

  it.each<readonly [string, (token: Token) => string]>([
    ["when it ends", ({ claims }) => (Number(claims["exp"]) * 1_000 < Date.now() ? "expired" : "bad token")],
    ["for whom it is", ({ claims }) => (claims["aud"] === "https://api.example" ? "bad token" : "not for us")],
    ["whom it names", ({ claims }) => (String(claims["sub"]).startsWith("nobody") ? "who?" : "bad token")],
  ])("J30 a refusal that answers to what a stranger's token says is found: %s", async (_what, wordsFor) => {
    const findings = await foundBy(wordsFor);
    expect(findings).toHaveLength(1);
    fires(findings, "dynamic.token-oracle");
  });

  it.each<readonly [string, (token: Token) => string]>([
    ["in one word for all", () => "bad token"],
    ["with what was sent in it", ({ text }) => `bad token ${text}`],
  ])("J30 nothing is found where strangers' tokens are refused %s", async (_what, wordsFor) => {
    const findings = await foundBy(wordsFor);
    expect(findings).toEqual([]);
    isSilent(findings, "dynamic.token-oracle");
  });

  it("J20 a token exactly at the skew is let in by the gate, and one just beyond is not", async () => {
    const context = await tiny(options(MENDED, { layer: "gate" }));
    const subject = context.subjects.find(({ operation }) => operation.id === "list") as Subject;
    const values = context.requests.invent(subject) as RequestValues;
    const statusFor = async (callers: readonly { name: string; caller: Caller }[], name: string) => {
      const { caller } = callers.find((one) => one.name.includes(name)) as { caller: Caller };
      return (await context.client.send(context.requests.wire(subject, values, caller))).reply?.status;
    };
    const forged = await context.callers.forged("list");
    for (const name of ["nbf just beyond the skew", "iat just beyond the skew", "that ends now"])
      expect(await statusFor(forged, name)).toBe(401);
    const alike = (await context.callers.alike("list")).map((caller) => ({ name: caller.name, caller }));
    expect(await statusFor(alike, "as far ahead as may be")).toBe(200);
  });

  it("an address in a token is not asked for, or that is found", async () => {
    const fetching: Loosened = ({ header: { jku } }) => {
      if (typeof jku === "string") void fetch(jku).catch(() => undefined);
      return false;
    };
    expect(await rulesAt(fetching)).toEqual([`dynamic.token-key-fetched ${header}`]);
  });

  it("a refusal that does not say how to come in is told", async () => {
    const mute = asking("read", { body: [] });
    const silent = (asked: Asked) => ({ ...mute(asked), headers: {} });
    expect(await found(tokens, options({ ...MENDED, "GET /things": silent }))).toContain("dynamic.challenge-missing");
    expect(await found(tokens, options(MENDED))).not.toContain("dynamic.challenge-missing");
  });

  it("D02 a proof that is taken twice is found, and the gate takes it once", async () => {
    const configuration =
      "authentication:\n  oauth: { issuer: https://i.example/, audience: https://api.example, dpop: require }\n";
    const context = await tiny(options(MENDED, { layer: "gate", configuration }));
    expect((await probed(tokens, context)).findings).toEqual([]);
    const replays = (await context.callers.forged("list")).filter(
      ({ name }) => name === "a proof that was used before",
    );
    expect(replays).toHaveLength(1);
  });
});
