// What the gateway itself knows, measured when somebody looks: requests and connections that are open, readiness, the certificate.
import { X509Certificate } from "node:crypto";
import type { SecureContextOptions } from "node:tls";
import { type Family, gauge } from "../monitoring/index.ts";
import type { Readiness } from "./admin.ts";
import type { GatewayState } from "./gateway-state.ts";
import type { Listener } from "./listener.ts";

export interface GatewayMetricsParts {
  readonly state: GatewayState;
  readonly readiness: () => Readiness;
  readonly listener: Listener;
  readonly certificate: CertificateExpiry;
}

export function gatewayMetrics({ state, readiness, listener, certificate }: GatewayMetricsParts): readonly Family[] {
  return [
    gauge("http_server_active_requests", "Requests under way.", () => state.passages.size),
    gauge("portcullis_open_connections", "Connections of clients.", () => listener.connections()),
    gauge("portcullis_ready", "1 when it should get traffic.", () => (readiness().ready ? 1 : 0)),
    gauge("portcullis_degraded", "1 when something that it depends on is away.", () => (readiness().degraded ? 1 : 0)),
    {
      kind: "gauge",
      name: "portcullis_certificate_expiry_timestamp_seconds",
      help: "When the certificate in use ends, in seconds since 1970.",
      labelNames: [],
      samples: () => certificate.samples(),
    },
  ];
}

/** When the certificate in use ends; nothing where there is none. */
export class CertificateExpiry {
  #endsAtMs: number | undefined;

  constructor(material: SecureContextOptions | undefined) {
    if (material !== undefined) this.renew(material);
  }

  renew({ cert }: SecureContextOptions): void {
    const first = Array.isArray(cert) ? cert[0] : cert;
    this.#endsAtMs = first === undefined ? undefined : new X509Certificate(first).validToDate.getTime();
  }

  samples(): { readonly labels: readonly string[]; readonly value: number }[] {
    return this.#endsAtMs === undefined ? [] : [{ labels: [], value: this.#endsAtMs / 1_000 }];
  }
}
