// From what the user wrote to the complete settings: defaults filled in, times in milliseconds, files resolved.
import { DEFAULTS } from "../defaults.ts";
import type { Configuration } from "../schema/portcullis.ts";
import { sizeBytes } from "../schema/words.ts";
import type { OperationSettings, Settings, ValidationSettings } from "../settings.ts";
import { resolveAuthentication } from "./authentication.ts";
import { resolveCors } from "./cors.ts";
import { resolveIdentity } from "./identity.ts";
import { resolveMonitoring } from "./monitoring.ts";
import { resolveOperationLimits, resolveRateLimiting } from "./rate-limiting.ts";
import type { Resolving } from "./resolving.ts";
import { resolveTransport } from "./transport.ts";
import { resolveUpstream } from "./upstream.ts";

/** Problems are noted on `to`; with an error among them the result must not be used. */
export async function resolveSettings(written: Configuration, observe: boolean, to: Resolving): Promise<Settings> {
  const transport = resolveTransport(written.transport ?? {}, to);
  const identity = await resolveIdentity(written.identity, transport, to);
  return {
    openapi: resolveDocument(written.openapi, to),
    upstream: await resolveUpstream(written.upstream, to),
    observe,
    transport,
    authentication: await resolveAuthentication(written.authentication ?? {}, identity, to),
    authorization: {
      mode: written.authorization?.mode,
      roles: (written.authorization?.roles ?? {}) as Settings["authorization"]["roles"],
    },
    rateLimiting: resolveRateLimiting(written.rateLimiting, to),
    validation: { ...DEFAULT_VALIDATION, ...resolveValidation(written.validation) },
    monitoring: await resolveMonitoring(written.monitoring ?? {}, observe, to),
    identity,
    operations: Object.entries(written.operations ?? {}).map(([selector, entry]) =>
      resolveOperation(selector, entry, to),
    ),
  };
}

/** What decides about every request is no stranger's to change: it is a file. */
function resolveDocument(written: string, to: Resolving): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(written)) {
    to.error(
      ["openapi"],
      "document-remote",
      "openapi is a URL: documents are read from files only",
      "Save it beside the configuration, such as with: curl -o openapi.yaml <URL>",
    );
  }
  return to.shownFile(["openapi"], written);
}

const DEFAULT_VALIDATION: ValidationSettings = {
  requests: DEFAULTS.requests,
  responses: DEFAULTS.responses,
  unknownParameters: DEFAULTS.unknownParameters,
  injection: DEFAULTS.injection,
  bodyBytesMax: DEFAULTS.bodyBytesMax,
  responseBytesMax: DEFAULTS.responseBytesMax,
};

/** Only what was written, so that it can be laid over what is there. */
function resolveValidation(written: Configuration["validation"]): Partial<ValidationSettings> {
  if (written === undefined) return {};
  const { requests, responses, unknownParameters, injection, bodyBytesMax, responseBytesMax } = written;
  return {
    ...(requests === undefined ? {} : { requests }),
    ...(responses === undefined ? {} : { responses }),
    ...(unknownParameters === undefined ? {} : { unknownParameters }),
    ...(injection === undefined ? {} : { injection }),
    ...(bodyBytesMax === undefined ? {} : { bodyBytesMax: sizeBytes(bodyBytesMax) }),
    ...(responseBytesMax === undefined ? {} : { responseBytesMax: sizeBytes(responseBytesMax) }),
  };
}

function resolveOperation(
  selector: string,
  written: NonNullable<Configuration["operations"]>[string],
  to: Resolving,
): OperationSettings {
  const at = ["operations", selector];
  const cors = written.transport?.cors;
  const limits = resolveOperationLimits(written.rateLimiting, [...at, "rateLimiting"], to);
  return {
    selector,
    at,
    cors: cors === undefined || cors === "off" ? cors : resolveCors(cors, [...at, "transport", "cors"], to),
    authenticationMode: written.authentication?.mode,
    authenticationLevel: written.authentication?.level,
    authorizationMode: written.authorization?.mode,
    roles: written.authorization?.roles,
    permissions: written.authorization?.permissions,
    rateLimitingMode: limits.mode,
    limits: limits.limits,
    concurrency: limits.concurrency,
    validation: resolveValidation(written.validation),
  };
}
