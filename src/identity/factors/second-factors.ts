// What an account can prove beside its password: codes of an app, recovery codes; who may use them, and how often (P14).
import { randomBytes } from "node:crypto";
import type { SignInThrottle } from "../accounts/sign-in-throttle.ts";
import type { Stores } from "../administration/stores.ts";
import type { ArtifactStore } from "../artifacts/artifact-store.ts";
import type { FactorStore } from "./factor-store.ts";
import type { RecoveryCodes } from "./recovery-codes.ts";
import { isTotpCode, stepOfCode, TOTP_SECRET_BYTES } from "./totp.ts";

const ENROLMENT = "TotpEnrolment";
const ENROLMENT_SECONDS = 900;

export interface Enrolment {
  readonly id: string;
  readonly secret: Buffer;
}

export interface SecondFactorParts {
  readonly factors: FactorStore;
  readonly recovery: RecoveryCodes;
  readonly artifacts: ArtifactStore;
  readonly throttle: SignInThrottle;
}

export class SecondFactors {
  readonly #parts: SecondFactorParts;

  constructor(parts: SecondFactorParts) {
    this.#parts = parts;
  }

  /** The same in a transaction. */
  within({ factors, recovery, artifacts }: Stores): SecondFactors {
    return new SecondFactors({ factors, recovery, artifacts, throttle: this.#parts.throttle });
  }

  /** A secret that counts for nothing before a code of it was seen. */
  async beginTotp(accountId: string): Promise<Enrolment> {
    const id = randomBytes(TOTP_SECRET_BYTES).toString("base64url");
    const secret = randomBytes(TOTP_SECRET_BYTES);
    const payload = { accountId, secret: secret.toString("base64url") };
    await this.#parts.artifacts.put(ENROLMENT, id, payload, ENROLMENT_SECONDS);
    return { id, secret };
  }

  /** The enrolment again, of the account that began it. */
  async enrolment(accountId: string, id: string): Promise<Enrolment | undefined> {
    const { artifacts } = this.#parts;
    const stored = await artifacts.find(ENROLMENT, id);
    if (stored === undefined || stored.consumed_at !== null) return undefined;
    const payload = artifacts.open(stored);
    if (payload?.accountId !== accountId || typeof payload["secret"] !== "string") return undefined;
    return { id, secret: Buffer.from(payload["secret"], "base64url") };
  }

  /** The code that confirms is used by that: it opens nothing any more. */
  async confirmTotp(accountId: string, { id, secret }: Enrolment, code: string, name: string): Promise<boolean> {
    const { factors, artifacts } = this.#parts;
    const step = stepOfCode(secret, withoutSpaces(code), artifacts.nowSeconds());
    if (step === undefined || !(await artifacts.consume(ENROLMENT, id))) return false;
    return factors.add({ accountId, kind: "totp", name, secret, counter: step });
  }

  /**
   * Whether a code of an app or a recovery code was right, which it is once; or the seconds that whoever guesses has to wait.
   * `device`: known to this account from an earlier sign-in.
   */
  async useCode(accountId: string, typed: string, device: string | undefined): Promise<boolean | number> {
    const { throttle, recovery } = this.#parts;
    const key = `second factor\n${accountId}`;
    const waitSeconds = await throttle.enter(key, device);
    if (waitSeconds > 0) return waitSeconds;
    const code = withoutSpaces(typed);
    const isRight = isTotpCode(code) ? await this.#useTotp(accountId, code) : await recovery.use(accountId, code);
    if (isRight) await throttle.succeeded(key, device);
    return isRight;
  }

  async #useTotp(accountId: string, code: string): Promise<boolean> {
    const { factors, artifacts } = this.#parts;
    for (const factor of await factors.ofKind(accountId, "totp")) {
      const step = stepOfCode(factor.secret, code, artifacts.nowSeconds());
      if (step !== undefined && (await factors.advance(factor.id, step))) return true;
    }
    return false;
  }

  /** Codes for the first factor only: whoever has some keeps them. */
  async recoveryCodesFor(accountId: string): Promise<readonly string[] | undefined> {
    return (await this.#parts.recovery.left(accountId)) > 0 ? undefined : this.#parts.recovery.replace(accountId);
  }

  /** Whether the account had it. Recovery codes go with the last one: there is nothing to recover. */
  async remove(accountId: string, id: string): Promise<boolean> {
    const { factors, recovery } = this.#parts;
    const isRemoved = await factors.remove(accountId, id);
    if (!(await factors.has(accountId))) await recovery.removeAll(accountId);
    return isRemoved;
  }

  async removeAll(accountId: string): Promise<void> {
    await this.#parts.factors.removeAll(accountId);
    await this.#parts.recovery.removeAll(accountId);
  }
}

function withoutSpaces(code: string): string {
  return code.replace(/\s/g, "");
}
