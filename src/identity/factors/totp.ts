// One-time codes by time (RFC 6238): six digits of HMAC-SHA-1 every 30 seconds, as every authenticator app makes them.
import { createHmac, timingSafeEqual } from "node:crypto";
import { base32 } from "./base32.ts";

/** RFC 4226 4 asks for 128 bit at least, and recommends these. */
export const TOTP_SECRET_BYTES = 20;
const STEP_SECONDS = 30;
const DIGITS = 6;
/** Steps before and after: clocks of phones differ, and people type. */
const DRIFT_STEPS = 1;

export function totpCode(secret: Uint8Array, step: number): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(step));
  const digest = createHmac("sha1", secret).update(message).digest();
  const offset = (digest.at(-1) as number) & 0x0f;
  const number = (digest.readUInt32BE(offset) & 0x7fffffff) % 10 ** DIGITS;
  return String(number).padStart(DIGITS, "0");
}

export function totpStep(nowSeconds: number): number {
  return Math.floor(nowSeconds / STEP_SECONDS);
}

/** The step that the code is of, or undefined. All steps are compared, whichever fits. */
export function stepOfCode(secret: Uint8Array, code: string, nowSeconds: number): number | undefined {
  if (!isTotpCode(code)) return undefined;
  const given = Buffer.from(code);
  const now = totpStep(nowSeconds);
  let found: number | undefined;
  for (let step = now - DRIFT_STEPS; step <= now + DRIFT_STEPS; step += 1) {
    if (timingSafeEqual(given, Buffer.from(totpCode(secret, step)))) found = step;
  }
  return found;
}

export function isTotpCode(text: string): boolean {
  return /^\d{6}$/.test(text);
}

/** What authenticator apps read from a QR code. */
export function otpauthUri(serviceName: string, account: string, secret: Uint8Array): string {
  const label = `${encodeURIComponent(serviceName)}:${encodeURIComponent(account)}`;
  const issuer = encodeURIComponent(serviceName);
  return `otpauth://totp/${label}?secret=${base32(secret)}&issuer=${issuer}&algorithm=SHA1&digits=${DIGITS}&period=${STEP_SECONDS}`;
}
