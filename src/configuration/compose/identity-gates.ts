// The gates of the built-in authorization server: which of its paths are served, and how often an address may ask for them.
import { bindGate, type Gate } from "../../core/gate.ts";
import type { OperationName } from "../../core/exchange.ts";
import type { RequestGuard } from "../../core/guard.ts";
import { DEFAULTS } from "../defaults.ts";
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

/** Whoever has one can go on in the browser's place: no record shows it. */
export const IDENTITY_SECRETS: readonly string[] = ["uid"];

/** The largest request is a form. */
const BODY_BYTES_MAX = 64 * 1024;

/** What the document declares below the path would be served by the one or the other: nobody could say by which. */
export function judgeIdentityPath(judgement: Judgement): void {
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
  const changing = identityLimit(parts, mode);
  const gateOf = (operation: OperationName): Gate =>
    bindGate({
      operation,
      head: [guards.addressCeiling(mode), ...(operation.method === "POST" ? [changing] : [])],
      body: [],
      response: [guards.answer(), guards.limitFields()],
      bodyBytesMax: BODY_BYTES_MAX,
      bodyLimitMode: "enforce",
      answerBytesMax: settings.validation.responseBytesMax,
      destination: "identity",
    });
  const route = (method: string, template: string): IdentityRoute => {
    const operation = Object.freeze({ id: `${method} ${template}`, method, template, tags: ["identity"] });
    return { method, template, gate: gateOf(operation) };
  };
  return [
    ...PATHS.flatMap(([methods, path]) => methods.split(" ").map((method) => route(method, identity.path + path))),
    ...(identity.registrationPath === undefined || api.operations.some((one) => isRegistration(one, identity))
      ? []
      : [route("POST", identity.registrationPath)]),
    // RFC 8414 3: the well-known part stands before the issuer's path.
    route("GET", `/.well-known/oauth-authorization-server${identity.path}`),
  ];
}
