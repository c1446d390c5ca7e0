// Nonces that the gate hands out for DPoP proofs (RFC 9449 9): nothing is kept of them, and nobody else can make one.
import { createHmac, randomBytes } from "node:crypto";
import { equalInConstantTime } from "../cryptography/constant-time.ts";

/** A new one each minute; the one before is good until the next comes: each is for one to two minutes. */
const STEP_MS = 60_000;
/** 128 bits: nobody guesses one. */
const NONCE_BYTES = 16;

/** `former`: still good, and the client is told the current one. */
export type NonceJudgement = "current" | "former" | "unknown";

export class ProofNonces {
  readonly #key: Uint8Array;
  #step = Number.NaN;
  #current = "";
  #former = "";

  /** Where several processes serve one name, they need one key. */
  constructor(key: Uint8Array = randomBytes(32)) {
    this.#key = key;
  }

  current(nowMs: number): string {
    this.#turn(nowMs);
    return this.#current;
  }

  judge(nonce: string, nowMs: number): NonceJudgement {
    this.#turn(nowMs);
    const said = Buffer.from(nonce);
    if (equalInConstantTime(said, Buffer.from(this.#current))) return "current";
    return equalInConstantTime(said, Buffer.from(this.#former)) ? "former" : "unknown";
  }

  #turn(nowMs: number): void {
    const step = Math.floor(nowMs / STEP_MS);
    if (step === this.#step) return;
    this.#step = step;
    this.#current = this.#nonceOf(step);
    this.#former = this.#nonceOf(step - 1);
  }

  #nonceOf(step: number): string {
    const mac = createHmac("sha256", this.#key).update(`portcullis dpop nonce ${step}`).digest();
    return mac.subarray(0, NONCE_BYTES).toString("base64url");
  }
}
