// Whose tokens and subjects a command means where it does not say: those of the one issuer there is.
import type { Settings } from "../configuration/settings.ts";
import { UsageError } from "./command.ts";

/** Throws UsageError where there are several, or none. */
export function onlyIssuer({ authentication }: Settings): string {
  const issuers = new Set(
    [...authentication.schemes.values()].flatMap((entry) => (entry.kind === "jwt" ? [entry.issuer] : [])),
  );
  const [issuer, ...others] = issuers;
  if (issuer !== undefined && others.length === 0) return issuer;
  throw new UsageError("it is not said whose tokens are meant", "Name the issuer: --iss https://login.example.com/");
}
