// The formats that are checked: strict, in linear time, with a sentence for whoever sent something else.
import addFormats from "ajv-formats";
import type { FormatName } from "ajv-formats";
import type { Format } from "ajv";
import { FORMAT_CHARACTERS_MAX } from "./limits.ts";

interface CheckedFormat {
  /** Completes "email must be …". */
  readonly sentence: string;
  readonly test: (text: string) => boolean;
}

// The local part as RFC 5322 dot-atom and RFC 6531 letters; no quoted strings, no comments: nobody means them.
const LOCAL = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+$/u;
const ASCII_LOCAL = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+$/;
const LABEL = /^[A-Za-z0-9-]{1,63}$/;
const IDN_LABEL = /^[\p{L}\p{M}\p{N}-]{1,63}$/u;

/** `a@b` is no address one could write to from elsewhere: the domain needs two labels, the last one no number. */
function isEmail(text: string, international: boolean): boolean {
  if (text.length > 254) return false;
  const at = text.lastIndexOf("@");
  if (at < 1 || at > 64) return false;
  const local = international ? LOCAL : ASCII_LOCAL;
  for (const part of text.slice(0, at).split(".")) if (!local.test(part)) return false;
  const domain = text.slice(at + 1);
  return (
    domain.includes(".") &&
    isHostname(domain, international) &&
    !/^\d+$/.test(domain.slice(domain.lastIndexOf(".") + 1))
  );
}

function isHostname(text: string, international: boolean): boolean {
  if (text.length === 0 || text.length > 253) return false;
  const label = international ? IDN_LABEL : LABEL;
  for (const part of text.split(".")) {
    if (!label.test(part) || part.startsWith("-") || part.endsWith("-")) return false;
    // "--" in third place is reserved for encodings (RFC 5891 4.2.3.1); only Punycode is in use.
    if (part.slice(2, 4) === "--" && !/^xn--[a-z0-9]/i.test(part)) return false;
  }
  return true;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,12})?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** RFC 3339 full-date. */
function isDate(text: string): boolean {
  const parts = DATE.exec(text);
  if (parts === null) return false;
  const year = Number(parts[1]);
  const month = Number(parts[2]);
  const day = Number(parts[3]);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month >= 1 && month <= 12 && day >= 1 && day <= (month === 2 && leap ? 29 : (DAYS[month - 1] as number));
}

/** RFC 3339 full-time, with leap seconds where UTC has them. */
function isTime(text: string): boolean {
  const parts = TIME.exec(text);
  if (parts === null) return false;
  const hour = Number(parts[1]);
  const minute = Number(parts[2]);
  const second = Number(parts[3]);
  const offsetHour = Number(parts[5] ?? 0);
  const offsetMinute = Number(parts[6] ?? 0);
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return false;
  if (second < 60) return true;
  const offset = (offsetHour * 60 + offsetMinute) * (parts[4] === "-" ? -1 : 1);
  return (((hour * 60 + minute - offset) % 1440) + 1440) % 1440 === 1439;
}

/** RFC 3339 date-time: `T`, never a space. */
function isDateAnd(text: string, isRest: (time: string) => boolean): boolean {
  const separator = text[10];
  return (separator === "T" || separator === "t") && isDate(text.slice(0, 10)) && isRest(text.slice(11));
}

const LOCAL_TIME = /^\d{2}:\d{2}:\d{2}(?:\.\d{1,12})?$/;

/** A time of day wherever it is read: partial-time of RFC 3339, without leap seconds, which only UTC has. */
function isLocalTime(text: string): boolean {
  return LOCAL_TIME.test(text) && isTime(`${text}Z`) && text.slice(6, 8) !== "60";
}

/** Base64 with padding (RFC 4648 4), without line breaks. */
function isBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  const end = text.endsWith("==") ? text.length - 2 : text.endsWith("=") ? text.length - 1 : text.length;
  return /^[A-Za-z0-9+/]*$/.test(text.slice(0, end));
}

/** A format of ajv-formats: an expression, a function, or an object around one of them. */
function library(name: FormatName): (text: string) => boolean {
  const format: unknown = addFormats.default.get(name);
  const validate = isDefinition(format) ? format.validate : format;
  if (validate instanceof RegExp) return (text) => validate.test(text);
  return validate as (text: string) => boolean;
}

function isDefinition(format: unknown): format is { validate: unknown } {
  return typeof format === "object" && format !== null && "validate" in format;
}

