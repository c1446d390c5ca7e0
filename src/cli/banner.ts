// The first lines of `start`: what is protected, where it listens, and which defaults are in force.
import { amount, wordsForConcurrency, wordsForLimit, wordsForSize } from "../configuration/compose/words.ts";
import type { Composition } from "../configuration/compose.ts";
import type { RunningGateway } from "../gateway/start.ts";
import type { Colours } from "./colours.ts";

export function bannerLines(
  { api, settings, policy }: Composition,
  gateway: RunningGateway,
  colours: Colours,
): string[] {
  const { rateLimiting, validation, monitoring, authentication, upstream } = settings;
  const count = api.operations.length;
  const issuers = new Set(
    [...authentication.schemes.values()].map((entry) =>
      entry.kind === "jwt" ? entry.issuer : entry.kind === "api-keys" ? "the list of API keys" : "the API itself",
    ),
  );
  const modeOf = (mode: string) => (settings.observe && mode !== "off" ? "monitor" : mode);
  const ceiling = rateLimiting.addressCeiling;
  const failed = rateLimiting.failedAuthentication;
  const sinks = [
    ...monitoring.sinks.map((sink) => (sink.kind === "console" ? "console" : sink.file)),
    ...monitoring.destinations.map(({ kind, name }) => (kind === name ? kind : `${kind} (${name})`)),
  ];
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["upstream", upstream?.origin],
    ["redirect", gateway.redirectUrl],
    ["identity", settings.identity?.issuer],
    ["health", gateway.adminUrl === undefined ? undefined : `${gateway.adminUrl}/readyz`],
    ["tokens", issuers.size === 0 ? undefined : `from ${[...issuers].join(", ")}`],
    [
      "limits",
      [
        ...rateLimiting.limits.map(wordsForLimit),
        `${amount(ceiling.limit, ceiling.windowMs)} for each address over all`,
        `${amount(failed.limit, failed.windowMs)} failed authentications`,
        ...rateLimiting.concurrency.map(wordsForConcurrency),
      ].join("; "),
    ],
    ["bodies", `at most ${wordsForSize(validation.bodyBytesMax)}`],
    ["checks", `requests ${modeOf(validation.requests)}, answers ${modeOf(validation.responses)}`],
    ["audit", sinks.join(", ")],
    ["policy", policy.version],
    ["report", settings.observe ? reportHint(monitoring.sinks) : undefined],
  ];
  const mode = settings.observe ? colours.yellow(" (observing: nothing is refused)") : "";
  return [
    `${colours.bold("Portcullis")} protects ${api.title} (${count} operation${count === 1 ? "" : "s"}) at ${colours.bold(gateway.url)}${mode}`,
    ...rows.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name.padEnd(9)}  ${value}`])),
  ];
}

/** Who observes wants to read later what was seen. */
function reportHint(sinks: Composition["settings"]["monitoring"]["sinks"]): string {
  return sinks.some(({ kind }) => kind === "file")
    ? "portcullis report"
    : "add { file: audit.ndjson } to monitoring.sinks, then portcullis report; or start with > audit.ndjson, then portcullis report audit.ndjson";
}
