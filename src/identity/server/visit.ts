// Somebody signed in on the account page, and what the parts of that page answer to.
import type { IncomingMessage, ServerResponse } from "node:http";
import type Provider from "oidc-provider";
import type { Account } from "../accounts/account-store.ts";
import type { Form } from "./form.ts";
import { waitSentence } from "./interaction-words.ts";
import { faultSentence } from "./password-words.ts";
import type { PasswordFault } from "../accounts/password-rules.ts";

type Session = Awaited<ReturnType<Provider["Session"]["get"]>>;

export interface Visit {
  readonly account: Account;
  readonly session: Session;
  /** For the forms of the page. */
  readonly token: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export type Show = (visit: Visit) => Promise<void> | void;
export type Change = (visit: Visit, form: Form) => Promise<void> | void;

/** A part of the account page, by its paths below the mount path. */
export interface AccountSection {
  readonly shows: Readonly<Record<string, Show>>;
  readonly changes: Readonly<Record<string, Change>>;
}

/** Of an account that the configuration keeps: its address is what it is known by there. */
export const KEPT_ACCOUNT = "This account is kept by whoever runs the service: ask them.";

/** What is wrong with the password that was typed to confirm a change, in a sentence; a wait is said in the answer's fields too. */
export function wrongPassword(fault: "old" | PasswordFault | number, response: ServerResponse): string {
  if (fault === "old") return "The password is not right.";
  if (typeof fault !== "number") return faultSentence(fault);
  response.setHeader("Retry-After", String(fault));
  return waitSentence(fault);
}

export function statusOfForm(wrong: string | undefined, response: ServerResponse): number {
  if (wrong === undefined) return 200;
  return response.hasHeader("Retry-After") ? 429 : 400;
}
