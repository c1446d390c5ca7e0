// Loads what a configuration says of monitoring, whatever is wrong elsewhere in it: a record is looked at on the worst days, too.
import { isDeepStrictEqual } from "node:util";
import { type Problem, ProblemsError } from "../openapi/located.ts";
import { loadFrom, type LoadOptions, readSource } from "./load.ts";
import type { Settings } from "./settings.ts";
import { type ConfigurationSource, withFlags } from "./source.ts";

export interface LoadedMonitoring {
  readonly settings: Pick<Settings, "monitoring">;
  /** What stops a start, and says nothing of monitoring. */
  readonly elsewhere: readonly Problem[];
}

/** Throws ProblemsError with all that is wrong where something of it is in `monitoring`, or that is not there. */
export async function loadMonitoring(options: LoadOptions): Promise<LoadedMonitoring> {
  const source = await flagged(options);
  try {
    return { settings: (await loadFrom(source, options)).settings, elsewhere: [] };
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    const only = await monitoringAlone(source, options);
    const loaded = only && (await loadFrom(only, options).catch(() => undefined));
    if (loaded === undefined) throw error;
    return { settings: loaded.settings, elsewhere: error.problems };
  }
}

/** Undefined where it is not written, or not known without the environment. */
async function monitoringAlone(
  source: ConfigurationSource,
  options: LoadOptions,
): Promise<ConfigurationSource | undefined> {
  const monitoring = monitoringOf(source);
  if (monitoring === undefined) return undefined;
  // What is the same whatever the names that are not set would say depends on none of them.
  const env = new Proxy(options.env, { get: (set, name) => set[name as string] ?? "another" });
  const other = await flagged({ ...options, env });
  if (other.problems.length > 0 || !isDeepStrictEqual(monitoring, monitoringOf(other))) return undefined;
  return { ...source, value: { openapi: "openapi.yaml", monitoring }, problems: [] };
}

async function flagged(options: LoadOptions): Promise<ConfigurationSource> {
  return withFlags(await readSource(options), options.flags ?? [], options.cwd);
}

function monitoringOf({ value }: ConfigurationSource): unknown {
  return typeof value === "object" && value !== null && "monitoring" in value ? value.monitoring : undefined;
}
