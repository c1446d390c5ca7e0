// The administration of the built-in authorization server as an API of its own: its document becomes gates of the same guards as the API's.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Gate } from "../../core/gate.ts";
import { compileRoles } from "../../authorization/index.ts";
import { ADMINISTRATION_PATH, administrationAudience } from "../../identity/roles/administration-scopes.ts";
import { ADMINISTRATOR_ROLE } from "../../identity/roles/role-store.ts";
import type { ApiDescription } from "../../openapi/api-description.ts";
import { DocumentSet } from "../../openapi/document.ts";
import { ProblemsError } from "../../openapi/located.ts";
import { describeApi, routesOf } from "../../openapi/operations.ts";
import type { Operation } from "../../openapi/operation.ts";
import { SchemaCompiler } from "../../validation/index.ts";
import { DEFAULTS } from "../defaults.ts";
import type { LoadedSettings } from "../load.ts";
import { builtInScheme } from "../resolve/built-in-scheme.ts";
import type { IdentitySettings, OperationSettings, Settings } from "../settings.ts";
import { carryingFields } from "./forward.ts";
import { operationGate } from "./gates.ts";
import { GuardShelf } from "./guards.ts";
import type { IdentityRoute } from "./identity-gates.ts";
import { Judgement } from "./judgement.ts";
import { operationPolicy } from "./operation-policy.ts";
import type { ComposePorts, Say } from "./ports.ts";
import { bindSchemes, type BoundSchemes } from "./schemes.ts";
import type { Survivors } from "./survivors.ts";

const FILE = fileURLToPath(new URL("../../../data/administration.openapi.yaml", import.meta.url));
/** As the document names it. */
const SCHEME = "portcullis-administration";
const AT = ["identity", "administration"];

export interface AdministrationGates {
  readonly api: ApiDescription;
  readonly routes: readonly IdentityRoute[];
  readonly schemes: Pick<BoundSchemes, "keys" | "verified" | "closeNew">;
}

/** Undefined where it is not served. `survivors`: keys that the API's own schemes have are not loaded twice. */
export async function administrationGates(
  loaded: LoadedSettings,
  ports: ComposePorts,
  say: Say,
  survivors: Survivors,
): Promise<AdministrationGates | undefined> {
  const { identity } = loaded.settings;
  if (identity?.administration !== true) return undefined;
  const api = await describeAdministration(identity.path);
  const settings = settingsOf(loaded.settings, identity);
  const judgement = new Judgement({ ...loaded, settings }, api);
  const schemes = await bindSchemes(judgement, ports, say, survivors);
  const errors = judgement.problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    schemes.closeNew();
    throw new ProblemsError(errors);
  }
  const roles = compileRoles(settings.authorization.roles);
  const parts = {
    api,
    settings,
    schemas: new SchemaCompiler(api.set),
    guards: new GuardShelf(settings, ports, schemes.authenticators, roles),
    credentials: {
      dropped: new Set<string>(),
      carriers: carryingFields(judgement, schemes.settings),
      settings: schemes.settings,
    },
  };
  const gates = new Map<Operation, Gate>();
  for (const operation of api.operations) {
    const policy = operationPolicy(operation, settings, [EVERY_OPERATION], undefined);
    gates.set(operation, operationGate(policy, parts, "identity"));
  }
  const routes = routesOf(api.operations).map(({ method, template, value }) => ({
    method,
    template,
    gate: gates.get(value) as Gate,
  }));
  return { api, routes, schemes };
}

/** Its paths are where `identity.path` puts them. */
async function describeAdministration(identityPath: string): Promise<ApiDescription> {
  const set = await DocumentSet.load(FILE, async (file) => {
    const text = await readFile(file, "utf8");
    return text.replace("url: /identity/admin/v1", `url: ${identityPath}${ADMINISTRATION_PATH}`);
  });
  return describeApi(set);
}

/** The role, and a budget that is nobody's of the API. */
const EVERY_OPERATION: OperationSettings = {
  selector: "administration of identity",
  at: AT,
  cors: "off",
  authenticationMode: "enforce",
  authenticationLevel: undefined,
  authorizationMode: "enforce",
  roles: [ADMINISTRATOR_ROLE],
  permissions: undefined,
  rateLimitingMode: "enforce",
  limits: [{ ...DEFAULTS.administrationLimit, at: AT }],
  concurrency: [],
  validation: {},
};

/** All of it is enforced, also with `--observe`: that looks at what clients of the API do, and opens nothing of the server's own. */
function settingsOf(settings: Settings, identity: IdentitySettings): Settings {
  const audience = [administrationAudience(identity.issuer)];
  const dpop = { mode: undefined, maxAgeMs: DEFAULTS.proofMaxAgeMs, nonce: false };
  return {
    ...settings,
    observe: false,
    authentication: {
      mode: "enforce",
      default: undefined,
      denied: settings.authentication.denied,
      schemes: new Map([[SCHEME, builtInScheme(identity, AT, audience, dpop)]]),
    },
    authorization: { mode: "enforce", roles: { [ADMINISTRATOR_ROLE]: {} } },
    rateLimiting: { ...settings.rateLimiting, mode: "enforce", limits: [], concurrency: [] },
    validation: {
      ...settings.validation,
      requests: "enforce",
      responses: "enforce",
      unknownParameters: "enforce",
      injection: "off",
      bodyBytesMax: DEFAULTS.administrationBodyBytesMax,
    },
    operations: [],
  };
}
