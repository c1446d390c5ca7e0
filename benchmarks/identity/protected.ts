// `portcullis start` with the built-in authorization server, as an owner runs it: two processes, a database, an API behind them.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { Mailbox } from "../../test/identity/mailbox.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const PROGRAM = path.join(ROOT, "bin/portcullis.js");
export const REDIRECT = "https://app.example.com/callback";

export interface ProtectedOptions {
  /** Default: a SQLite file. */
  readonly database?: string | undefined;
  /** Lets a debugger of this machine ask both processes for their memory. */
  readonly inspected?: boolean;
  readonly lifetimes?: Readonly<Record<string, string>>;
}

export class Protected {
  readonly base: string;
  readonly issuer: string;
  /** Where the authorization server itself listens. */
  readonly identityOrigin: string;
  readonly database: string;
  readonly mailbox: Mailbox;
  readonly #folder: string;
  readonly #api: Server;
  readonly #env: NodeJS.ProcessEnv;
  readonly #gateway: ChildProcess;

  private constructor(parts: {
    readonly folder: string;
    readonly ports: readonly number[];
    readonly api: Server;
    readonly mailbox: Mailbox;
    readonly options: ProtectedOptions;
  }) {
    const { folder, ports, api, mailbox, options } = parts;
    const [port = 0, adminPort, identityPort = 0] = ports;
    this.base = `http://localhost:${port}`;
    this.issuer = `${this.base}/identity`;
    this.identityOrigin = `http://127.0.0.1:${identityPort}`;
    this.database = options.database ?? path.join(folder, "identity.db");
    this.mailbox = mailbox;
    this.#folder = folder;
    this.#api = api;
    copyFileSync(path.join(ROOT, "examples/orders/openapi.yaml"), path.join(folder, "openapi.yaml"));
    const written = {
      openapi: "openapi.yaml",
      upstream: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
      transport: {
        listen: port,
        tls: "dangerouslyOff",
        publicUrl: this.base,
        adminListen: adminPort,
        // Every person has an address of their own.
        trustedProxies: ["127.0.0.1", "::1"],
      },
      authentication: { oauth: { issuer: "built-in", audience: "https://orders.example.com" } },
      monitoring: { sinks: [{ file: "audit.ndjson" }] },
      identity: {
        listen: identityPort,
        database: this.database,
        secrets: ["${IDENTITY_SECRET}"],
        mail: { smtp: mailbox.url, from: "orders@example.com" },
        clients: { spa: { profile: "public", redirectUris: [REDIRECT] }, job: { profile: "machine" } },
        ...options.lifetimes,
      },
    };
    writeFileSync(path.join(folder, "portcullis.yaml"), JSON.stringify(written));
    this.#env = { ...process.env, IDENTITY_SECRET: randomBytes(32).toString("base64") };
    const inspecting = options.inspected ? { NODE_OPTIONS: "--inspect=127.0.0.1:0" } : {};
    const log = openSync(path.join(folder, "stderr.txt"), "a");
    this.#gateway = spawn(process.execPath, [PROGRAM, "start"], {
      cwd: folder,
      env: { ...this.#env, ...inspecting },
      stdio: ["ignore", "ignore", log],
    });
  }

  /** Resolves when it serves. */
  static async start(options: ProtectedOptions = {}): Promise<Protected> {
    const api = createServer((_request, response) => {
      response.setHeader("content-type", "application/json");
      response.end("[]");
    }).listen(0, "127.0.0.1");
    await once(api, "listening");
    const ports = await freePorts(3);
    const folder = mkdtempSync(path.join(tmpdir(), "portcullis-benchmark-"));
    const it = new Protected({ folder, ports, api, mailbox: await Mailbox.open(), options });
    const admin = `http://127.0.0.1:${ports[1] ?? 0}/readyz`;
    for (let tries = 0; tries < 1_200; tries += 1) {
      const isReady = await fetch(admin).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) return it;
      if (it.#gateway.exitCode !== null) break;
      await wait(100);
    }
    throw new Error(it.log());
  }

  get gatewayPid(): number {
    return this.#gateway.pid ?? 0;
  }

  /** Its only child. */
  identityPid(): number {
    return Number(readFileSync(`/proc/${this.gatewayPid}/task/${this.gatewayPid}/children`, "utf8").trim());
  }

  /** What both said. */
  log(): string {
    return readFileSync(path.join(this.#folder, "stderr.txt"), "utf8");
  }

  async run(...args: string[]): Promise<string> {
    const options = { cwd: this.#folder, env: this.#env };
    return (await promisify(execFile)(process.execPath, [PROGRAM, ...args], options)).stdout;
  }

  async newSecret(client: string): Promise<string> {
    const text = await this.run("identity", "client", "secret", client, "--json");
    return (JSON.parse(text) as { secret: string }).secret;
  }

  async stop(): Promise<void> {
    this.#gateway.kill("SIGTERM");
    if (this.#gateway.exitCode === null) await once(this.#gateway, "exit");
    this.#api.close();
    this.#api.closeAllConnections();
    this.mailbox.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createTcpServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  return ports;
}