const UNSAFE_URI = /[\u0000-\u0020"<>\\^`{|}\u007f]/;
const libraryUri = library("uri");
const isUri = (text: string): boolean => !UNSAFE_URI.test(text) && libraryUri(text);

const TEXT_FORMATS: Readonly<Record<string, CheckedFormat>> = {
  email: { sentence: "a valid e-mail address", test: (text) => isEmail(text, false) },
  "idn-email": { sentence: "a valid e-mail address", test: (text) => isEmail(text, true) },
  hostname: { sentence: "a valid host name", test: (text) => isHostname(text, false) },
  "idn-hostname": { sentence: "a valid host name", test: (text) => isHostname(text, true) },
  uuid: { sentence: "a UUID", test: (text) => UUID.test(text) },
  date: { sentence: "a date like 2026-01-31", test: isDate },
  time: { sentence: "a time like 12:30:00Z", test: isTime },
  "date-time": { sentence: "a date and time like 2026-01-31T12:30:00Z", test: (text) => isDateAnd(text, isTime) },
  // As OpenAPI's registry of formats has them: what Java calls LocalTime and LocalDateTime.
  "time-local": { sentence: "a time without offset, like 12:30:00", test: isLocalTime },
  "date-time-local": {
    sentence: "a date and time without offset, like 2026-01-31T12:30:00",
    test: (text) => isDateAnd(text, isLocalTime),
  },
  duration: { sentence: "a duration like P1DT12H", test: library("duration") },
  uri: { sentence: "a valid URI", test: isUri },
  url: { sentence: "a valid URL", test: isUri },
  "uri-reference": { sentence: "a valid URI reference", test: library("uri-reference") },
  "uri-template": { sentence: "a valid URI template", test: library("uri-template") },
  ipv4: { sentence: "an IPv4 address", test: library("ipv4") },
  ipv6: { sentence: "an IPv6 address", test: library("ipv6") },
  "json-pointer": { sentence: "a JSON Pointer", test: library("json-pointer") },
  "relative-json-pointer": { sentence: "a relative JSON Pointer", test: library("relative-json-pointer") },
  byte: { sentence: "base64 text", test: isBase64 },
};

const inRange = (least: number, most: number) => (value: number) =>
  Number.isInteger(value) && value >= least && value <= most;

/** Formats of numbers (OpenAPI format registry). int64 is as exact as the reader that comes before it. */
const NUMBER_FORMATS: Readonly<Record<string, { sentence: string; test: (value: number) => boolean }>> = {
  int8: { sentence: "an integer of 8 bits", test: inRange(-128, 127) },
  uint8: { sentence: "an integer of 8 bits without sign", test: inRange(0, 255) },
  int16: { sentence: "an integer of 16 bits", test: inRange(-32_768, 32_767) },
  uint16: { sentence: "an integer of 16 bits without sign", test: inRange(0, 65_535) },
  int32: { sentence: "an integer of 32 bits", test: inRange(-2_147_483_648, 2_147_483_647) },
  uint32: { sentence: "an integer of 32 bits without sign", test: inRange(0, 4_294_967_295) },
  int64: { sentence: "an integer of 64 bits", test: inRange(-(2 ** 63), 2 ** 63) },
  uint64: { sentence: "an integer of 64 bits without sign", test: inRange(0, 2 ** 64) },
  float: { sentence: "a number that a float holds", test: (value) => Number.isFinite(Math.fround(value)) },
};

/** For ajv. Formats that are not here (password, binary, a team's own) say nothing about the value. */
export const FORMATS: Readonly<Record<string, Format>> = Object.fromEntries([
  ...Object.entries(TEXT_FORMATS).map(([name, format]): [string, Format] => [
    name,
    { type: "string", validate: (text: string) => text.length <= charactersMax(name) && format.test(text) },
  ]),
  ...Object.entries(NUMBER_FORMATS).map(([name, format]): [string, Format] => [
    name,
    { type: "number", validate: format.test },
  ]),
]);

/** Completes "x must be …". */
export function formatSentence(format: string): string {
  return (TEXT_FORMATS[format] ?? NUMBER_FORMATS[format])?.sentence ?? `a valid ${format}`;
}

function charactersMax(format: string): number {
  return format === "byte" ? Number.POSITIVE_INFINITY : FORMAT_CHARACTERS_MAX;
}
