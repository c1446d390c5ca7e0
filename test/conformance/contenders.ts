// Everything that must give the same answers: the gateway over each protocol, and Express. Each with a sample API of its own.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import express from "express";
import { startOrdersApi } from "../../examples/orders/api.ts";
import { type LocalIssuer, startLocalIssuer } from "../authentication/local-issuer.ts";
import { expressHandler } from "../../src/adapters/express-handler.ts";
import { insideFramework } from "../../src/adapters/gateway-settings.ts";
import { compose, type Composition, systemPorts } from "../../src/configuration/compose.ts";
import { type LoadedSettings, loadSettings } from "../../src/configuration/load.ts";
import type { TlsSettings } from "../../src/configuration/settings.ts";
import type { Policy } from "../../src/core/policy.ts";
import { serve } from "../../src/gateway/serve.ts";
import { developmentCertificate } from "../../src/transport/development-ca.ts";
import { type Client, http1Client, http2Client } from "./asking.ts";
import { writeSanctions } from "./cases-sanctions.ts";
import { ordersApiWithRegistration, writeOrders } from "./orders.ts";

export interface Contender {
  readonly name: string;
  /** Strict-Transport-Security comes from whoever speaks TLS, and from nobody else (RFC 6797 7.2). */
  readonly saysHsts: boolean;
  readonly ask: Client["ask"];
  close(): Promise<void>;
}

export interface Issuing {
  /** The configuration file. */
  readonly file: string;
  readonly issuer: LocalIssuer;
  readonly certificate: Extract<TlsSettings, { kind: "files" }>;
  readonly ca: string;
  close(): Promise<void>;
}

/** Changes a policy before it is mounted: a runner that switches guards off does it so. */
export type Change = (policy: Policy) => Policy;

const AS_IT_IS: Change = (policy) => policy;

/** What all contenders share: the issuer and a certificate of this run. */
export async function startIssuing(): Promise<Issuing> {
  const folder = await mkdtemp(path.join(tmpdir(), "portcullis-conformance-"));
  const issuer = await startLocalIssuer("https://orders.example.com");
  const { material, authorityFile } = await developmentCertificate({ folder, nowMs: Date.now() });
  const certificate = { kind: "files" as const, certificate: path.join(folder, "crt"), key: path.join(folder, "key") };
  await writeFile(certificate.certificate, material.cert, { mode: 0o600 });
  await writeFile(certificate.key, material.key, { mode: 0o600 });
  const close = async () => {
    await issuer.close();
    await rm(folder, { recursive: true });
  };
  await writeSanctions(folder, issuer.issuer);
  return { file: await writeOrders(folder), issuer, certificate, ca: authorityFile, close };
}

/**
 * A policy for the sample's API, with two additions: each case has a client address of its own, so that none spends another's budget, and
 * the ceiling of an address is low enough to be met.
 */
async function composed(
  issuing: Issuing,
  tls: TlsSettings,
  upstream: string,
  inside: (loaded: LoadedSettings) => LoadedSettings = (loaded) => loaded,
): Promise<Composition> {
  const env = { ORDERS_API_URL: upstream, ORDERS_ISSUER_URL: issuing.issuer.issuer };
  const loaded = await loadSettings({ file: issuing.file, cwd: process.cwd(), env });
  const { settings } = loaded;
  const transport = {
    ...settings.transport,
    tls,
    hsts: tls.kind === "files" ? HSTS : undefined,
    listen: { host: "127.0.0.1", port: 0 },
    adminListen: undefined,
    trustedProxies: ["127.0.0.1"],
  };
  const addressCeiling = { ...settings.rateLimiting.addressCeiling, limit: ADDRESS_CEILING };
  const rateLimiting = { ...settings.rateLimiting, addressCeiling };
  const changed = {
    ...settings,
    transport,
    rateLimiting,
    monitoring: { ...settings.monitoring, sinks: [], destinations: [] },
  };
  const composition = await compose(inside({ ...loaded, settings: changed }), systemPorts());
  await Promise.all(composition.keySources.map((keys) => keys.ready()));
  return composition;
}

const HSTS = "max-age=63072000; includeSubDomains; preload";
const ADDRESS_CEILING = 120;

async function gateway(
  issuing: Issuing,
  tls: TlsSettings,
  change: Change,
  connect: (url: string) => Client,
): Promise<Omit<Contender, "name">> {
  const api = await startOrdersApi(0, ordersApiWithRegistration());
  const composition = await composed(issuing, tls, api.url);
  const served = await serve({ ...composition, policy: change(composition.policy) });
  const client = connect(served.url);
  const close = async () => {
    client.close();
    await served.close();
    await api.close();
  };
  return { saysHsts: tls.kind === "files", ask: client.ask, close };
}

export async function plainGateway(issuing: Issuing, change = AS_IT_IS): Promise<Contender> {
  const started = await gateway(issuing, { kind: "off" }, change, (url) => http1Client(url));
  return { name: "gateway, HTTP/1.1", ...started };
}

export async function tlsGateway(issuing: Issuing, change = AS_IT_IS): Promise<Contender> {
  const started = await gateway(issuing, issuing.certificate, change, (url) => http1Client(url, issuing.ca));
  return { name: "gateway, HTTP/1.1 over TLS", ...started };
}

export async function http2Gateway(issuing: Issuing, change = AS_IT_IS): Promise<Contender> {
  const started = await gateway(issuing, issuing.certificate, change, (url) => http2Client(url, issuing.ca));
  return { name: "gateway, HTTP/2", ...started };
}

export async function inExpress(issuing: Issuing, change = AS_IT_IS): Promise<Contender> {
  const composition = await composed(issuing, { kind: "off" }, "http://127.0.0.1:1", (loaded) => ({
    ...loaded,
    settings: insideFramework(loaded.settings),
  }));
  const app = express();
  app.use(expressHandler({ ...composition, policy: change(composition.policy) }, {}));
  app.use(ordersApiWithRegistration());
  const server: Server = createServer(app);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const client = http1Client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const close = async () => {
    client.close();
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    await composition.close();
  };
  return { name: "Express", saysHsts: false, ask: client.ask, close };
}
