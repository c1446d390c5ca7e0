// Tells the record of sign-ins: who signed in how; and what failed, for which account by a keyed hash, never more than the record can take.
import { createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Clock } from "../../core/clock.ts";
import type { SystemEvent } from "../../core/record.ts";
import { type BudgetCounter, type CounterState, memoryCounter } from "../../rate-limiting/index.ts";
import type { Account } from "../accounts/account-store.ts";
import { emailAddress } from "../accounts/email-address.ts";
import { clientAddress } from "./client-address.ts";

/** What was not right. */
export type FailedWith = "password" | "code" | "passkey";

/** What was proven, in the words of `amr` and `acr`; and whether somebody came, or showed more within a session. */
export interface Proven {
  readonly methods: readonly string[];
  readonly level: string;
  readonly step: "sign-in" | "step-up";
}

export interface SignInRecordOptions {
  readonly clock: Clock;
  /** Keys the hashes: whoever reads the record can compare accounts, and try no list of addresses on them. */
  readonly key: Uint8Array;
  readonly tell: (event: SystemEvent) => void;
}

/** Detections need a few of each address; what a flood of addresses adds is counted. */
const TOLD_MAX = 300;
const WINDOW_MS = 10_000;
const KEY = ["all"] as const;
/** 96 bits, and short enough that nothing takes it for a token. */
const HASH_DIGITS = 24;
const KEY_ID_DIGITS = 8;

export class SignInRecord {
  readonly #options: SignInRecordOptions;
  readonly #told: BudgetCounter;
  readonly #keyId: string;
  #untold = 0;

  constructor(options: SignInRecordOptions) {
    this.#options = options;
    const budget = { limit: TOLD_MAX, windowMs: WINDOW_MS, keys: "addresses" } as const;
    this.#told = memoryCounter({ clock: options.clock, keysMax: 1 }).budget("identity failed sign-ins", budget);
    this.#keyId = this.#hash("key id").slice(0, KEY_ID_DIGITS);
  }

  /** `email`: as it was typed; the same for addresses that nobody has. Undefined where a passkey named no account. */
  failed(request: IncomingMessage, what: FailedWith, email: string | undefined): void {
    if (!(this.#told.take(KEY) as CounterState).allowed) {
      this.#untold += 1;
      return;
    }
    this.tellUntold();
    this.#options.tell({
      action: "identity.sign-in-failed",
      level: "warn",
      message: `a sign-in failed: ${what}`,
      data: { address: clientAddress(request), what, ...this.#accountOf(email) },
    });
  }

  /** Each of them: it took a password's hash, or a signature. The account's hash is that of its failures. */
  succeeded(request: IncomingMessage, { id, email }: Pick<Account, "id" | "email">, proven: Proven): void {
    const methods = proven.methods.join(" ");
    this.#options.tell({
      action: "identity.sign-in-succeeded",
      level: "info",
      message: `an account holder ${proven.step === "sign-in" ? "signed in" : "stepped up"}: ${methods}`,
      data: {
        address: clientAddress(request),
        subject: id,
        step: proven.step,
        methods,
        acr: proven.level,
        ...this.#accountOf(email),
      },
    });
  }

  #accountOf(email: string | undefined): Record<string, string> {
    const key = email === undefined ? undefined : emailAddress(email)?.key;
    return key === undefined ? {} : { account: this.#hash(`account ${key}`), account_key: this.#keyId };
  }

  /** How many failed that were not told of one by one. */
  tellUntold(): void {
    const count = this.#untold;
    if (count === 0) return;
    this.#untold = 0;
    this.#options.tell({
      action: "identity.sign-ins-failed",
      level: "warn",
      message: `${count} more sign-ins failed than are recorded one by one`,
      data: { count },
    });
  }

  #hash(text: string): string {
    return createHmac("sha256", this.#options.key).update(text).digest("hex").slice(0, HASH_DIGITS);
  }
}
