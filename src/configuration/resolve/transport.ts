// From what the user wrote under `transport` to complete settings; combinations that cannot be meant are errors.
import { DEFAULTS } from "../defaults.ts";
import type { Configuration } from "../schema/portcullis.ts";
import { type ListenAddress, toListenAddress } from "../schema/words.ts";
import type { TlsSettings, TransportSettings } from "../settings.ts";
import { resolveCors } from "./cors.ts";
import type { Resolving } from "./resolving.ts";

type Written = NonNullable<Configuration["transport"]>;

export function resolveTransport(written: Written, to: Resolving): TransportSettings {
  const listen = address(written.listen) ?? DEFAULTS.listen;
  const tls = resolveTls(written.tls, to);
  const publicUrl = written.publicUrl?.replace(/\/$/, "") ?? localUrl(tls, listen);
  const proxies = written.trustedProxies ?? [];
  if (tls.kind === "terminated-by-proxy" && proxies.length === 0) {
    to.error(
      ["transport", "tls"],
      "proxy-untrusted",
      "terminated-by-proxy needs transport.trustedProxies: nobody else may say that a request came over https",
      "Name the addresses of the proxy, such as `trustedProxies: [10.0.0.0/8]`.",
    );
  }
  if (written.clientAddressField !== undefined && proxies.length === 0) {
    to.error(
      ["transport", "clientAddressField"],
      "without-effect",
      "transport.clientAddressField has no effect without transport.trustedProxies",
      "Name the proxies whose field is read, or leave it out.",
    );
  }
  if (tls.kind === "off") {
    to.warn(
      ["transport", "tls"],
      "tls-off",
      "TLS is off: tokens travel readable",
      "Use `tls: { certificate, key }`, or `terminated-by-proxy`.",
    );
  }
  if (tls.kind === "files" && publicUrl?.startsWith("http:") === true) {
    to.error(
      ["transport", "publicUrl"],
      "url-insecure",
      "transport.publicUrl is http while the listener speaks TLS",
      "Write it with https.",
    );
  }
  return {
    listen,
    publicUrl,
    tls,
    trustedProxies: proxies,
    clientAddressField: written.clientAddressField ?? DEFAULTS.clientAddressField,
    hsts: resolveHsts(written, tls, to),
    cors: written.cors === undefined ? undefined : resolveCors(written.cors, ["transport", "cors"], to),
    redirect: resolveRedirect(written, tls, publicUrl, to),
    adminListen: written.adminListen === "off" ? undefined : (address(written.adminListen) ?? DEFAULTS.adminListen),
  };
}

function resolveTls(written: Written["tls"], to: Resolving): TlsSettings {
  if (written === undefined || written === "development") return { kind: "development" };
  if (written === "dangerouslyOff") return { kind: "off" };
  if (written === "terminated-by-proxy") return { kind: "terminated-by-proxy" };
  return {
    kind: "files",
    certificate: to.file(["transport", "tls", "certificate"], written.certificate),
    key: to.file(["transport", "tls", "key"], written.key),
  };
}

/** With a development certificate the browser would refuse this host for two years; over plain HTTP the field means nothing (RFC 6797 7.2). */
function resolveHsts(written: Written, tls: TlsSettings, to: Resolving): string | undefined {
  if (tls.kind === "files" || tls.kind === "terminated-by-proxy") {
    return written.hsts === "off" ? undefined : (written.hsts ?? DEFAULTS.hsts);
  }
  if (written.hsts !== undefined && written.hsts !== "off") {
    to.error(
      ["transport", "hsts"],
      "without-effect",
      "transport.hsts needs a certificate that clients trust: it is never sent with tls: development or dangerouslyOff",
      "Leave it out, or set `tls: { certificate, key }`.",
    );
  }
  return undefined;
}

function resolveRedirect(
  written: Written,
  tls: TlsSettings,
  publicUrl: string | undefined,
  to: Resolving,
): TransportSettings["redirect"] {
  const at = ["transport", "redirectFrom"];
  const listen = address(written.redirectFrom);
  if (listen === undefined) return undefined;
  if (tls.kind !== "files" && tls.kind !== "development") {
    to.error(
      at,
      "without-effect",
      "transport.redirectFrom needs a listener that speaks TLS",
      "Let the proxy in front redirect, and leave this out.",
    );
  } else if (publicUrl === undefined) {
    to.error(
      at,
      "redirect-nowhere",
      "transport.redirectFrom needs transport.publicUrl: the host of a request is never trusted for it",
      "Add `publicUrl: https://…`.",
    );
  } else {
    return { listen, publicUrl };
  }
  return undefined;
}

/** Development has a name everybody knows. */
function localUrl(tls: TlsSettings, listen: ListenAddress): string | undefined {
  return tls.kind === "development" && listen.port !== 0 ? `https://localhost:${listen.port}` : undefined;
}

function address(value: number | string | undefined): ListenAddress | undefined {
  return value === undefined ? undefined : toListenAddress(value);
}
