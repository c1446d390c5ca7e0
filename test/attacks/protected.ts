// One naive API protected in every way there is: behind the gateway over HTTP/1.1 and HTTP/2, and inside Express.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import express, { type Express } from "express";
import { expressHandler } from "../../src/adapters/express-handler.ts";
import { insideFramework } from "../../src/adapters/gateway-settings.ts";
import { compose, type Composition, offlinePorts } from "../../src/configuration/compose.ts";
import { type LoadedSettings, loadSettings } from "../../src/configuration/load.ts";
import type { TransportSettings } from "../../src/configuration/settings.ts";
import type { Policy } from "../../src/core/policy.ts";
import { serve } from "../../src/gateway/serve.ts";
import type { Settler } from "../../src/transport/settle.ts";
import { developmentCertificate } from "../../src/transport/development-ca.ts";
import { memorySink } from "../configuration/composing.ts";
import { type Answer, type Asking, http1Client, http2Client } from "../conformance/asking.ts";

export interface Api {
  readonly document: string;
  /** The configuration but for `openapi`, `upstream` and the listener. */
  readonly configuration: string;
  /** Adds the handlers, which know nothing of security. */
  readonly handle: (app: Express) => void;
  /** As `--observe`. */
  readonly observe?: boolean;
  /** A runner changes the policy to switch guards off. */
  readonly change?: (policy: Policy) => Policy;
  /** A runner puts this in the settler's place to switch its rules off. */
  readonly settle?: Settler;
}

export interface Protected {
  readonly url: string;
  /** What clients over TLS trust. */
  readonly authorityFile: string;
  readonly ask: (asking: Asking) => Promise<Answer>;
  /** Lines of exchanges, as events. */
  readonly events: () => readonly ExchangeEvent[];
  close(): Promise<void>;
}

export interface ExchangeEvent {
  readonly url: { readonly path: string };
  readonly http: {
    readonly request: { readonly method: string };
    readonly response?: { readonly status_code: number };
  };
  readonly event: { readonly reason?: string };
  readonly portcullis: { readonly operation?: { readonly id: string }; readonly internal?: string };
}

/** The API as it is, on a port of its own. */
export async function unguarded({ handle }: Api): Promise<Protected> {
  const app = express();
  handle(app);
  const { url, close } = await listening(app);
  const client = http1Client(url);
  return { url, authorityFile: "", ask: client.ask, events: () => [], close: () => closeAll(client, close) };
}

export const WAYS = { "HTTP/1.1": overHttp1, "HTTP/2": overHttp2, Express: inExpress } as const;

async function overHttp1(api: Api): Promise<Protected> {
  return behindGateway(api, false);
}

async function overHttp2(api: Api): Promise<Protected> {
  return behindGateway(api, true);
}

async function behindGateway(api: Api, isHttp2: boolean): Promise<Protected> {
  const app = express();
  api.handle(app);
  const upstream = await listening(app);
  const folder = await mkdtemp(path.join(tmpdir(), "portcullis-protected-"));
  const files = { certificate: path.join(folder, "crt"), key: path.join(folder, "key") };
  const { material, authorityFile } = await developmentCertificate({ folder, nowMs: Date.now() });
  await writeFile(files.certificate, material.cert);
  await writeFile(files.key, material.key, { mode: 0o600 });
  const lines: string[] = [];
  const composition = await composed(api, folder, lines, (loaded) => {
    const tls: TransportSettings["tls"] = isHttp2 ? { kind: "files", ...files } : { kind: "off" };
    const transport = { ...loaded.settings.transport, tls, publicUrl: undefined, adminListen: undefined };
    const settings = { ...loaded.settings, transport: { ...transport, listen: { host: "127.0.0.1", port: 0 } } };
    const { origin } = new URL(upstream.url);
    const timeouts = {
      connectTimeoutMs: 2_000,
      answerTimeoutMs: 5_000,
      idleTimeoutMs: 5_000,
      connectionsMax: 8,
      ca: undefined,
    };
    return { ...loaded, settings: { ...settings, upstream: { origin, ...timeouts } } };
  });
  const gateway = await serve(changed(composition, api), { drainTimeoutMs: 500 });
  const client = isHttp2 ? http2Client(gateway.url, authorityFile) : http1Client(gateway.url);
  const close = async () => {
    client.close();
    await gateway.close();
    await upstream.close();
    await rm(folder, { recursive: true });
  };
  return { url: gateway.url, authorityFile, ask: client.ask, events: () => eventsOf(lines), close };
}

async function inExpress(api: Api): Promise<Protected> {
  const folder = await mkdtemp(path.join(tmpdir(), "portcullis-protected-"));
  const lines: string[] = [];
  const inside = (loaded: LoadedSettings) => ({ ...loaded, settings: insideFramework(loaded.settings) });
  const composition = await composed(api, folder, lines, inside);
  const app = express();
  app.use(expressHandler(changed(composition, api), {}));
  api.handle(app);
  const { url, close: closeServer } = await listening(app);
  const client = http1Client(url);
  const close = async () => {
    await closeAll(client, closeServer);
    await composition.close();
    await rm(folder, { recursive: true });
  };
  return { url, authorityFile: "", ask: client.ask, events: () => eventsOf(lines), close };
}

function changed(composition: Composition, { change, settle = composition.settle }: Api): Composition {
  return { ...composition, settle, policy: change === undefined ? composition.policy : change(composition.policy) };
}

async function composed(
  { document, configuration, observe = false }: Api,
  folder: string,
  lines: string[],
  change: (loaded: LoadedSettings) => LoadedSettings,
): Promise<Composition> {
  await writeFile(path.join(folder, "api.yaml"), document);
  await writeFile(path.join(folder, "portcullis.yaml"), `openapi: api.yaml\n${configuration}`);
  const loaded = await loadSettings({ file: "portcullis.yaml", cwd: folder, env: {}, observe });
  const readText = (file: string) => readFile(path.resolve(folder, file), "utf8");
  return compose(change(loaded), { ...offlinePorts(folder), readText, createSink: () => memorySink(lines) });
}

function eventsOf(lines: readonly string[]): ExchangeEvent[] {
  return lines.filter((line) => line.includes('"portcullis.audit"')).map((line) => JSON.parse(line) as ExchangeEvent);
}

async function listening(app: Express): Promise<{ url: string; close: () => Promise<void> }> {
  const server: Server = createServer(app);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

async function closeAll(client: { close(): void }, close: () => Promise<void>): Promise<void> {
  client.close();
  await close();
}
