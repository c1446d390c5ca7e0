// Gateways with the administration behind them, for tests: on SQLite one, on PostgreSQL two that share a database as two machines would.
import { createPrivateKey, randomBytes, randomUUID, sign } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, type RequestOptions, request as httpRequest, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import * as client from "openid-client";
import { describeDocument } from "../../src/configuration/describe-document.ts";
import { compose, systemPorts } from "../../src/configuration/compose.ts";
import { loadSettings } from "../../src/configuration/load.ts";
import { serveIdentity } from "../../src/cli/identity/serving.ts";
import { identityToServe } from "../../src/cli/identity/to-serve.ts";
import { serve } from "../../src/gateway/serve.ts";
import type { Identity } from "../../src/identity/compose.ts";
import { ADMINISTRATOR_ROLE } from "../../src/identity/roles/role-store.ts";
import { DOCUMENT } from "../configuration/composing.ts";
import { Person } from "./person.ts";
import { postgresPrograms, startPostgres } from "./postgres.ts";
import { PASSWORD } from "./serving.ts";
import { freePort } from "../servers/free-port.ts";

const CALLBACK = "https://console.example.com/callback";
const BOTH = ["identity:read", "identity:write"];
export const OPERATOR = { kind: "command", id: "test" } as const;

/** Clients of the configuration. */
const CLIENTS = {
  console: { profile: "public", redirectUris: [CALLBACK], scopes: ["openid", ...BOTH, "read"] },
  spa: { profile: "public", redirectUris: [CALLBACK] },
  reader: { profile: "machine", scopes: ["identity:read"], roles: [ADMINISTRATOR_ROLE] },
  powerless: { profile: "machine", scopes: [...BOTH, "read"] },
  robot: { profile: "machine", scopes: [...BOTH, "read"], roles: [ADMINISTRATOR_ROLE] },
};

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

export interface Asked {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Stack {
  readonly port: number;
  readonly identityPort: number;
  readonly identity: Identity;
  close(): Promise<void>;
}

export class Administered {
  readonly #stacks: Stack[] = [];
  readonly #ends: (() => Promise<unknown> | void)[] = [];
  readonly issuer: string;
  readonly audience: string;
  readonly #host: string;
  #folder = "";

  private constructor(port: number) {
    this.#host = `localhost:${port}`;
    this.issuer = `http://${this.#host}/identity`;
    this.audience = `${this.issuer}/admin/v1`;
  }

  /** `more`: of the section `identity`. */
  static async start(
    kind: "sqlite" | "postgresql",
    more: Readonly<Record<string, unknown>> = {},
    observe = false,
  ): Promise<Administered> {
    const port = await freePort();
    const made = new Administered(port);
    await made.#start(kind, port, more, observe);
    return made;
  }

  get identity(): Identity {
    return this.#first.identity;
  }

  get #first(): Stack {
    return this.#stacks[0] as Stack;
  }

