// From what the user wrote under `identity.users` to accounts that the configuration keeps.
import type { DeclaredUser } from "../../identity/administration/declared-users.ts";
import { emailAddress } from "../../identity/accounts/email-address.ts";
import { isOwnHash } from "../../identity/accounts/password-hash.ts";
import { name as nameOf } from "../issues.ts";
import type { Configuration } from "../schema/portcullis.ts";
import type { Resolving } from "./resolving.ts";
import { resolveSecret } from "./secret.ts";

type Written = NonNullable<NonNullable<Configuration["identity"]>["users"]>;

export async function resolveUsers(written: Written | undefined, to: Resolving): Promise<readonly DeclaredUser[]> {
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
    if (hash !== undefined && !isOwnHash(hash)) {
      to.error(
        [...at, "passwordHash"],
        "password-hash",
        `${nameOf([...at, "passwordHash"])} is no hash that the authorization server made`,
        `Make one, and keep the password to its holder: portcullis identity user hash ${text} --password-stdin`,
      );
    }
    users.push({ email, roles: [...new Set(roles)], status, passwordHash: hash });
  }
  return users;
}
