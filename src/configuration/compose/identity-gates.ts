// The gates of the built-in authorization server: which of its paths are served, and how often an address may ask for them.
import { bindGate, type Gate } from "../../core/gate.ts";
import type { OperationName } from "../../core/exchange.ts";
import type { RequestGuard } from "../../core/guard.ts";
import { ADMINISTRATION_SCOPES } from "../../identity/roles/administration-scopes.ts";
import { ADMINISTRATOR_ROLE } from "../../identity/roles/role-store.ts";
import { PROTOCOL_SCOPES } from "../../identity/provider/client-metadata.ts";
import { DEFAULTS } from "../defaults.ts";
import { suggestion } from "../did-you-mean.ts";
import { identityResources } from "../identity-resources.ts";
import type { IdentitySettings } from "../settings.ts";
import type { GateParts } from "./gates.ts";
import type { Judgement } from "./judgement.ts";
import type { GuardMode } from "./operation-policy.ts";

export interface IdentityRoute {
  readonly method: string;
  readonly template: string;
  readonly gate: Gate;
}

/** Below the path, unless it begins at the root. `OPTIONS`: pages of other origins may ask there (CORS), and it answers that itself. */
const PATHS: readonly (readonly [string, string])[] = [
  ["GET", "/.well-known/openid-configuration"],
  ["GET OPTIONS", "/jwks"],
  ["GET", "/auth"],
  ["GET", "/auth/{uid}"],
  ["POST OPTIONS", "/token"],
  ["POST OPTIONS", "/token/revocation"],
  ["POST", "/token/introspection"],
  ["POST OPTIONS", "/request"],
  ["GET POST OPTIONS", "/me"],
  ["GET", "/session/end"],
  ["POST", "/session/end/confirm"],
  ["GET", "/session/end/success"],
  ["GET POST", "/register"],
  ["POST", "/api/register"],
  ["GET POST", "/invitation"],
  ["GET POST", "/bootstrap"],
  ["GET POST", "/forgotten"],
  ["GET POST", "/verify"],
  ["GET POST", "/reset"],
  ["GET", "/interaction/{uid}"],
  ["POST", "/interaction/{uid}/sign-in"],
  ["POST", "/interaction/{uid}/consent"],
  ["POST", "/interaction/{uid}/second-factor"],
  ["POST", "/interaction/{uid}/passkey"],
  ["GET", "/account"],
  ["GET POST", "/account/app"],
  ["GET POST", "/account/passkey"],
  ["GET POST", "/account/password"],
  ["GET POST", "/account/email"],
  ["GET POST", "/account/email/confirm"],
  ["POST", "/account/export"],
  ["GET POST", "/account/delete"],
  ["POST", "/account/recovery-codes"],
  ["POST", "/account/remove"],
  ["POST", "/account/end-session"],
  ["POST", "/account/end-others"],
  ["POST", "/account/withdraw"],
  ["POST", "/account/sign-out"],
];

/**
 * Where programs ask, for people who are many behind one address: an office, or the server of a web site. Only what failed counts there;
 * all of it is below the ceiling of an address.
 */
const BY_PROGRAMS = ["/token", "/token/revocation", "/token/introspection", "/request"];

/** Whoever has one can go on in the browser's place: no record shows it. */
export const IDENTITY_SECRETS: readonly string[] = ["uid"];

/** The largest request is a form. */
const BODY_BYTES_MAX = 64 * 1024;

export function judgeIdentity(judgement: Judgement): void {
  judgeIdentityPath(judgement);
  judgeScopes(judgement);
  judgeAdministration(judgement);
}

/** A scope that nothing asks for is never granted: the same holds for clients that administrators make. */
function judgeScopes(judgement: Judgement): void {
  const { settings, api } = judgement;
  const { clients = [], administration } = settings.identity ?? {};
  const known = [
    ...PROTOCOL_SCOPES,
    ...identityResources(settings, api).flatMap(({ scopes }) => scopes),
    ...(administration === true ? ADMINISTRATION_SCOPES : []),
  ];
  for (const { id, scopes = [] } of clients) {
    const unknown = scopes.findIndex((scope) => !known.includes(scope));
    if (unknown < 0) continue;
    const scope = scopes[unknown] as string;
    judgement.error(
      "scope-unknown",
      { settings: ["identity", "clients", id, "scopes", unknown] },
      `${id} may ask for the scope "${scope}", which no operation with tokens of identity asks for`,
      suggestion(scope, known) ?? "Name a scope of the document's `security`.",
    );
  }
}

