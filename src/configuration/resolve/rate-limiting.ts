// From what the user wrote under `rateLimiting`, at the top or for an operation, to complete limits.
import { DEFAULTS } from "../defaults.ts";
import { name as nameOf } from "../issues.ts";
import type { Configuration } from "../schema/portcullis.ts";
import { durationMs } from "../schema/words.ts";
import type { CeilingSettings, LimitSettings, Settings } from "../settings.ts";
import type { KeyPath } from "../source.ts";
import type { Resolving } from "./resolving.ts";

type Written = NonNullable<Configuration["rateLimiting"]>;
type WrittenLimit = Extract<Written, readonly unknown[]>[number];
type WrittenObject = Exclude<Written, readonly unknown[]>;
type WrittenOperation = NonNullable<NonNullable<Configuration["operations"]>[string]["rateLimiting"]>;

export function resolveRateLimiting(written: Written | undefined, to: Resolving): Settings["rateLimiting"] {
  const at = ["rateLimiting"];
  const options: WrittenObject = Array.isArray(written) ? { limits: written } : (written ?? {});
  const limitsAt = Array.isArray(written) ? at : [...at, "limits"];
  const ceiling = (key: "addressCeiling" | "failedAuthentication"): CeilingSettings => {
    const found = options[key];
    if (found === undefined) return { ...DEFAULTS[key], at: [...at, key] };
    return { limit: found.limit, windowMs: durationMs(found.window), at: [...at, key] };
  };
  if (options.limits?.length === 0) {
    to.warn(limitsAt, "limits-none", "no limit holds over all operations", "Leave `limits` out for 100 in 15 minutes.");
  }
  return {
    mode: options.mode ?? "enforce",
    limits:
      options.limits === undefined
        ? [{ ...DEFAULTS.limit, at: limitsAt }]
        : resolveLimits(options.limits, limitsAt, "", to),
    addressCeiling: ceiling("addressCeiling"),
    failedAuthentication: ceiling("failedAuthentication"),
  };
}

export function resolveOperationLimits(
  written: WrittenOperation | undefined,
  at: KeyPath,
  to: Resolving,
): { mode: "enforce" | "monitor" | undefined; limits: readonly LimitSettings[] } {
  if (written === undefined) return { mode: undefined, limits: [] };
  if (Array.isArray(written)) return { mode: undefined, limits: resolveLimits(written, at, "operation-", to) };
  return { mode: written.mode, limits: resolveLimits(written.limits ?? [], [...at, "limits"], "operation-", to) };
}

function resolveLimits(written: readonly WrittenLimit[], at: KeyPath, prefix: string, to: Resolving): LimitSettings[] {
  const names = new Set<string>();
  return written.map((entry, index) => {
    const place = [...at, index];
    const key = entry.key ?? "subject";
    const name = entry.name ?? `${prefix}${key}`;
    if (names.has(name)) {
      to.error(
        place,
        "limit-name-twice",
        `${nameOf(place)}: another limit of this list is called "${name}"`,
        "Give one of them a `name` of its own.",
      );
    }
    names.add(name);
    if (key === "address" && entry.fallback !== undefined) {
      to.error(
        [...place, "fallback"],
        "without-effect",
        `${nameOf([...place, "fallback"])} has no effect: every request has an address`,
        "Leave it out.",
      );
    }
    // Nobody goes uncounted unless that is said.
    const fallback = key === "address" || entry.fallback === "none" ? undefined : "address";
    return { name, limit: entry.limit, windowMs: durationMs(entry.window), key, fallback, at: place };
  });
}
