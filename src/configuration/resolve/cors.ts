// From what the user wrote under `cors` to complete rules; combinations that browsers refuse or that open too much are errors.
import { DEFAULTS } from "../defaults.ts";
import type { Configuration } from "../schema/portcullis.ts";
import { durationMs } from "../schema/words.ts";
import type { CorsSettings } from "../settings.ts";
import type { KeyPath } from "../source.ts";
import type { Resolving } from "./resolving.ts";

type Written = NonNullable<NonNullable<Configuration["transport"]>["cors"]>;

const LOOPBACK = /^http:\/\/(localhost|127\.[0-9.]+|\[::1\]|[a-z0-9-]+\.localhost)(:[0-9]+)?$/;

export function resolveCors(written: Written, at: KeyPath, to: Resolving): CorsSettings {
  const { origins, credentials = false, maxAge, allowedHeaders = [], exposedHeaders = [] } = written;
  if (origins === "*" && credentials) {
    to.error(
      [...at, "origins"],
      "origins-open",
      "every page with credentials: any page could act as its visitor",
      'List the origins, or leave credentials out with "*".',
    );
  }
  for (const [i, origin] of (origins === "*" ? [] : origins).entries()) judgeOrigin(origin, [...at, "origins", i], to);
  const maxAgeMs = maxAge === undefined ? DEFAULTS.corsMaxAgeMs : durationMs(maxAge);
  return { origins, credentials, allowedHeaders, exposedHeaders, maxAgeSeconds: Math.floor(maxAgeMs / 1_000), at };
}

function judgeOrigin(origin: string, at: KeyPath, to: Resolving): void {
  const { origin: sent, protocol } = URL.parse(origin) ?? { origin: "null", protocol: "" };
  const isWeb = protocol === "https:" || protocol === "http:";
  if (isWeb && sent !== origin) {
    to.error(at, "origin-unusual", `no browser ever sends the origin ${origin}`, `Browsers write it as ${sent}.`);
  } else if (protocol === "http:" && !LOOPBACK.test(origin)) {
    to.warn(
      at,
      "origin-insecure",
      `${origin} is http: whoever is on its visitors' network can put a page there`,
      "Serve that page over https, and list it so.",
    );
  }
}
