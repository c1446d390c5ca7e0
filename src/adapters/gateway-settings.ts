// What of a configuration only a gateway has: refused in an object, told where one file serves gateway and framework.
import type { LoadedSettings } from "../configuration/load.ts";
import type { Configuration, Settings } from "../configuration/settings.ts";
import { isWritten, type KeyPath } from "../configuration/source.ts";
import { type Problem, ProblemsError } from "../openapi/located.ts";

type Transport = NonNullable<Configuration["transport"]>;
type GatewayTransport = "listen" | "tls" | "hsts" | "redirectFrom" | "adminListen";

/** The configuration inside a framework: without what belongs to listeners and the upstream. */
export type FrameworkConfiguration = Omit<Configuration, "upstream" | "transport"> & {
  readonly transport?: Omit<Transport, GatewayTransport>;
};

/** Whose business each of them is inside a framework. */
const GATEWAY_ONLY: readonly (readonly [KeyPath, string])[] = [
  [["upstream"], "the API is the application itself"],
  [["transport", "listen"], "the application listens"],
  [["transport", "tls"], "the application's server speaks TLS"],
  [["transport", "hsts"], "Strict-Transport-Security is for the server that speaks TLS to say"],
  [["transport", "redirectFrom"], "the application redirects"],
  [["identity"], "`portcullis identity start` runs it"],
  [["authentication", "forward"], "the application has the caller as `request.principal`"],
  [["transport", "adminListen"], "the application answers for its health"],
];

/** Throws ProblemsError naming every setting that would have no effect. */
export function refuseGatewaySettings(object: unknown): void {
  const problems = GATEWAY_ONLY.filter(([at]) => isWritten(object, at)).map(([at, why]): Problem => {
    const name = at.join(".");
    return {
      severity: "error",
      rule: "configuration.gateway-only",
      message: `${name} has no effect inside a framework: ${why}`,
      remedy: `Leave ${name} out.`,
      position: { file: `configuration.${name}`, line: 0, column: 0 },
    };
  });
  if (problems.length > 0) throw new ProblemsError(problems);
}

/** What a file that a gateway shares says in vain here, in one sentence. */
export function gatewaySettingsNotice(loaded: LoadedSettings): string | undefined {
  const names = GATEWAY_ONLY.filter(([at]) => loaded.isWritten(at)).map(([at]) => at.join("."));
  return names.length === 0 ? undefined : `without effect inside a framework: ${names.join(", ")}`;
}

/** The settings as they hold here: who speaks TLS to clients is not known, so nobody is told to insist on it (RFC 6797 7.2). */
export function insideFramework(settings: Settings): Settings {
  return {
    ...settings,
    transport: { ...settings.transport, tls: { kind: "off" }, hsts: undefined },
    authentication: { ...settings.authentication, forward: undefined },
  };
}
