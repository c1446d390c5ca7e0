// From what the user wrote under `rateLimiting`, at the top or for an operation, to complete limits.
import { DEFAULTS } from "../defaults.ts";
import type { Configuration } from "../schema/portcullis.ts";
import type { CeilingSettings, ConcurrencySettings, LimitSettings, Settings } from "../settings.ts";
import type { KeyPath } from "../source.ts";
import { LimitResolving, windowOf, type WrittenConcurrency, type WrittenLimit } from "./limits.ts";
import type { Resolving } from "./resolving.ts";

type Written = NonNullable<Configuration["rateLimiting"]>;
type WrittenObject = Exclude<Written, readonly unknown[]>;
type WrittenOperation = NonNullable<NonNullable<Configuration["operations"]>[string]["rateLimiting"]>;

export function resolveRateLimiting(written: Written | undefined, to: Resolving): Settings["rateLimiting"] {
  const at = ["rateLimiting"];
  const options: WrittenObject = Array.isArray(written) ? { limits: written } : (written ?? {});
  const limitsAt = Array.isArray(written) ? at : [...at, "limits"];
  const ceiling = (key: "addressCeiling" | "failedAuthentication"): CeilingSettings => {
    const found = options[key];
    const place = [...at, key];
    if (found === undefined) return { ...DEFAULTS[key], at: place };
    return { limit: found.limit, windowMs: windowOf(found.window, [...place, "window"], to), at: place };
  };
  if (options.limits?.length === 0) {
    to.warn(limitsAt, "limits-none", "no limit holds over all operations", "Leave `limits` out for 100 in 15 minutes.");
  }
  const work = new LimitResolving("", to);
  return {
    mode: options.mode ?? "enforce",
    limits:
      options.limits === undefined
        ? [{ ...DEFAULTS.limit, at: limitsAt }]
        : resolveLimits(options.limits, limitsAt, work),
    addressCeiling: ceiling("addressCeiling"),
    failedAuthentication: ceiling("failedAuthentication"),
    concurrency: resolveConcurrency(options.concurrency, [...at, "concurrency"], work),
    prefixes: { ipv4: options.ipv4Prefix ?? DEFAULTS.ipv4Prefix, ipv6: options.ipv6Prefix ?? DEFAULTS.ipv6Prefix },
  };
}

export interface OperationLimits {
  readonly mode: "enforce" | "monitor" | undefined;
  readonly limits: readonly LimitSettings[];
  readonly concurrency: readonly ConcurrencySettings[];
}

export function resolveOperationLimits(
  written: WrittenOperation | undefined,
  at: KeyPath,
  to: Resolving,
): OperationLimits {
  if (written === undefined) return { mode: undefined, limits: [], concurrency: [] };
  const work = new LimitResolving("operation-", to);
  if (Array.isArray(written)) return { mode: undefined, limits: resolveLimits(written, at, work), concurrency: [] };
  return {
    mode: written.mode,
    limits: resolveLimits(written.limits ?? [], [...at, "limits"], work),
    concurrency: resolveConcurrency(written.concurrency, [...at, "concurrency"], work),
  };
}

function resolveLimits(written: readonly WrittenLimit[], at: KeyPath, work: LimitResolving): LimitSettings[] {
  return written.map((entry, index) => work.limit(entry, [...at, index]));
}

function resolveConcurrency(
  written: WrittenConcurrency | WrittenConcurrency[] | undefined,
  at: KeyPath,
  work: LimitResolving,
): ConcurrencySettings[] {
  if (written === undefined) return [];
  if (!Array.isArray(written)) return [work.concurrency(written, at)];
  return written.map((entry, index) => work.concurrency(entry, [...at, index]));
}
