// One event in a segment: a line with checksum, position, time, level, id, and the event itself. A person can read it too.
import { crc32 } from "node:zlib";
import type { Level } from "../classification.ts";
import type { SpooledRecord } from "../delivery/destination.ts";
import { ULID_CHARACTERS } from "../ulid.ts";

/** A record as it was read, with what delivery does not need. */
export interface StoredRecord extends SpooledRecord {
  readonly level: Level;
  readonly json: Buffer;
}

const CHECKSUM_DIGITS = 8;
const POSITION_DIGITS = 16;
const TIME_DIGITS = 13;
const POSITION_AT = CHECKSUM_DIGITS + 1;
const TIME_AT = POSITION_AT + POSITION_DIGITS + 1;
const LEVEL_AT = TIME_AT + TIME_DIGITS + 1;
const ID_AT = LEVEL_AT + 2;
/** Bytes before the event. */
export const HEADER_BYTES = ID_AT + ULID_CHARACTERS + 1;

const SPACE = 0x20;
const DIGIT_ZERO = 0x30;
const HEX = Buffer.from("0123456789abcdef");
/** By character; -1 where it is none of them. */
const HEX_VALUES = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value += 1) HEX_VALUES[HEX[value] as number] = value;
const LEVELS: Readonly<Record<Level, number>> = { info: 0x69, warn: 0x77, error: 0x65 };
const TIME_MAX_MS = 10 ** TIME_DIGITS - 1;

/** Writes what stands before the event at `at`; the checksum follows with `seal`. */
export function writeHeader(
  into: Buffer,
  at: number,
  record: { position: number; timeMs: number; level: Level; id: Uint8Array },
): void {
  into[at + CHECKSUM_DIGITS] = SPACE;
  writeDigits(into, at + POSITION_AT, POSITION_DIGITS, record.position);
  into[at + TIME_AT - 1] = SPACE;
  writeDigits(into, at + TIME_AT, TIME_DIGITS, Math.min(Math.max(0, Math.floor(record.timeMs)), TIME_MAX_MS));
  into[at + LEVEL_AT - 1] = SPACE;
  into[at + LEVEL_AT] = LEVELS[record.level];
  into[at + ID_AT - 1] = SPACE;
  into.set(record.id, at + ID_AT);
  into[at + HEADER_BYTES - 1] = SPACE;
}

/** Writes the checksum of a line that begins at `at` and whose event ends before `end`. */
export function seal(into: Buffer, at: number, end: number): void {
  let rest = crc32(into.subarray(at + POSITION_AT, end));
  for (let digit = at + CHECKSUM_DIGITS - 1; digit >= at; digit -= 1) {
    into[digit] = HEX[rest & 15] as number;
    rest >>>= 4;
  }
}

/** The record between `begin` and the line break at `end`; undefined where the line is not what was written. */
export function readRecord(bytes: Buffer, begin: number, end: number): StoredRecord | undefined {
  if (end - begin <= HEADER_BYTES || bytes[begin + CHECKSUM_DIGITS] !== SPACE) return undefined;
  if (readChecksum(bytes, begin) !== crc32(bytes.subarray(begin + POSITION_AT, end))) return undefined;
  const level = levelOf(bytes[begin + LEVEL_AT] as number);
  const position = readDigits(bytes, begin + POSITION_AT, POSITION_DIGITS);
  if (level === undefined || !Number.isSafeInteger(position)) return undefined;
  return {
    id: bytes.toString("latin1", begin + ID_AT, begin + HEADER_BYTES - 1),
    position,
    timeMs: readDigits(bytes, begin + TIME_AT, TIME_DIGITS),
    level,
    json: bytes.subarray(begin + HEADER_BYTES, end),
  };
}

function levelOf(letter: number): Level | undefined {
  if (letter === LEVELS.info) return "info";
  if (letter === LEVELS.warn) return "warn";
  return letter === LEVELS.error ? "error" : undefined;
}

function writeDigits(into: Buffer, at: number, digits: number, value: number): void {
  let rest = value;
  for (let digit = at + digits - 1; digit >= at; digit -= 1) {
    const quotient = Math.floor(rest / 10);
    into[digit] = DIGIT_ZERO + rest - quotient * 10;
    rest = quotient;
  }
}

/** `NaN` where anything else stands there. */
function readDigits(from: Buffer, at: number, digits: number): number {
  let value = 0;
  for (let digit = at; digit < at + digits; digit += 1) {
    const next = (from[digit] as number) - DIGIT_ZERO;
    if (next < 0 || next > 9) return Number.NaN;
    value = value * 10 + next;
  }
  return value;
}

function readChecksum(from: Buffer, at: number): number {
  let value = 0;
  for (let digit = at; digit < at + CHECKSUM_DIGITS; digit += 1) {
    const next = HEX_VALUES[from[digit] as number] as number;
    if (next < 0) return Number.NaN;
    value = value * 16 + next;
  }
  return value;
}
