// What an account is made of, judged and hashed: an address and a password. It asks no database.
import { type EmailAddress, emailAddress } from "./email-address.ts";
import type { PasswordHasher } from "./password-hash.ts";
import type { PasswordPolicy } from "./password-policy.ts";
import type { PasswordFault } from "./password-rules.ts";

export type RegistrationFault = "email" | PasswordFault;

/** A password as it is kept. */
export interface Credentials {
  readonly address: EmailAddress;
  readonly hash: string;
  readonly lengthKept: number | null;
}

/** Or what is wrong with them. Throws HashingBusyError. */
export async function credentialsOf(
  email: string,
  password: string,
  { hasher, policy }: { readonly hasher: PasswordHasher; readonly policy: PasswordPolicy },
): Promise<Credentials | RegistrationFault> {
  const address = emailAddress(email);
  if (address === undefined) return "email";
  const fault = await policy.fault(password, address, false);
  if (fault !== undefined) return fault;
  return { address, hash: await hasher.hash(password), lengthKept: policy.lengthKept(password) };
}
