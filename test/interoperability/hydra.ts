// A real Ory Hydra for tests: the program that HYDRA_BIN names, and the login and consent application that it asks for.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../servers/free-port.ts";
import { startProgram } from "./program.ts";
import { post, REDIRECT_URL, signIn, type Tokens } from "./sign-in.ts";

export const PROGRAM = process.env["HYDRA_BIN"];

const SECRET = "only-for-this-test";

export interface Hydra {
  readonly issuer: string;
  admin<T = unknown>(method: string, at: string, body?: unknown): Promise<T>;
  clientToken(form: { readonly scope: string; readonly audience?: string }): Promise<string>;
  /** Authorization Code with PKCE; everybody is signed in and consents. */
  userTokens(form: { readonly scope: string; readonly audience?: string }): Promise<Tokens>;
  close(): Promise<void>;
}

export interface HydraOptions {
  readonly accessToken: "jwt" | "opaque";
  readonly scopeClaim?: "list" | "string" | "both";
  readonly audience: string;
}

export async function startHydra({ accessToken, scopeClaim = "list", audience }: HydraOptions): Promise<Hydra> {
  const folder = mkdtempSync(path.join(tmpdir(), "hydra-"));
  const [port, adminPort] = [await freePort(), await freePort()];
  const issuer = `http://127.0.0.1:${port}`;
  const consenting = await startConsentApp(`http://127.0.0.1:${adminPort}`);
  const file = path.join(folder, "hydra.json");
  const configuration = {
    dsn: "memory",
    serve: { public: { host: "127.0.0.1", port }, admin: { host: "127.0.0.1", port: adminPort } },
    urls: { self: { issuer }, login: `${consenting.url}/login`, consent: `${consenting.url}/consent` },
    secrets: { system: ["only-for-this-test-and-long-enough"] },
    strategies: { access_token: accessToken, jwt: { scope_claim: scopeClaim } },
    sqa: { opt_out: true },
  };
  writeFileSync(file, JSON.stringify(configuration));
  const admin: Hydra["admin"] = (method, at, body) => send(method, `http://127.0.0.1:${adminPort}/admin${at}`, body);
  const program = await startProgram({
    command: PROGRAM as string,
    args: ["serve", "all", "--dev", "--config", file],
    log: path.join(folder, "log"),
    // It makes its keys when they are first asked for, which takes seconds: longer than a gate waits for one fetch.
    readyUrl: `${issuer}/.well-known/jwks.json`,
  });
  const scope = "openid offline orders:read orders:write";
  const both = { scope, audience: [audience, "https://other.example.com"] };
  await admin("POST", "/clients", {
    ...both,
    client_id: "job",
    client_secret: SECRET,
    grant_types: ["client_credentials"],
    token_endpoint_auth_method: "client_secret_post",
  });
  await admin("POST", "/clients", {
    ...both,
    client_id: "web",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    redirect_uris: [REDIRECT_URL],
    token_endpoint_auth_method: "none",
  });
  return {
    issuer,
    admin,
    async clientToken(form) {
      const login = { grant_type: "client_credentials", client_id: "job", client_secret: SECRET };
      return (await post<Tokens>(`${issuer}/oauth2/token`, { ...login, ...form })).access_token;
    },
    userTokens: ({ scope: asked, ...parameters }) =>
      signIn({
        authorizationUrl: `${issuer}/oauth2/auth`,
        tokenUrl: `${issuer}/oauth2/token`,
        clientId: "web",
        scope: asked,
        parameters,
      }),
    async close() {
      await program.stop();
      await consenting.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Hydra has no users: it sends the browser here, and is told who it is and what they allow. Roles go into the token. */
async function startConsentApp(adminUrl: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const accept = (kind: "login" | "consent", challenge: string, body: unknown): Promise<{ redirect_to: string }> =>
    send("PUT", `${adminUrl}/admin/oauth2/auth/requests/${kind}/accept?${kind}_challenge=${challenge}`, body);
  const handle = async (target: string, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(target, "http://localhost");
    const kind = pathname === "/login" ? "login" : "consent";
    const challenge = encodeURIComponent(searchParams.get(`${kind}_challenge`) ?? "");
    let body: unknown = { subject: "sue" };
    if (kind === "consent") {
      const asked = await send<{ requested_scope: string[]; requested_access_token_audience: string[] }>(
        "GET",
        `${adminUrl}/admin/oauth2/auth/requests/consent?consent_challenge=${challenge}`,
      );
      body = {
        grant_scope: asked.requested_scope,
        grant_access_token_audience: asked.requested_access_token_audience,
        session: { access_token: { roles: ["support"] } },
      };
    }
    const { redirect_to: location } = await accept(kind, challenge, body);
    response.writeHead(302, { location }).end();
  };
  const server = createServer((request, response) => {
    handle(request.url ?? "/", response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function send<T>(method: string, url: string, body?: unknown): Promise<T> {
  const answer = await fetch(url, {
    method,
    headers: { "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}
