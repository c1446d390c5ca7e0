// Keeps anybody from filling somebody's mailbox by forms that send mail: so many to one recipient, whoever asks (CWE-799).
import type { Clock } from "../../core/clock.ts";
import { type BudgetCounter, type CounterState, memoryCounter } from "../../rate-limiting/index.ts";

const HOUR_MS = 3_600_000;
/** Who mistypes a password or loses a mail asks again a few times. */
const MAILS_AN_HOUR_MAX = 5;
const MAILS_A_DAY_MAX = 20;
/** Over all addresses of one mailbox: who tries a service out signs up with several tags. */
const MAILBOX_AN_HOUR_MAX = 20;
const MAILBOX_A_DAY_MAX = 60;
const RECIPIENTS_MAX = 100_000;

export class MailLimit {
  readonly #ofAddress: readonly BudgetCounter[];
  readonly #ofMailbox: readonly BudgetCounter[];

  constructor(clock: Clock) {
    const counter = memoryCounter({ clock, keysMax: RECIPIENTS_MAX });
    const of = (whose: string, limit: number, windowMs: number) =>
      counter.budget(`identity mail ${whose} ${windowMs}`, { limit, windowMs, keys: "addresses" });
    this.#ofAddress = [of("address", MAILS_AN_HOUR_MAX, HOUR_MS), of("address", MAILS_A_DAY_MAX, 24 * HOUR_MS)];
    this.#ofMailbox = [of("mailbox", MAILBOX_AN_HOUR_MAX, HOUR_MS), of("mailbox", MAILBOX_A_DAY_MAX, 24 * HOUR_MS)];
  }

  /** Counted where it may. Whoever asks is answered the same either way. */
  mayGoTo(emailKey: string): boolean {
    return isWithin(this.#ofAddress, emailKey) && isWithin(this.#ofMailbox, mailboxOf(emailKey));
  }
}

function isWithin(budgets: readonly BudgetCounter[], key: string): boolean {
  return budgets.every((budget) => (budget.take([key]) as CounterState).allowed);
}

/** Where the large providers deliver it: without a tag behind `+` (RFC 5233) and without dots. Elsewhere two people may share a budget by that. */
function mailboxOf(emailKey: string): string {
  const at = emailKey.lastIndexOf("@");
  const local = emailKey.slice(0, at);
  const untagged = local.replace(/(?<=.)\+.*$/, "").replaceAll(".", "");
  return `${untagged}${emailKey.slice(at)}`;
}
