// What passwords are judged and hashed by: the rules and the keys of the authorization server.
import { name as nameOf } from "../issues.ts";
import type { Configuration } from "../schema/portcullis.ts";
import type { IdentityPasswordSettings } from "../settings.ts";
import type { Resolving } from "./resolving.ts";
import { resolveSecret } from "./secret.ts";

type Written = NonNullable<Configuration["identity"]>;

/** What a key has, in base64. */
const SECRET_BYTES = 32;
const LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"];

export async function resolveSecrets(written: Written["secrets"], to: Resolving): Promise<readonly string[]> {
  const secrets: string[] = [];
  for (const [i, one] of written.entries()) {
    const at = ["identity", "secrets", i];
    const text = await resolveSecret(one, at, to);
    if (text === undefined) continue;
    const key = Buffer.from(text, "base64");
    if (key.length === SECRET_BYTES) secrets.push(key.toString("base64url"));
    else {
      to.error(
        at,
        "secret-length",
        `${nameOf(at)} has ${key.length} bytes in base64, not ${SECRET_BYTES}`,
        "Make one with: openssl rand -base64 32",
      );
    }
  }
  return secrets;
}

export function resolvePasswords(written: Written["passwords"], to: Resolving): IdentityPasswordSettings {
  const { profile = "default", breached } = written ?? {};
  if (breached === undefined) return { profile, breached: undefined };
  const { range, whenUnreachable = "accept" } = breached;
  const url = URL.parse(range);
  if (url === null || (url.protocol !== "https:" && !LOOPBACK_HOSTS.includes(url.hostname))) {
    to.error(
      ["identity", "passwords", "breached", "range"],
      "range-insecure",
      "identity.passwords.breached.range is asked over plain http",
      "Use https; whoever listens would learn how the hashes of passwords begin.",
    );
  }
  return { profile, breached: { range, whenUnreachable } };
}
