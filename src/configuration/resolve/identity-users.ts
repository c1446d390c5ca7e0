// From what the user wrote under `identity.users` to accounts that the configuration keeps.
import type { DeclaredUser } from "../../identity/administration/declared-users.ts";
import { emailAddress } from "../../identity/accounts/email-address.ts";
import { HASH_BOUNDS, hashFault, type HashFault } from "../../identity/accounts/hash-form.ts";
import { peppersOf } from "../../identity/key-for.ts";
import { name as nameOf } from "../issues.ts";
import type { Configuration } from "../schema/portcullis.ts";
import type { Resolving } from "./resolving.ts";
import { resolveSecret } from "./secret.ts";

type Written = NonNullable<NonNullable<Configuration["identity"]>["users"]>;

/** By what hashes were made. `isWhole`: whether each could be read; else one that names another may be right. */
interface Keys {
  readonly secrets: readonly string[];
  readonly isWhole: boolean;
}

const BOUNDS = `m of ${HASH_BOUNDS.memoryKiBMin} to ${HASH_BOUNDS.memoryKiBMax} KiB, t up to ${HASH_BOUNDS.passesMax}, p up to ${HASH_BOUNDS.parallelismMax}, m times t of ${HASH_BOUNDS.workMin} and more`;

const HASH_FAULTS: Readonly<Record<HashFault, string>> = {
  form: "is no hash that the authorization server made",
  pepper: "was made with a key that is not among identity.secrets: nobody could sign in with it",
  parameters: `has parameters out of bounds, which are ${BOUNDS}`,
};

export async function resolveUsers(
  written: Written | undefined,
  { secrets, isWhole }: Keys,
  to: Resolving,
): Promise<readonly DeclaredUser[]> {
  const peppers = peppersOf(secrets);
  const users: DeclaredUser[] = [];
  for (const [text, { roles = [], status = "active", passwordHash }] of Object.entries(written ?? {})) {
    const at = ["identity", "users", text];
    const email = emailAddress(text);
    if (email === undefined) {
      to.error(
        at,
        "user-address",
        `${text} is no e-mail address`,
        "Such as ann@example.com: what people sign in with.",
      );
      continue;
    }
    const other = users.find(({ email: { key } }) => key === email.key);
    if (other !== undefined) {
      const message = `${text} is the address of ${other.email.address} as well: letter case tells no accounts apart`;
      to.error(at, "user-twice", message, "Leave one of them.");
      continue;
    }
    const hash =
      passwordHash === undefined ? undefined : await resolveSecret(passwordHash, [...at, "passwordHash"], to);
    const fault = hash === undefined ? undefined : hashFault(hash, peppers);
    if (fault !== undefined && (fault !== "pepper" || isWhole)) {
      to.error(
        [...at, "passwordHash"],
        "password-hash",
        `${nameOf([...at, "passwordHash"])} ${HASH_FAULTS[fault]}`,
        remedyFor(fault, text),
      );
    }
    users.push({ email, roles: [...new Set(roles)], status, passwordHash: hash });
  }
  return users;
}

function remedyFor(fault: HashFault, email: string): string {
  const again = `portcullis identity user hash ${email} --password-stdin`;
  if (fault === "pepper") return `Make it again: ${again}. Or put the key that it was made with behind the first.`;
  return `Make one, and keep the password to its holder: ${again}`;
}
