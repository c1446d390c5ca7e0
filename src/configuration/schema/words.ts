// The small values that settings are made of: durations, sizes, addresses to listen on, modes, secrets.
import { z } from "zod";

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const UNITS_BYTES: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, KiB: 1_024, MiB: 1_048_576 };

const DURATION = /^([1-9][0-9]{0,8})(ms|s|m|h|d)$/;
const SIZE = /^([1-9][0-9]{0,11})(B|KB|MB|KiB|MiB)$/;
/** With a port of at most 65535. */
const LISTEN =
  /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,4}|[0-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$/;

/** What an option does with what it finds. */
export const mode = z.enum(["enforce", "monitor"]);
/** The same, for checks that may also be left out. */
export const modeOrOff = z.enum(["enforce", "monitor", "off"]);

/** What becomes of answers: `strip` cuts what the document does not declare. */
export const answersMode = z.enum(["enforce", "strip", "monitor", "off"]);

export const duration = z
  .string()
  .regex(DURATION, { error: 'a duration: a whole number with ms, s, m, h or d, such as "15m"' });

export const size = z.union([
  z.number().int().min(1),
  z.string().regex(SIZE, { error: 'a size: a whole number with B, KB, MB, KiB or MiB, such as "1MiB"' }),
]);

export const listenAddress = z.union([
  z.number().int().min(0).max(65_535),
  z.string().regex(LISTEN, { error: 'a host and port (at most 65535) such as "0.0.0.0:8443", or a port' }),
]);

/** A secret from the environment (`${NAME}`) or a file beside the configuration. */
export const secret = z.union([
  z.string().min(1).describe("The secret itself, from the environment: ${NAME}."),
  z.strictObject({ file: z.string().min(1).describe("File that holds the secret, relative to this file.") }),
]);

/** The lowest level of a sink. */
export const level = z
  .enum(["info", "warn", "error"])
  .optional()
  .describe("The lowest level that is written: warn leaves out what went well. Default info.");

/** Milliseconds of a duration that the schema accepted. */
export function durationMs(text: string): number {
  const match = DURATION.exec(text);
  return Number(match?.[1]) * (UNITS_MS[match?.[2] ?? ""] ?? Number.NaN);
}

/** The same where something was written. */
export function durationOr(text: string | undefined, otherwiseMs: number): number {
  return text === undefined ? otherwiseMs : durationMs(text);
}

/** Bytes of a size that the schema accepted. */
export function sizeBytes(value: number | string): number {
  if (typeof value === "number") return value;
  const match = SIZE.exec(value);
  return Number(match?.[1]) * (UNITS_BYTES[match?.[2] ?? ""] ?? Number.NaN);
}

/** Where to listen. A port alone means loopback: reaching further is said, not guessed. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** The address of a value that the schema accepted. */
export function toListenAddress(value: number | string): ListenAddress {
  if (typeof value === "number") return { host: "127.0.0.1", port: value };
  const match = LISTEN.exec(value);
  return { host: (match?.[1] ?? "").replace(/^\[|\]$/g, ""), port: Number(match?.[2]) };
}
