// `portcullis identity start` as an owner runs it: in processes of its own, over a database and a folder that outlive them.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { freePort } from "../servers/free-port.ts";
import { Mailbox } from "./mailbox.ts";
import { REDIRECT } from "./serving.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const PROGRAM = path.join(ROOT, "bin/portcullis.js");
export const SIGNED_OUT = "https://app.example.com/";
const AUDIENCE = "https://orders.example.com";
const SERVERS_MAX = 2;

export interface IdentityProcess {
  /** Where this one listens; all of a site have one issuer. */
  readonly origin: string;
  readonly child: ChildProcess;
  /** What it said. */
  readonly said: () => string;
  /** Resolves when it is gone. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

export interface SiteOptions {
  /** Default: a SQLite file in the folder. */
  readonly database?: string | undefined;
  /** The issuer is served by a gateway, which runs the authorization server itself. */
  readonly gateway?: boolean;
  /** Of another site, whose database it takes over. */
  readonly secret?: Buffer;
  /** What is behind that gateway. Default: nothing. */
  readonly upstream?: string;
  /** More for the section `identity`. */
  readonly identity?: Readonly<Record<string, unknown>>;
  readonly monitoring?: Readonly<Record<string, unknown>>;
}

export class Site {
  readonly program = PROGRAM;
  readonly folder: string;
  readonly issuer: string;
  readonly mailbox: Mailbox;
  readonly database: string;
  readonly secret: Buffer;
  readonly #ports: readonly number[];
  readonly #processes = new Set<ChildProcess>();

  private constructor(mailbox: Mailbox, ports: readonly number[], options: SiteOptions) {
    const { database, gateway = false, upstream = "http://127.0.0.1:9", identity = {}, monitoring } = options;
    this.secret = options.secret ?? randomBytes(32);
    this.folder = mkdtempSync(path.join(tmpdir(), "portcullis-site-"));
    this.issuer = `http://localhost:${ports[0] ?? 0}/identity`;
    this.mailbox = mailbox;
    this.database = database ?? path.join(this.folder, "identity.db");
    this.#ports = ports;
    const ways = { redirectUris: [REDIRECT], postLogoutRedirectUris: [SIGNED_OUT] };
    copyFileSync(path.join(ROOT, "examples/orders/openapi.yaml"), path.join(this.folder, "openapi.yaml"));
    for (const [i, port] of (gateway ? ports.slice(1) : ports).entries()) {
      const written = {
        openapi: "openapi.yaml",
        upstream,
        transport: {
          tls: "dangerouslyOff",
          publicUrl: new URL(this.issuer).origin,
          ...(gateway ? { listen: ports[0], adminListen: "off" } : {}),
        },
        // Tests do in a second what one address does in a minute.
        rateLimiting: { mode: "monitor" },
        ...(monitoring === undefined ? {} : { monitoring }),
        authentication: { oauth: { issuer: "built-in", audience: AUDIENCE } },
        identity: {
          listen: port,
          database: "${DATABASE}",
          secrets: ["${IDENTITY_SECRET}"],
          mail: { smtp: mailbox.url, from: "orders@example.com" },
          clients: {
            spa: { profile: "public", ...ways },
            backend: { profile: "confidential", ...ways },
            job: { profile: "machine", scopes: ["orders:read"] },
          },
          ...identity,
        },
      };
      writeFileSync(this.#configuration(i), JSON.stringify(written));
    }
  }

  static async make(options: SiteOptions = {}): Promise<Site> {
    const ports = await Promise.all(Array.from({ length: SERVERS_MAX }, freePort));
    return new Site(await Mailbox.open(), ports, options);
  }

  /** Resolves when it serves. Rejects with what it said where it ended instead. `i`: which one; only the first has pages for browsers. */
  start(i = 0): Promise<IdentityProcess> {
    return this.#spawn(["identity", "start"], i, "(this process:");
  }

  /** `portcullis start`: the gateway and its authorization server. */
  startGateway(): Promise<IdentityProcess> {
    return this.#spawn(["start"], 0, "authentication.keys-loaded");
  }

  async #spawn(
    words: readonly string[],
    i: number,
    /** What it says once it serves. */
    serving: string,
  ): Promise<IdentityProcess> {
    const child = spawn(process.execPath, [PROGRAM, ...words, "--config", this.#configuration(i)], {
      cwd: this.folder,
      env: this.environment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#processes.add(child);
    const serves = Promise.withResolvers<void>();
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes(serving)) serves.resolve();
      });
    const ended = once(child, "close").then(() => this.#processes.delete(child));
    await Promise.race([
      serves.promise,
      ended.then(() => {
        throw new Error(said);
      }),
    ]);
    return {
      origin: `http://127.0.0.1:${this.#ports[i] ?? 0}`,
      child,
      said: () => said,
      end: async (signal) => {
        child.kill(signal);
        await ended;
      },
    };
  }

  nowMs(): number {
    return Date.now();
  }

  /** `portcullis …`: what it printed. Rejects where it fails. */
  async run(...args: string[]): Promise<string> {
    const all = [PROGRAM, ...args, "--config", this.#configuration(0)];
    const options = { cwd: this.folder, env: this.environment() };
    return (await promisify(execFile)(process.execPath, all, options)).stdout;
  }

  async close(): Promise<void> {
    for (const child of this.#processes) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    this.mailbox.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #configuration(i: number): string {
    return path.join(this.folder, i === 0 ? "portcullis.yaml" : `portcullis-${i}.yaml`);
  }

  /** For commands in its folder. */
  environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      DATABASE: this.database,
      IDENTITY_SECRET: this.secret.toString("base64"),
    };
  }
}