  async #start(
    kind: "sqlite" | "postgresql",
    port: number,
    more: Readonly<Record<string, unknown>>,
    observe: boolean,
  ): Promise<void> {
    const postgres = kind === "postgresql" ? await startPostgres(postgresPrograms() as string) : undefined;
    if (postgres !== undefined) this.#ends.push(() => postgres.stop());
    const secret = randomBytes(32).toString("base64");
    this.#folder = mkdtempSync(path.join(tmpdir(), "portcullis-administered-"));
    writeFileSync(path.join(this.#folder, "api.yaml"), DOCUMENT);
    writeFileSync(path.join(this.#folder, "identity.key"), secret);
    this.#ends.push(() => rmSync(this.#folder, { recursive: true, force: true }));
    const api = createServer((_request, response) => response.end("{}")).listen(0, "127.0.0.1");
    await once(api, "listening");
    this.#ends.push(() => void api.close());
    const database = postgres?.database("identity") ?? path.join(this.#folder, "identity.db");
    const ports = postgres === undefined ? [port] : [port, await freePort()];
    for (const listen of ports) {
      const identityPort = await freePort();
      const object = {
        openapi: path.join(this.#folder, "api.yaml"),
        upstream: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
        transport: { listen, tls: "dangerouslyOff", publicUrl: `http://${this.#host}`, adminListen: "off" },
        authentication: { oauth: { issuer: "built-in", audience: "https://api.example.com" } },
        // Tests fail to authenticate more often than anybody may.
        rateLimiting: {
          failedAuthentication: { limit: 10_000, window: "15m" },
          addressCeiling: { limit: 10_000, window: "1m" },
        },
        authorization: { roles: { customer: {}, support: { permissions: ["orders:refund"] } } },
        monitoring: { sinks: [{ file: path.join(this.#folder, `audit-${listen}.ndjson`) }] },
        identity: {
          listen: identityPort,
          database,
          secrets: [{ file: path.join(this.#folder, "identity.key") }],
          mail: { folder: path.join(this.#folder, "mail") },
          clients: CLIENTS,
          ...more,
        },
      } as never;
      const loaded = await loadSettings({ object, observe, cwd: this.#folder, env: {} });
      const composition = await compose(loaded, systemPorts(this.#folder));
      const told = identityToServe(loaded.settings, await describeDocument(loaded, this.#folder));
      const tell = (event: Parameters<typeof composition.recorder.system>[0]) => composition.recorder.system(event);
      const record = { tell, deliver: (event: Parameters<typeof tell>[0]) => Promise.resolve(tell(event)) };
      const running = await serveIdentity(told, { stderr: { write: () => undefined } }, record);
      const gateway = await serve(composition);
      const close = async () => {
        await running.close();
        await gateway.close();
      };
      this.#stacks.push({ port: listen, identityPort, identity: running.identity, close });
    }
    for (const source of this.#stacks) await this.#ready(source);
  }

  async #ready({ port }: Stack): Promise<void> {
    const asked = { host: "127.0.0.1", port, path: "/identity/jwks", headers: { host: this.#host } };
    await answered(asked, undefined);
  }

  async close(): Promise<void> {
    for (const stack of this.#stacks) await stack.close();
    for (const end of this.#ends.toReversed()) await end();
  }

  /** By a gateway; by the second one, where there are two. */
  ask(method: string, below: string, asked: Asked = {}, at: "first" | "last" = "first"): Promise<Answered> {
    const { port } = (at === "first" ? this.#first : this.#stacks.at(-1)) as Stack;
    return this.#send(port, method, below, asked);
  }

  /** Past the gate, straight to the process behind it. */
  askBehind(method: string, below: string, asked: Asked = {}): Promise<Answered> {
    return this.#send(this.#first.identityPort, method, below, asked);
  }

  #send(port: number, method: string, below: string, { token, body, headers = {} }: Asked): Promise<Answered> {
    const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
    const target = below.startsWith("~") ? below.slice(1) : `/identity/admin/v1${below}`;
    return answered(
      {
        host: "127.0.0.1",
        port,
        method,
        path: target,
        headers: {
          host: this.#host,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(text === undefined
            ? {}
            : { "content-type": "application/json", "content-length": String(Buffer.byteLength(text)) }),
          ...headers,
        },
      },
      text,
    );
  }

  /** A confirmed account with the roles. */
  async account(email: string, roles: readonly string[] = []): Promise<string> {
    const made = await this.identity.administration.users.add({ email, password: PASSWORD, roles }, OPERATOR);
    if ("refused" in made) throw new Error(made.refused);
    return made.id;
  }

  async machineToken(id: string, scope = BOTH.join(" "), resource = this.audience): Promise<string> {
    const made = await this.identity.administration.clients.addSecret(id, OPERATOR, true);
    if ("refused" in made) throw new Error(made.refused);
    const form = { grant_type: "client_credentials", client_id: id, client_secret: made.secret, scope, resource };
    const text = new URLSearchParams(form).toString();
    const answer = await this.ask("POST", "~/identity/token", {
      body: text,
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return answer.body["access_token"] as string;
  }

  /** As a person gets one: signs in, consents. */
  async personToken(email: string, scope = BOTH.join(" "), resource = this.audience, id = "console"): Promise<string> {
    const config = await client.discovery(new URL(this.issuer), id, undefined, client.None(), {
      execute: [client.allowInsecureRequests],
    });
    const verifier = client.randomPKCECodeVerifier();
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: `openid ${scope}`,
      resource,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    const person = new Person("https://console.example.com");
    const consent = await person.submit(await person.open(url.href), { email, password: PASSWORD });
    const back = await person.submit(consent, { answer: "allow" });
    const tokens = await client.authorizationCodeGrant(config, new URL(back.url), { pkceCodeVerifier: verifier });
    return tokens.access_token;
  }

  /** What a person would hold who signed in at the console, without the way to it. */
  administratorToken(sub: string): Promise<string> {
    // Of a moment from now: what was revoked in this second would mean it, too.
    const iat = Math.floor(Date.now() / 1000) + 2;
    return this.signed({ sub, iat, scope: BOTH.join(" "), roles: [ADMINISTRATOR_ROLE] });
  }

  /** Signed by this server's own key: what an attacker would get if it ever put these claims into a token. */
  async signed(
    claims: Readonly<Record<string, unknown>>,
    header: Readonly<Record<string, unknown>> = {},
  ): Promise<string> {
    const [key] = await this.identity.keys.current();
    if (key === undefined) throw new Error("there is no key");
    const now = Math.floor(Date.now() / 1000);
    const usual = {
      iss: this.issuer,
      aud: this.audience,
      iat: now,
      exp: now + 60,
      jti: randomUUID(),
      client_id: "console",
    };
    const parts = [
      { alg: "ES256", typ: "at+jwt", kid: key.kid, ...header },
      { ...usual, ...claims },
    ];
    const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    const privateKey = createPrivateKey({ key: key.privateJwk, format: "jwk" });
    const signature = sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" });
    return `${text}.${signature.toString("base64url")}`;
  }

  /** What is on record, of all gateways. */
  events(): readonly Record<string, never>[] {
    return this.#stacks
      .map(({ port }) => readFileSync(path.join(this.#folder, `audit-${port}.ndjson`), "utf8"))
      .flatMap((text) => text.trim().split("\n"))
      .map((line) => JSON.parse(line) as Record<string, never>);
  }
}

function answered(options: RequestOptions, text: string | undefined): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        const said = Buffer.concat(chunks).toString();
        const isJson = /json/.test(answer.headers["content-type"] ?? "");
        const body = isJson ? (JSON.parse(said) as Record<string, unknown>) : { text: said };
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body });
      });
    });
    asked.on("error", reject);
    asked.end(text);
  });
}
