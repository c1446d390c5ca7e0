// The conformance suite against the gateway in front of the orders sample.
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compose, systemPorts } from "../../src/configuration/compose.ts";
import { loadSettings } from "../../src/configuration/load.ts";
import { serve, type ServedGateway } from "../../src/gateway/serve.ts";
import { type RunningApi, startOrdersApi } from "../../examples/orders/api.ts";
import { type LocalIssuer, startLocalIssuer } from "../../examples/orders/issuer.ts";
import { ask } from "../gateway/harness.ts";
import { CASES, TOKENS } from "./cases.ts";

let api: RunningApi;
let issuer: LocalIssuer;
let gateway: ServedGateway;

beforeAll(async () => {
  [api, issuer] = await Promise.all([startOrdersApi(), startLocalIssuer("https://orders.example.com")]);
  const env = { ORDERS_API_URL: api.url, ORDERS_ISSUER_URL: issuer.issuer };
  const file = path.join("examples", "orders", "portcullis.yaml");
  const loaded = await loadSettings({ file, cwd: process.cwd(), env });
  const transport = {
    ...loaded.settings.transport,
    tls: { kind: "off" as const },
    listen: { host: "127.0.0.1", port: 0 },
    adminListen: undefined,
  };
  const settings = { ...loaded.settings, transport, monitoring: { sinks: [] } };
  const composition = await compose({ ...loaded, settings }, systemPorts());
  gateway = await serve(composition);
  await Promise.all(composition.keySources.map((keys) => keys.ready()));
});

afterAll(async () => {
  await gateway.close();
  await Promise.all([api.close(), issuer.close()]);
});

describe("the gateway in front of the orders sample", () => {
  it.each(CASES)("$name: $status", async (one) => {
    const headers: Record<string, string> = { ...one.fields };
    if (one.token !== undefined) {
      // Each case has a caller of its own: what one spends is not missing to another.
      const request = { subject: one.name, ...TOKENS[one.token] };
      headers["authorization"] = `Bearer ${await issuer.sign(request)}`;
    }
    const options = { method: one.method, headers, ...(one.body === undefined ? {} : { body: one.body }) };
    for (let i = 0; i < (one.after ?? 0); i += 1) await ask(gateway.url + one.path, options);
    const answer = await ask(gateway.url + one.path, options);
    expect(answer.status).toBe(one.status);
    expect(answer.body).toContain(one.says ?? "");
    expect(answer.body).toContain(one.reason ?? "");
    const [field, pattern] = one.field ?? ["x-request-id", /./];
    expect(String(answer.headers[field])).toMatch(pattern);
  });
});
