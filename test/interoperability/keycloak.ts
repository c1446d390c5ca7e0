// A real Keycloak for tests: started from the folder that KEYCLOAK_HOME names, set up through its admin interface.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../servers/free-port.ts";
import { type Program, startProgram } from "./program.ts";
import { post, REDIRECT_URL, signIn, type Tokens } from "./sign-in.ts";

export const HOME = process.env["KEYCLOAK_HOME"];

const ADMIN = { username: "admin", password: "only-for-this-test" };
const USER_PASSWORD = "correct horse battery staple";
const SECRET = "only-for-this-test-too";

export interface Keycloak {
  /** Sends to the admin interface, below the realm: `POST /clients`. */
  readonly admin: <T = unknown>(method: string, at: string, body?: unknown) => Promise<T>;
  readonly issuer: string;
  /** A token of another realm: the administrator's own. */
  adminToken(): Promise<string>;
  /** Client credentials (RFC 6749 4.4). */
  clientToken(clientId: string, scope?: string): Promise<string>;
  /** Authorization Code with PKCE. */
  userTokens(username: string, scope: string): Promise<Tokens>;
  /** Ends the process; its data stays. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it for good. */
  close(): Promise<void>;
}

/** Starts it with an empty realm of that name. */
export async function startKeycloak(realm: string): Promise<Keycloak> {
  const folder = mkdtempSync(path.join(tmpdir(), "keycloak-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const issuer = `${url}/realms/${realm}`;
  const endpoint = (name: string): string => `${issuer}/protocol/openid-connect/${name}`;
  let program: Program | undefined;
  const keycloak: Keycloak = {
    issuer,
    async start() {
      program = await startProgram({
        command: path.join(HOME as string, "bin/kc.sh"),
        args: [
          "start-dev",
          "--http-host=127.0.0.1",
          `--http-port=${port}`,
          "--db=dev-file",
          `--db-url=jdbc:h2:file:${folder}/data;NON_KEYWORDS=VALUE`,
        ],
        env: {
          KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.username,
          KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
          JAVA_OPTS_KC_HEAP: "-Xms256m -Xmx768m",
        },
        log: path.join(folder, "log"),
        readyUrl: `${url}/realms/master`,
      });
    },
    async stop() {
      await program?.stop();
    },
    async close() {
      await program?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
    async adminToken() {
      const login = { grant_type: "password", client_id: "admin-cli", ...ADMIN };
      return (await post<Tokens>(`${url}/realms/master/protocol/openid-connect/token`, login)).access_token;
    },
    async admin<T>(method: string, at: string, body?: unknown) {
      const token = await keycloak.adminToken();
      const answer = await fetch(`${url}/admin/realms${at}`, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${at}: ${answer.status} ${text}`);
      return (text === "" ? undefined : JSON.parse(text)) as T;
    },
    async clientToken(clientId, scope = "") {
      const form = { grant_type: "client_credentials", client_id: clientId, client_secret: SECRET, scope };
      return (await post<Tokens>(endpoint("token"), form)).access_token;
    },
    userTokens: (username, scope) =>
      signIn({
        authorizationUrl: endpoint("auth"),
        tokenUrl: endpoint("token"),
        clientId: "web",
        scope,
        form: { username, password: USER_PASSWORD },
      }),
  };
  try {
    await keycloak.start();
    await keycloak.admin("POST", "", { realm, enabled: true });
  } catch (error) {
    await keycloak.close();
    throw error;
  }
  return keycloak;
}

/** What an owner of an API sets up: scopes, the audience, roles, clients of both kinds, users. */
export async function setUpShop({ admin }: Keycloak, audience: string): Promise<void> {
  const scope = { protocol: "openid-connect", attributes: { "include.in.token.scope": "true" } };
  await admin("POST", "/shop/client-scopes", { ...scope, name: "orders:read" });
  await admin("POST", "/shop/client-scopes", { ...scope, name: "orders:write" });
  await admin("POST", "/shop/client-scopes", {
    name: "orders-api",
    protocol: "openid-connect",
    attributes: { "include.in.token.scope": "false" },
    protocolMappers: [audienceMapper(audience)],
  });
  for (const name of ["customer", "support"]) await admin("POST", "/shop/roles", { name });
  const orders = ["orders:read", "orders:write", "orders-api"];
  const web = { clientId: "web", publicClient: true, redirectUris: [REDIRECT_URL] };
  await admin("POST", "/shop/clients", { ...web, attributes: { "pkce.code.challenge.method": "S256" } });
  await addJob("job");
  await addJob("other-api-job");
  await addJob("rfc9068-job", { "access.token.header.type.rfc9068": "true" });
  await addJob("brief-job", { "access.token.lifespan": "2" });
  for (const { id, clientId } of await admin<{ id: string; clientId: string }[]>("GET", "/shop/clients")) {
    if (clientId !== "web" && !clientId.endsWith("job")) continue;
    for (const { id: scopeId, name } of await admin<{ id: string; name: string }[]>("GET", "/shop/client-scopes")) {
      if (!orders.includes(name) || (clientId === "other-api-job" && name === "orders-api")) continue;
      // The audience always; scopes when they are asked for.
      const kind = name === "orders-api" ? "default" : "optional";
      await admin("PUT", `/shop/clients/${id}/${kind}-client-scopes/${scopeId}`);
    }
  }
  await addUser("carl", "customer");
  await addUser("sue", "support");

  async function addJob(clientId: string, attributes: Record<string, string> = {}): Promise<void> {
    const flows = { publicClient: false, serviceAccountsEnabled: true, standardFlowEnabled: false };
    await admin("POST", "/shop/clients", { clientId, secret: SECRET, ...flows, attributes });
  }

  async function addUser(username: string, role: string): Promise<void> {
    const profile = { email: `${username}@example.com`, firstName: username, lastName: "Example", emailVerified: true };
    const credentials = [{ type: "password", value: USER_PASSWORD, temporary: false }];
    await admin("POST", "/shop/users", { username, enabled: true, ...profile, credentials });
    const [user] = await admin<{ id: string }[]>("GET", `/shop/users?exact=true&username=${username}`);
    const representation = await admin("GET", `/shop/roles/${role}`);
    await admin("POST", `/shop/users/${user?.id}/role-mappings/realm`, [representation]);
  }
}

function audienceMapper(audience: string): object {
  return {
    name: "audience",
    protocol: "openid-connect",
    protocolMapper: "oidc-audience-mapper",
    config: { "included.custom.audience": audience, "access.token.claim": "true", "id.token.claim": "false" },
  };
}

/** Adds a key that signs from now on; the others go on verifying. Resolves to its component's id, to disable it. */
export async function addKey({ admin }: Keycloak, algorithm: string, priority: number): Promise<string> {
  const curve = algorithm.startsWith("ES");
  const providerId = algorithm === "EdDSA" ? "eddsa-generated" : curve ? "ecdsa-generated" : "rsa-generated";
  const config: Record<string, string[]> = { priority: [String(priority)], active: ["true"], enabled: ["true"] };
  if (providerId === "rsa-generated") config["algorithm"] = [algorithm];
  if (curve) config["ecdsaEllipticCurveKey"] = [`P-${algorithm.slice(2)}`];
  if (algorithm === "EdDSA") config["eddsaEllipticCurveKey"] = ["Ed25519"];
  const realm = await admin<{ id: string; defaultSignatureAlgorithm: string }>("GET", "/shop");
  const name = `${algorithm}-${priority}`;
  const component = { name, providerId, parentId: realm.id, providerType: "org.keycloak.keys.KeyProvider", config };
  await admin("POST", "/shop/components", component);
  await admin("PUT", "/shop", { defaultSignatureAlgorithm: algorithm });
  const [made] = await admin<{ id: string }[]>("GET", `/shop/components?name=${name}`);
  return made?.id ?? "";
}

/** Takes a key out of the published set: what it signed must not count any longer. */
export async function disableKey({ admin }: Keycloak, id: string): Promise<void> {
  const component = await admin<{ config: Record<string, string[]> }>("GET", `/shop/components/${id}`);
  component.config["enabled"] = ["false"];
  component.config["active"] = ["false"];
  await admin("PUT", `/shop/components/${id}`, component);
}
