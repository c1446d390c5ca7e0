// ATTACKS.md J08, J11, J28 over a real gateway and a real server of keys: what makes the gate ask somebody, and what it does when nobody answers.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { createEgress } from "../../src/egress/client.ts";
import {
  AUDIENCE,
  claimsAt,
  forge,
  headerText,
  issue,
  ISSUER,
  makeKey,
  type TestKey,
} from "../authentication/issuer.ts";
import { ask, hello, keep } from "../gateway/harness.ts";
import { configurationOf, startReloadable } from "../gateway/reloading.ts";
import { fetchedKey } from "./naive-verifiers.ts";

const DOCUMENT = `openapi: 3.1.0
info: { title: Items, version: "1" }
paths:
  /item: { get: { security: [{ oauth: [] }], responses: { default: { description: any } } } }
components: { securitySchemes: { oauth: { type: http, scheme: bearer } } }
`;

interface KeyHost {
  readonly url: string;
  readonly asked: () => number;
  answer(keys: readonly TestKey[] | "nothing"): void;
}

async function keyHost(...keys: TestKey[]): Promise<KeyHost> {
  let asked = 0;
  let answered: readonly TestKey[] | "nothing" = keys;
  const server: Server = createServer((request, response) => {
    asked += 1;
    if (answered === "nothing") return void request.socket.destroy();
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ keys: answered.map(({ jwk }) => jwk) }));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  return { url, asked: () => asked, answer: (next) => void (answered = next) };
}

async function start(host: KeyHost) {
  const upstream = keep(await hello());
  const egress = createEgress();
  onTestFinished(() => egress.close());
  const authentication = `authentication:
  oauth: { issuer: "${ISSUER}", audience: "${AUDIENCE}", jwks: "${host.url}" }
`;
  const configuration = configurationOf(upstream.origin, authentication).replace(
    "rateLimiting: {",
    "rateLimiting: { failedAuthentication: { limit: 1000000, window: 1m },",
  );
  const { gateway } = await startReloadable(
    { "api.yaml": DOCUMENT, "portcullis.yaml": configuration },
    { ports: { fetchJson: (url, limits) => egress.getJson(url, limits) } },
  );
  const tell = async (token: string) => {
    const { status, body, headers } = await ask(`${gateway.url}/item`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const reason = status === 200 ? "accepted" : (JSON.parse(body) as { reason: string }).reason;
    return { status, reason, headers };
  };
  return { tell, upstream, gateway };
}

const seconds = Math.floor(Date.now() / 1_000);

it.each(["jku", "x5u"])("J08 %s: the attacker's server is never asked, and its key opens nothing", async (name) => {
  const key = await makeKey("ES256", "k1");
  const mine = await makeKey("ES256", "k1");
  const attacker = await keyHost(mine);
  const forged = forge(mine, headerText(mine, { [name]: attacker.url }), JSON.stringify(claimsAt(seconds)));
  const lab = { key, mine, all: [key], seconds };
  expect(await fetchedKey(forged, lab)).toBe(true); // who follows it is fooled
  expect(attacker.asked()).toBe(1);
  const { tell, upstream } = await start(await keyHost(key));
  expect((await tell(forged)).reason).toBe("authentication.signature-invalid");
  const renamed = forge(
    mine,
    headerText(mine, { [name]: attacker.url, kid: "mine" }),
    JSON.stringify(claimsAt(seconds)),
  );
  expect((await tell(renamed)).reason).toBe("authentication.key-unknown");
  const honest = forge(key, headerText(key, { [name]: attacker.url }), JSON.stringify(claimsAt(seconds)));
  expect((await tell(honest)).reason).toBe("accepted");
  expect(attacker.asked()).toBe(1);
  expect(upstream.seen).toHaveLength(1);
});

it("J11 a flood of unknown kids makes one more request for keys, and honest tokens go on", async () => {
  const key = await makeKey("ES256", "k1");
  const mine = await makeKey("ES256", "k1");
  const host = await keyHost(key);
  const { tell } = await start(host);
  const honest = await issue(key, claimsAt(seconds));
  expect((await tell(honest)).reason).toBe("accepted");
  expect(host.asked()).toBe(1);
  const flood = Array.from({ length: 200 }, (_, i) =>
    tell(forge(mine, headerText(mine, { kid: `unknown-${i}` }), JSON.stringify(claimsAt(seconds)))),
  );
  const said = await Promise.all(flood);
  expect(new Set(said.map(({ reason }) => reason))).toEqual(new Set(["authentication.key-unknown"]));
  expect(host.asked()).toBe(2);
  expect((await tell(honest)).reason).toBe("accepted");
});

it("J28 while the issuer is away known keys serve, and an unknown one is 503 and never 401", async () => {
  const key = await makeKey("ES256", "k1");
  const next = await makeKey("ES256", "k2");
  const host = await keyHost(key);
  const { tell } = await start(host);
  expect((await tell(await issue(key, claimsAt(seconds)))).reason).toBe("accepted");
  host.answer("nothing");
  expect((await tell(await issue(key, claimsAt(seconds, { jti: "cold" })))).reason).toBe("accepted");
  const away = await tell(await issue(next, claimsAt(seconds)));
  expect(away).toMatchObject({ status: 503, reason: "authentication.keys-unavailable" });
  expect(Number(away.headers["retry-after"])).toBeGreaterThan(0);
  expect(away.headers["www-authenticate"]).toBeUndefined();
});

it("J28 before the first keys came, every token is 503", async () => {
  const key = await makeKey("ES256", "k1");
  const host = await keyHost(key);
  host.answer("nothing");
  const { tell, upstream } = await start(host);
  expect(await tell(await issue(key, claimsAt(seconds)))).toMatchObject({
    status: 503,
    reason: "authentication.keys-unavailable",
  });
  expect(upstream.seen).toHaveLength(0);
});
