// Inside Express, what is revoked is refused from then on: no restart, and no request that was honoured a moment ago.
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import path from "node:path";
import express from "express";
import { expect, it, onTestFinished, vi } from "vitest";
import { portcullis } from "../../src/adapters/express.ts";
import { makeApiKey } from "../../src/authentication/api-key-text.ts";
import { AUDIENCE, claimsAt, issue, ISSUER, makeKey } from "../authentication/issuer.ts";
import { folderWith } from "../configuration/folder.ts";
import { TOKEN_OR_KEY } from "../configuration/token-or-key.ts";
import { ask } from "../gateway/harness.ts";

async function start() {
  const signing = await makeKey("ES256", "k1");
  const { id, hash, text } = makeApiKey();
  const keyFile = (more: object) => JSON.stringify({ keys: [{ id, hash, name: "billing", ...more }] });
  const folder = folderWith({
    "api.yaml": TOKEN_OR_KEY,
    "denied.json": '{"denied":[]}',
    "jwks.json": JSON.stringify({ keys: [signing.jwk] }),
    "keys.json": keyFile({}),
  });
  const at = (name: string) => path.join(folder, name);
  const configuration = `openapi: ${at("api.yaml")}
authentication:
  denied: ${at("denied.json")}
  oauth: { issuer: ${ISSUER}, audience: ${AUDIENCE}, jwks: ${at("jwks.json")} }
  key: { keys: ${at("keys.json")} }
monitoring: { sinks: [{ file: ${at("audit.ndjson")}, flushAfter: 10ms }] }
`;
  writeFileSync(at("portcullis.yaml"), configuration);
  const gate = await portcullis({ file: at("portcullis.yaml") });
  onTestFinished(() => gate.close());
  await gate.ready();
  const server = express()
    .use(gate)
    .get("/item", (_request, response) => void response.end("item"))
    .listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/item`;
  const tell = async (headers: Record<string, string>) => {
    const { status, body } = await ask(url, { headers });
    return status === 200 ? "200" : (JSON.parse(body) as { reason: string }).reason;
  };
  const token = await issue(signing, claimsAt(Math.floor(Date.now() / 1_000)));
  const lists = (code: string) =>
    readFileSync(at("audit.ndjson"), "utf8")
      .split("\n")
      .filter((line) => line.includes(`"authentication.list-${code}"`));
  return { at, gate, keyFile, lists, tell, key: { "X-API-Key": text }, bearer: { authorization: `Bearer ${token}` } };
}

/** Files are looked at each second, and count once they have stayed the same for one. */
const SOON = { timeout: 30_000, interval: 50 };
const DENIED = JSON.stringify({ denied: [{ issuer: ISSUER, token: "token-1" }] });

it("a token on the list and a key that is revoked are refused within seconds, and the record says so", async () => {
  const { at, keyFile, lists, tell, key, bearer } = await start();
  expect([await tell(key), await tell(bearer)]).toEqual(["200", "200"]);
  writeFileSync(at("denied.json"), DENIED);
  writeFileSync(at("keys.json"), keyFile({ revoked: "2026-01-01T00:00:00Z" }));
  await expect.poll(() => lists("renewed"), SOON).toHaveLength(2);
  expect(await tell(bearer)).toBe("authentication.token-revoked");
  expect(await tell(key)).toBe("authentication.api-key-rejected");
});

it("a broken or missing file keeps what it held, which is told; mended, it counts", async () => {
  const { at, keyFile, lists, tell, key, bearer } = await start();
  writeFileSync(at("denied.json"), DENIED);
  await expect.poll(() => lists("renewed"), SOON).toHaveLength(1);
  writeFileSync(at("denied.json"), '{"denied":[');
  rmSync(at("keys.json"));
  await expect.poll(() => lists("refused"), SOON).toHaveLength(2);
  expect(lists("refused").join()).toContain("what it held before stays");
  expect([await tell(key), await tell(bearer)]).toEqual(["200", "authentication.token-revoked"]);
  writeFileSync(at("denied.json"), '{"denied":[]}');
  writeFileSync(at("keys.json"), keyFile({ revoked: "2026-01-01T00:00:00Z" }));
  await expect.poll(() => lists("renewed"), SOON).toHaveLength(3);
  expect([await tell(key), await tell(bearer)]).toEqual(["authentication.api-key-rejected", "200"]);
});

it("two keys with one id are not taken over", async () => {
  const { at, keyFile, lists, tell, key } = await start();
  const { keys } = JSON.parse(keyFile({})) as { keys: object[] };
  writeFileSync(at("keys.json"), JSON.stringify({ keys: [...keys, { ...keys[0], revoked: "2026-01-01T00:00:00Z" }] }));
  await expect.poll(() => lists("refused"), SOON).toHaveLength(1);
  expect(await tell(key)).toBe("200");
});

it("lists are followed no more once the gate is closed", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const folder = folderWith({ "api.yaml": TOKEN_OR_KEY, "keys.json": '{"keys":[]}' });
  const gate = await portcullis({
    openapi: path.join(folder, "api.yaml"),
    authentication: {
      oauth: { issuer: ISSUER, audience: AUDIENCE, secret: "s".repeat(32) },
      key: { keys: path.join(folder, "keys.json") },
    },
    monitoring: { sinks: [{ file: path.join(folder, "audit.ndjson") }] },
  });
  await gate.close();
  expect(vi.getTimerCount()).toBe(0);
});
