// What transport must know to settle a request: trusted proxies, the hosts that this server answers for.
import type { SettlerOptions } from "../../transport/settle.ts";
import type { Judgement } from "./judgement.ts";

export function settlerOptions({ settings, loaded, api }: Judgement): SettlerOptions {
  const { trustedProxies, clientAddressField, publicUrl, tls } = settings.transport;
  // The default for development is a name among others (127.0.0.1, ::1): only what was written limits the hosts.
  const named = publicUrl !== undefined && loaded.isWritten(["transport", "publicUrl"]);
  return {
    trustedProxies,
    clientAddressField,
    httpsRequired: tls.kind === "terminated-by-proxy",
    authorities: named ? [new URL(publicUrl).host] : undefined,
    pathParameters: api.operations.some(({ parameters }) => parameters.some(({ style }) => style === "matrix")),
  };
}
