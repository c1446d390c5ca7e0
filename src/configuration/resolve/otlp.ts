// From what the user wrote under `otlp` to the options of the destination.
import { hostname } from "node:os";
import type { z } from "zod";
import type { OtlpOptions } from "../../sinks/otlp/otlp-destination.ts";
import { name as nameOf } from "../issues.ts";
import type { otlpSchema } from "../schema/otlp.ts";
import { durationOr, sizeBytes } from "../schema/words.ts";
import { SINK_DEFAULTS } from "../sink-defaults.ts";
import type { KeyPath } from "../source.ts";
import { readClientCertificate } from "./client-certificate.ts";
import type { Resolving } from "./resolving.ts";
import { resolveFields } from "./sink-fields.ts";
import { resolveServer } from "./sink-server.ts";

type Written = z.infer<typeof otlpSchema>["otlp"];

const DEFAULTS = SINK_DEFAULTS.otlp;

export async function resolveOtlp(written: Written, at: KeyPath, to: Resolving): Promise<OtlpOptions> {
  const url = [...at, "url"];
  if (/\/v1\/(?:logs|traces|metrics)\/?$/.test(written.url)) {
    const message = `${nameOf(url)} has the path of one signal`;
    to.error(url, "invalid-value", message, "Leave it out: /v1/logs, /v1/traces and /v1/metrics are added.");
  }
  for (const key of ["certificate", "key"] as const) {
    if (written[key] === undefined || written.url.startsWith("https:")) continue;
    const place = [...at, key];
    to.error(place, "without-effect", `${nameOf(place)} has no effect: the url is http`, "Write it with https.");
  }
  const signals: OtlpOptions["signals"] = written.signals ?? DEFAULTS.signals;
  if (written.metricsEvery !== undefined && !signals.includes("metrics")) {
    const place = [...at, "metricsEvery"];
    const remedy = "Add metrics to signals, or leave it out.";
    to.error(place, "without-effect", `${nameOf(place)} has no effect: metrics are not sent`, remedy);
  }
  return {
    url: written.url,
    signals,
    metricsEveryMs: durationOr(written.metricsEvery, DEFAULTS.metricsEveryMs),
    fields: await resolveFields(written.headers ?? {}, [...at, "headers"], to),
    resource: { "host.name": hostname(), ...written.resource },
    recordsMax: written.recordsMax ?? DEFAULTS.recordsMax,
    bytesMax: written.requestBytesMax === undefined ? DEFAULTS.requestBytesMax : sizeBytes(written.requestBytesMax),
    gzip: written.gzip ?? DEFAULTS.gzip,
    timeoutMs: durationOr(written.timeout, DEFAULTS.timeoutMs),
    ...(await resolveServer([{ url: written.url, at: url }], written, at, to)),
    ...(await readClientCertificate(written, at, to)),
  };
}
