// Discovery, keys and outage over real HTTP: the port joined with the outgoing client.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { remoteKeys } from "../../src/authentication/remote-keys.ts";
import { createEgress, type Egress } from "../../src/egress/client.ts";
import { FakeTime } from "./fake-time.ts";
import { claimsAt, issue, makeKey, type TestKey } from "./issuer.ts";
import { authenticatorOf, verdict } from "./judging.ts";

let server: Server;
let issuer: string;
let published: TestKey[];
let away = false;
let egress: Egress;

beforeEach(async () => {
  away = false;
  egress = createEgress();
  server = createServer((request, response) => {
    if (away) {
      request.socket.destroy();
      return;
    }
    const pages: Record<string, unknown> = {
      "/.well-known/oauth-authorization-server/tenant": { issuer, jwks_uri: `${issuer}/keys` },
      "/tenant/keys": { keys: published.map((key) => key.jwk) },
    };
    const page = pages[request.url ?? ""];
    response.writeHead(page === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(page ?? {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tenant`;
});

afterEach(() => {
  egress.close();
  server.closeAllConnections();
  server.close();
});

it("goes from issuer to verified token, through a rotation and an outage", async () => {
  const time = new FakeTime();
  const first = await makeKey("RS256", "1");
  const second = await makeKey("ES256", "2");
  published = [first];
  const keys = remoteKeys({
    issuer,
    fetchJson: (url, limits) => egress.getJson(url, limits),
    clock: time,
    schedule: time.schedule,
  });
  await keys.ready();
  const authenticator = authenticatorOf(keys, time, { issuer });
  const tokenOf = (key: TestKey) => issue(key, claimsAt(time.seconds, { iss: issuer }));
  expect(await verdict(authenticator, await tokenOf(first))).toBe("accepted");
  published = [first, second];
  time.jump(30_000);
  expect(await verdict(authenticator, await tokenOf(second))).toBe("accepted");
  away = true;
  time.jump(3_600_000);
  expect(await verdict(authenticator, await tokenOf(second))).toBe("authentication.keys-unavailable");
  expect(keys.state()).toBe("unavailable");
  keys.close();
});