/** Roles that nothing knows would give nothing; scopes of the administration are the administration's alone. */
function judgeAdministration(judgement: Judgement): void {
  const { settings, api } = judgement;
  const declared = [...Object.keys(settings.authorization.roles), ADMINISTRATOR_ROLE];
  for (const { id, roles } of settings.identity?.clients ?? []) {
    const unknown = roles.find((role) => !declared.includes(role));
    if (unknown === undefined) continue;
    judgement.error(
      "role-unknown",
      { settings: ["identity", "clients", id, "roles"] },
      `${id} has the role "${unknown}", which authorization.roles does not declare`,
      suggestion(unknown, declared) ?? "Declare it under authorization.roles.",
    );
  }
  for (const { email, roles } of settings.identity?.users ?? []) {
    const unknown = roles.find((role) => !declared.includes(role));
    if (unknown === undefined) continue;
    judgement.error(
      "role-unknown",
      { settings: ["identity", "users", email.address, "roles"] },
      `${email.address} has the role "${unknown}", which authorization.roles does not declare`,
      suggestion(unknown, declared) ?? "Declare it under authorization.roles.",
    );
  }
  if (settings.identity?.administration !== true) return;
  for (const operation of api.operations) {
    const asked = (operation.security ?? []).flat().flatMap(({ scopes }) => scopes);
    const reserved = asked.find((scope) => ADMINISTRATION_SCOPES.includes(scope));
    if (reserved === undefined) continue;
    judgement.error(
      "scope-reserved",
      { document: operation.at },
      `${operation.id} asks for the scope ${reserved}, which opens the administration of identity`,
      "Name it otherwise, or set `identity.administration: off`.",
    );
  }
}

/** What the document declares below the path would be served by the one or the other: nobody could say by which. */
function judgeIdentityPath(judgement: Judgement): void {
  const { identity } = judgement.settings;
  if (identity === undefined) return;
  const own = `/.well-known/oauth-authorization-server${identity.path}`;
  const found = judgement.api.operations.find(({ templates }) =>
    templates.some((template) => `${template}/`.startsWith(`${identity.path}/`) || template === own),
  );
  if (found === undefined) return;
  judgement.error(
    "identity-path-taken",
    { settings: ["identity"] },
    `${found.method} ${found.template} of the document lies where the authorization server is served`,
    "Choose another `identity.path`.",
  );
}

/** Whether the document declares the operation that makes accounts: it keeps its gate, and the authorization server answers. */
export function isRegistration(
  { method, templates }: RegistrationLike,
  identity: IdentitySettings | undefined,
): boolean {
  const path = identity?.registrationPath;
  return path !== undefined && method === "POST" && templates.includes(path);
}

interface RegistrationLike {
  readonly method: string;
  readonly templates: readonly string[];
}

/** How often one address may have something changed there. */
export function identityLimit({ guards }: GateParts, mode: GuardMode): RequestGuard {
  return guards.limit({ limit: { ...DEFAULTS.identityLimit, at: ["identity"] }, scope: "identity" }, mode);
}

export function identityRoutes(identity: IdentitySettings, parts: GateParts): readonly IdentityRoute[] {
  const { api, settings, guards } = parts;
  const mode: GuardMode = settings.observe ? "monitor" : settings.rateLimiting.mode;
  const changing = { request: identityLimit(parts, mode), response: undefined };
  const byPrograms = new Set(BY_PROGRAMS.map((path) => identity.path + path));
  const failing = guards.failedTokenRequests(mode);
  const gateOf = (operation: OperationName): Gate => {
    const { method, template } = operation;
    const limit = byPrograms.has(template) ? failing : changing;
    const { request, response } = method === "POST" ? limit : {};
    return bindGate({
      operation,
      head: [...guards.addressSanctions(), guards.addressCeiling(mode), ...(request === undefined ? [] : [request])],
      body: [],
      response: [guards.answer("identity"), ...(response === undefined ? [] : [response]), guards.limitFields()],
      bodyBytesMax: BODY_BYTES_MAX,
      bodyLimitMode: "enforce",
      answerBytesMax: settings.validation.responseBytesMax,
      destination: "identity",
    });
  };
  const route = (method: string, template: string): IdentityRoute => {
    const operation = Object.freeze({ id: `${method} ${template}`, method, template, tags: ["identity"] });
    return { method, template, gate: gateOf(operation) };
  };
  return [
    ...(identity.appearance.logo === undefined ? [] : [route("GET", `${identity.path}/logo`)]),
    ...PATHS.flatMap(([methods, path]) => methods.split(" ").map((method) => route(method, identity.path + path))),
    ...(identity.registrationPath === undefined || api.operations.some((one) => isRegistration(one, identity))
      ? []
      : [route("POST", identity.registrationPath)]),
    // RFC 8414 3: the well-known part stands before the issuer's path.
    route("GET", `/.well-known/oauth-authorization-server${identity.path}`),
  ];
}
