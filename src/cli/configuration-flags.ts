// The flags that stand for settings, the same for every verb that loads a configuration.
import { findConfiguration, type LoadOptions, loadSettings, type LoadedSettings } from "../configuration/load.ts";
import { type LoadedMonitoring, loadMonitoring } from "../configuration/load-monitoring.ts";
import type { Flag, KeyPath } from "../configuration/source.ts";
import type { Problem } from "../openapi/located.ts";
import { coloursFor } from "./colours.ts";
import { type Given, type OptionHelp, UsageError } from "./command.ts";
import type { Io } from "./io.ts";
import { problemLines } from "./problems.ts";

export const CONFIGURATION_OPTIONS: Readonly<Record<string, OptionHelp>> = {
  config: { value: "file", what: "the configuration; default: portcullis.yaml, where there is one", short: "c" },
  openapi: { value: "file", what: "the OpenAPI document" },
  upstream: { value: "url", what: "the API behind the gateway, such as http://127.0.0.1:3000" },
  issuer: { value: "url", what: "who issues the tokens of every token scheme without settings of its own" },
  audience: { value: "name", what: "the `aud` by which that issuer names this API", several: true },
  listen: { value: "host:port", what: "where clients connect; default 127.0.0.1:8443" },
  observe: { what: "note what would be refused, and let it through" },
};

const PATHS: Readonly<Record<string, KeyPath>> = {
  openapi: ["openapi"],
  upstream: ["upstream"],
  issuer: ["authentication", "*", "issuer"],
  audience: ["authentication", "*", "audience"],
  listen: ["transport", "listen"],
};

/** Throws ProblemsError for what is wrong in it, UsageError where there is none. */
export async function loadConfiguration(given: Given, io: Io): Promise<LoadedSettings> {
  return loadSettings(await whatToLoad(given, io));
}

/** What is wrong elsewhere is a warning on stderr; throws as `loadConfiguration` does for what is wrong in `monitoring`. */
export async function loadMonitoringOnly(given: Given, io: Io): Promise<LoadedMonitoring> {
  const loaded = await loadMonitoring(await whatToLoad(given, io));
  const warnings = loaded.elsewhere.map((problem): Problem => ({ ...problem, severity: "warning" }));
  if (warnings.length > 0) {
    const lines = problemLines(warnings, coloursFor(io.stderr, io.env));
    io.stderr.write(
      `${lines.join("\n")}\n\nnothing starts with this configuration; its \`monitoring\` is sound, and used here\n`,
    );
  }
  return loaded;
}

/** From where and with which flags. Throws UsageError where there is no configuration. */
export async function whatToLoad(given: Given, io: Io): Promise<LoadOptions> {
  const flags: Flag[] = [];
  for (const [name, path] of Object.entries(PATHS)) {
    const values = given.all(name);
    if (values.length > 0) flags.push({ name: `--${name}`, path, value: values.length === 1 ? values[0] : values });
  }
  const file = given.text("config") ?? (await findConfiguration(io.cwd));
  if (file === undefined && given.text("openapi") === undefined) {
    throw new UsageError(
      "there is no portcullis.yaml here, and no --openapi",
      "Write one with `portcullis init`, or name the document: --openapi openapi.yaml --upstream http://127.0.0.1:3000",
    );
  }
  return { file, flags, observe: given.has("observe"), cwd: io.cwd, env: io.env };
}
