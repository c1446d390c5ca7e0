// `portcullis identity user hash`: what identity.users takes as passwordHash. No password stands in a configuration.
import { loadHashing } from "../../configuration/load-hashing.ts";
import { commonPasswords } from "../../identity/accounts/common-passwords.ts";
import { credentialsOf } from "../../identity/accounts/credentials.ts";
import { emailAddress } from "../../identity/accounts/email-address.ts";
import { PasswordHasher } from "../../identity/accounts/password-hash.ts";
import { PasswordPolicy } from "../../identity/accounts/password-policy.ts";
import { peppersOf } from "../../identity/key-for.ts";
import { FAULTS } from "../../identity/server/password-words.ts";
import { EXIT_OK, type Given, UsageError } from "../command.ts";
import { whatToLoad } from "../configuration-flags.ts";
import type { Io } from "../io.ts";
import { openBreachCheck } from "./breach-check.ts";
import { NO_NAME, unlessRefused } from "./opening.ts";
import { NO_SECTION } from "./to-serve.ts";

const EXAMPLE = "Example: portcullis identity user hash ann@example.com --password-stdin < password";

/**
 * Asks no database and reads no more of the configuration than it hashes by: the file that is written here may be one that the configuration
 * names, and a shell has emptied it by now.
 */
export async function hash([email = "", ...more]: readonly string[], given: Given, io: Io): Promise<number> {
  if (emailAddress(email) === undefined || more.length > 0)
    throw new UsageError("user hash needs an e-mail address", EXAMPLE);
  if (!given.has("password-stdin")) throw new UsageError("the password comes by standard input", EXAMPLE);
  const settings = await loadHashing(await whatToLoad(given, io));
  if (settings === undefined) throw new UsageError(...NO_SECTION);
  const password = (await io.readInput()).replace(/\r?\n$/, "");
  const failed = (what: string, error: unknown) => io.stderr.write(`${what}: ${(error as Error).message}\n`);
  const policy = new PasswordPolicy({
    profile: settings.passwords.profile,
    isCommon: commonPasswords(),
    serviceName: settings.serviceName ?? NO_NAME,
    isBreached: openBreachCheck(settings, failed),
  });
  const made = await credentialsOf(email, password, {
    policy,
    hasher: new PasswordHasher(peppersOf(settings.secrets)),
  });
  if (typeof made === "string") unlessRefused({ refused: "identity.password-rejected", detail: FAULTS[made] });
  else io.stdout.write(given.has("json") ? `${JSON.stringify({ hash: made.hash })}\n` : `${made.hash}\n`);
  return EXIT_OK;
}
