// A token that nobody knows yet costs one verification, however many requests bring it at once over a real gateway.
import { expect, it, vi } from "vitest";
import { AUDIENCE, claimsAt, issue, ISSUER, makeKey } from "../authentication/issuer.ts";
import { ask, hello, keep } from "./harness.ts";
import { configurationOf, startReloadable } from "./reloading.ts";

const verified = vi.hoisted(() => ({ count: 0 }));

vi.mock(import("../../src/cryptography/signature.ts"), async (original) => {
  const real = await original();
  const verifySignature: typeof real.verifySignature = (...given) => {
    verified.count += 1;
    return real.verifySignature(...given);
  };
  return { ...real, verifySignature };
});

const DOCUMENT = `openapi: 3.1.0
info: { title: Items, version: "1" }
paths:
  /item: { get: { security: [{ oauth: [] }], responses: { default: { description: any } } } }
components: { securitySchemes: { oauth: { type: http, scheme: bearer } } }
`;
const REQUESTS = 50;

it.each(["ES256", "RS256", "ES512"])("a cold token with %s that fifty requests bring at once", async (alg) => {
  const upstream = keep(await hello());
  const key = await makeKey(alg, "k1");
  const authentication = `authentication: { oauth: { issuer: "${ISSUER}", audience: "${AUDIENCE}", jwks: jwks.json } }\n`;
  const { gateway } = await startReloadable({
    "api.yaml": DOCUMENT,
    "portcullis.yaml": configurationOf(upstream.origin, authentication),
    "jwks.json": JSON.stringify({ keys: [key.jwk] }),
  });
  const told = async (token: string) => {
    verified.count = 0;
    const headers = { authorization: `Bearer ${token}` };
    const answers = await Promise.all(Array.from({ length: REQUESTS }, () => ask(`${gateway.url}/item`, { headers })));
    return { statuses: [...new Set(answers.map(({ status }) => status))], verifications: verified.count };
  };
  const now = Math.floor(Date.now() / 1_000);
  const token = await issue(key, claimsAt(now));
  expect(await told(token)).toEqual({ statuses: [200], verifications: 1 });
  expect(await told(token)).toEqual({ statuses: [200], verifications: 0 });
  expect((await told(await issue(key, claimsAt(now, { jti: "another" })))).verifications).toBe(1);
});
