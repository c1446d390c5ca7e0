// Discovery: only the issuer itself says where its keys are.
import { beforeEach, expect, it } from "vitest";
import { discoverJwksUrl, type FetchJson, metadataUrls } from "../../src/authentication/discovery.ts";

const ISSUER = "https://login.example.com/realms/one";
let asked: string[];
let pages: Map<string, unknown>;
const fetchJson: FetchJson = (url, limits) => {
  asked.push(url);
  expect(limits).toMatchObject({ configuredUrl: expect.stringContaining("login.example.com") as string });
  const page = pages.get(url);
  if (page instanceof Error) return Promise.reject(page);
  return page === undefined ? Promise.reject(Object.assign(new Error("no"), { status: 404 })) : Promise.resolve(page);
};

beforeEach(() => {
  asked = [];
  pages = new Map();
});

it("looks where OpenID Connect and RFC 8414 put it", () => {
  const openid = "/.well-known/openid-configuration";
  const oauth = "https://a.example/.well-known/oauth-authorization-server";
  expect(metadataUrls("https://a.example")).toEqual([`https://a.example${openid}`, oauth]);
  expect(metadataUrls("https://a.example/")).toEqual([`https://a.example${openid}`, oauth]);
  expect(metadataUrls("https://a.example/t/1")).toEqual([`https://a.example/t/1${openid}`, `${oauth}/t/1`]);
  expect(metadataUrls("https://a.example/t/1/")).toEqual([`https://a.example/t/1${openid}`, `${oauth}/t/1`]);
});

it("takes the first that exists", async () => {
  const [openid, oauth] = metadataUrls(ISSUER);
  pages.set(oauth, { issuer: ISSUER, jwks_uri: "https://keys.example.com/2" });
  expect(await discoverJwksUrl(ISSUER, fetchJson)).toBe("https://keys.example.com/2");
  expect(asked).toEqual([openid, oauth]);
  pages.set(openid, { issuer: ISSUER, jwks_uri: "https://keys.example.com/1" });
  expect(await discoverJwksUrl(ISSUER, fetchJson)).toBe("https://keys.example.com/1");
});

it("does not look elsewhere when the issuer is away or in trouble", async () => {
  const [openid, oauth] = metadataUrls(ISSUER);
  pages.set(oauth, { issuer: ISSUER, jwks_uri: "https://keys.example.com/2" });
  for (const status of [undefined, 429, 500, 503]) {
    pages.set(openid, Object.assign(new Error("away"), { status }));
    await expect(discoverJwksUrl(ISSUER, fetchJson)).rejects.toThrow("away");
  }
  expect(asked).toEqual([openid, openid, openid, openid]);
});

it("refuses a document of another issuer, and addresses that are not https", async () => {
  const [openid] = metadataUrls(ISSUER);
  const jwks_uri = "https://keys.example.com/1";
  for (const issuer of [`${ISSUER}/`, ISSUER.toUpperCase(), "https://attacker.example", [ISSUER], undefined]) {
    pages.set(openid, { issuer, jwks_uri });
    await expect(discoverJwksUrl(ISSUER, fetchJson)).rejects.toThrow(/another issuer/);
  }
  for (const uri of [
    "http://keys.example.com/1",
    "file:///etc/passwd",
    "/keys",
    "",
    5,
    undefined,
    "https://u:p@k.example",
  ]) {
    pages.set(openid, { issuer: ISSUER, jwks_uri: uri });
    await expect(discoverJwksUrl(ISSUER, fetchJson)).rejects.toThrow(/jwks_uri/);
  }
  for (const document of [null, "x", 5, []]) {
    pages.set(openid, document);
    await expect(discoverJwksUrl(ISSUER, fetchJson)).rejects.toThrow(/another issuer/);
  }
});
