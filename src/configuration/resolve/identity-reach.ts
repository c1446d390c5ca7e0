// Whether the built-in authorization server can be what its URL says: scheme, who ends TLS, who else reaches its listener. A start that would only
// fail at the first sign-in is stopped.
import type { ListenAddress, TransportSettings } from "../settings.ts";
import type { Resolving } from "./resolving.ts";

const LOOPBACK = /^(localhost|.+\.localhost|127(\.[0-9]{1,3}){3}|\[?::1\]?)$/;
const EVERYWHERE = new Set(["0.0.0.0", "::"]);

export function judgeReach(transport: TransportSettings, listen: ListenAddress, to: Resolving): void {
  const url = URL.parse(transport.publicUrl ?? "");
  if (url?.protocol === "http:" && !LOOPBACK.test(url.hostname)) {
    to.error(
      ["transport", "publicUrl"],
      "issuer-insecure",
      `people would type their passwords into ${transport.publicUrl ?? ""}, which everybody on the way can read, as they can the cookies that follow, without \`Secure\``,
      "Use https: `tls: { certificate, key }` here, or `terminated-by-proxy`. Plain http is for this machine only.",
    );
  }
  if (url?.protocol === "https:" && transport.tls.kind === "off") {
    to.error(
      ["transport", "tls"],
      "issuer-plain",
      "publicUrl is https, but the listener speaks plain http and believes nobody who says otherwise",
      "Where a proxy ends TLS: `tls: terminated-by-proxy` with `trustedProxies`. Else `tls: { certificate, key }`.",
    );
  }
  for (const [name, other] of [
    ["listen", transport.listen],
    ["adminListen", transport.adminListen],
  ] as const) {
    if (other === undefined || other.port === 0 || other.port !== listen.port || !meet(other.host, listen.host))
      continue;
    to.error(
      ["identity", "listen"],
      "port-twice",
      `port ${listen.port} is that of transport.${name} as well`,
      "The authorization server's process has a port of its own, which clients never see. Default: 127.0.0.1:9444.",
    );
  }
  if (!LOOPBACK.test(listen.host)) {
    to.warn(
      ["identity", "listen"],
      "identity-exposed",
      `whoever reaches ${listen.host}:${listen.port} can say from which address somebody signs in, and reads what passes`,
      "Listen on 127.0.0.1, or let nobody but the gateway reach it: a network of their own, a firewall.",
    );
  }
}

function meet(one: string, other: string): boolean {
  if (one === other || EVERYWHERE.has(one) || EVERYWHERE.has(other)) return true;
  return LOOPBACK.test(one) && LOOPBACK.test(other);
}
