// What is revoked while the gateway runs is refused from then on, though it passed a moment ago: keys, tokens, sessions.
import { expect, it } from "vitest";
import { makeApiKey } from "../../src/authentication/api-key-text.ts";
import { AUDIENCE, claimsAt, issue, ISSUER, makeKey } from "../authentication/issuer.ts";
import { TOKEN_OR_KEY } from "../configuration/token-or-key.ts";
import { ask, hello, keep } from "./harness.ts";
import { configurationOf, startReloadable } from "./reloading.ts";

const AUTHENTICATION = `authentication:
  denied: denied.json
  oauth: { issuer: ${ISSUER}, audience: ${AUDIENCE}, jwks: jwks.json }
  key: { keys: keys.json }
`;

async function start() {
  const upstream = keep(await hello());
  const signing = await makeKey("ES256", "k1");
  const { id, hash, text } = makeApiKey();
  const keyFile = (more: object) => JSON.stringify({ keys: [{ id, hash, name: "billing", ...more }] });
  const running = await startReloadable({
    "api.yaml": TOKEN_OR_KEY,
    "portcullis.yaml": configurationOf(upstream.origin, AUTHENTICATION),
    "denied.json": '{"denied":[]}',
    "jwks.json": JSON.stringify({ keys: [signing.jwk] }),
    "keys.json": keyFile({}),
  });
  const tell = async (headers: Record<string, string>) => {
    const { status, body } = await ask(`${running.gateway.url}/item`, { headers });
    return status === 200 ? "200" : (JSON.parse(body) as { reason: string }).reason;
  };
  const token = await issue(signing, claimsAt(Math.floor(Date.now() / 1_000), { sid: "s1" }));
  return { ...running, upstream, keyFile, text, tell, token };
}

it("an API key is refused as soon as its file says so, and works again where the line is taken back", async () => {
  const { write, reload, tell, text, keyFile, lines } = await start();
  expect(await tell({ "X-API-Key": text })).toBe("200");
  write("keys.json", keyFile({ revoked: "2026-01-01T00:00:00Z" }));
  expect((await reload()).kind).toBe("taken");
  expect(await tell({ "X-API-Key": text })).toBe("authentication.api-key-rejected");
  write("keys.json", keyFile({ expires: "2020-01-01T00:00:00Z" }));
  await reload();
  expect(await tell({ "X-API-Key": text })).toBe("authentication.api-key-rejected");
  write("keys.json", keyFile({}));
  await reload();
  expect(await tell({ "X-API-Key": text })).toBe("200");
  await expect.poll(lines).toHaveLength(4);
  expect(lines().join()).not.toContain(text.slice(15));
});

it("a verified and remembered token is refused as soon as it is on the list, by id, session or subject", async () => {
  const { write, reload, tell, token, upstream } = await start();
  const authorization = `Bearer ${token}`;
  const deny = async (...denied: object[]) => {
    write("denied.json", JSON.stringify({ denied: denied.map((one) => ({ issuer: ISSUER, ...one })) }));
    expect((await reload()).kind).toBe("taken");
  };
  expect(await tell({ authorization })).toBe("200");
  for (const entry of [{ token: "token-1" }, { session: "s1" }, { subject: "user-1" }]) {
    await deny(entry);
    expect(await tell({ authorization })).toBe("authentication.token-revoked");
    await deny();
    expect(await tell({ authorization })).toBe("200");
  }
  expect(upstream.seen).toHaveLength(4);
});

it("a broken list keeps the one before it: nothing revoked comes back by a slip", async () => {
  const { write, reload, tell, token } = await start();
  write("denied.json", JSON.stringify({ denied: [{ issuer: ISSUER, token: "token-1" }] }));
  await reload();
  write("denied.json", '{"denied":[');
  expect((await reload()).kind).toBe("refused");
  expect(await tell({ authorization: `Bearer ${token}` })).toBe("authentication.token-revoked");
});
