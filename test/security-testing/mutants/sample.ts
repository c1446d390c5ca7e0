// What is broken: the orders sample behind a policy that uses every practice, so that there is something to break of each.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import express, { type Express } from "express";
import { type RunningApi, startOrdersApi } from "../../../examples/orders/api.ts";
import { compose, type Composition, offlinePorts } from "../../../src/configuration/compose.ts";
import { type LoadedSettings, loadSettings } from "../../../src/configuration/load.ts";
import { ordersApiWithRegistration, ordersFiles } from "../../conformance/orders.ts";

const CONFIGURATION = `openapi: openapi.yaml
upstream: \${ORDERS_API_URL}
transport: { listen: "localhost:8443", tls: development, cors: { origins: ["https://shop.example.com"] } }
authentication:
  oauth:
    issuer: https://login.example.com/
    audience: https://orders.example.com
    jwks: https://login.example.com/keys
    claims: { scopes: [scope], roles: [roles] }
authorization:
  roles:
    customer: {}
    support: { includes: [customer], permissions: ["orders:refund"] }
rateLimiting: [{ name: all, limit: 60, window: 1m, key: subject, fallback: address }]
validation: { requests: enforce, responses: strip, injection: enforce }
monitoring: { sinks: [console] }
operations:
  refundOrder: { authorization: { permissions: ["orders:refund"] } }
  dailyReport:
    authorization: { roles: [support] }
    rateLimiting: [{ name: reports, limit: 5, window: 1m, key: subject }]
  register: { rateLimiting: [{ name: registrations, limit: 10, window: 1m, key: address }] }
`;

/** It answers more than its document says where all is well, which the gate cuts out. */
function talkativeApi(): Express {
  const api = express();
  api.use((_request, response, next) => {
    const json = response.json.bind(response);
    const more = (value: object) => (response.statusCode < 400 ? { ...value, supplierCents: 350 } : value);
    response.json = (value: object) => json(Array.isArray(value) ? value.map(more) : more(value));
    next();
  });
  return api.use(ordersApiWithRegistration());
}

export interface Sample {
  readonly api: RunningApi;
  readonly cwd: string;
  readonly document: string;
  readonly loaded: LoadedSettings;
  readonly composition: Composition;
  close(): Promise<void>;
}

export async function startSample(): Promise<Sample> {
  const api = await startOrdersApi(0, talkativeApi());
  // One operation asks who calls, and nothing more: there no other guard stands behind that one.
  const document = ordersFiles()["openapi.yaml"].replace(
    'security: [{ oauth: ["orders:read"] }]',
    "security: [{ oauth: [] }]",
  );
  const cwd = mkdtempSync(path.join(tmpdir(), "portcullis-mutants-"));
  writeFileSync(path.join(cwd, "portcullis.yaml"), CONFIGURATION);
  writeFileSync(path.join(cwd, "openapi.yaml"), document);
  const read = await loadSettings({ file: "portcullis.yaml", cwd, env: { ORDERS_API_URL: api.url } });
  // Development certificates come without it; a gate in service says it.
  const transport = { ...read.settings.transport, hsts: "max-age=63072000; includeSubDomains" };
  const loaded = { ...read, settings: { ...read.settings, transport } };
  const composition = await compose(loaded, offlinePorts(cwd));
  const close = async () => {
    await composition.close();
    await api.close();
    rmSync(cwd, { recursive: true, force: true });
  };
  return { api, cwd, document, loaded, composition, close };
}
