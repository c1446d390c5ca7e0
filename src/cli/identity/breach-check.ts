// The online list of leaked passwords that the configuration names, asked through the one client for what we call ourselves.
import type { IdentitySettings } from "../../configuration/settings.ts";
import { createEgress } from "../../egress/client.ts";
import { breachedPasswords } from "../../identity/accounts/breached-passwords.ts";

/** People wait for it. A padded answer has some 1,000 lines of 40 characters. */
const LIMITS = { timeoutMs: 3_000, bytesMax: 262_144 } as const;

/** Undefined where nobody is to be asked. */
export function openBreachCheck(
  { passwords: { breached } }: Pick<IdentitySettings, "passwords">,
  failed: (what: string, error: unknown) => void,
): ((password: string) => Promise<boolean>) | undefined {
  if (breached === undefined) return undefined;
  const egress = createEgress();
  return breachedPasswords({
    ...breached,
    // Padding: the length of the answer would tell whoever listens which of them it was.
    ask: (url) => egress.getText(url, LIMITS, { "add-padding": "true" }),
    failed: (error) => failed("leaked passwords", error),
  });
}
