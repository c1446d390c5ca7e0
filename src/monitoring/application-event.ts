// A line of an application's own log, as one line of JSON beside what the gate saw: masked and bounded by the same rules.
import { ECS_VERSION } from "./audit-event.ts";
import type { Level } from "./classification.ts";
import { quoted } from "./escaping.ts";
import { MASK, maskedSentence, withoutPrivateKeys } from "./masking.ts";
import { isSecretName } from "./secret-names.ts";
import type { SystemRecording } from "./system-event.ts";

/** What a logger hands over. Nothing of it is trusted: a client may have chosen any text. */
export interface ApplicationLine {
  readonly level: Level;
  /** The logger's own word for it: `debug`. */
  readonly levelName?: string | undefined;
  readonly message: string;
  readonly logger?: string | undefined;
  readonly error?: { readonly type?: string; readonly message?: string; readonly stack?: string } | undefined;
  /** Whatever was logged beside the message. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

/** The request that it was written for, where there is one. */
export interface OfRequest {
  readonly id: string;
}

const NAME = /^[A-Za-z_@][\w.@-]{0,63}$/;
const FIELDS_MAX = 32;
const NAME_CHARACTERS_MAX = 64;
const TEXT_CHARACTERS_MAX = 512;
const STACK_CHARACTERS_MAX = 4_096;
/** Of a value that is no text; looked at before anything is masked. */
const DEPTH_MAX = 4;
const MEMBERS_MAX = 32;

/** Stands for what nothing can be said of. */
export const UNSHOWN = "[cannot be shown]";

/** Whatever a logger was given in the place of a text. */
export function shownText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : plainText(value);
}

export function applicationMessage({ message }: ApplicationLine): string {
  return maskedSentence(message);
}

export function applicationJson(
  line: ApplicationLine,
  request: OfRequest | undefined,
  recording: SystemRecording,
): string {
  const { level, levelName, logger, error, fields } = line;
  const service = recording.service === undefined ? "" : `"service":{"name":${quoted(recording.service, 256)}},`;
  const named = logger === undefined ? "" : `,"logger":${text(logger, NAME_CHARACTERS_MAX)}`;
  const of = request === undefined ? "" : `"http":{"request":{"id":${quoted(request.id, 128)}}},`;
  return (
    `{"@timestamp":"${recording.timestamp}","log":{"level":"${level}"${named}},` +
    `"message":${quoted(applicationMessage(line), TEXT_CHARACTERS_MAX)},"ecs":{"version":"${ECS_VERSION}"},${service}${of}` +
    `"event":{"kind":"event","category":["web"],"type":["info"],"module":"portcullis","dataset":"portcullis.application",` +
    `"id":"${recording.id}","sequence":${recording.sequence}},${errorJson(error)}` +
    `"portcullis":{"application":{"level":${text(levelName ?? level, NAME_CHARACTERS_MAX)},"fields":{${fieldsJson(fields)}}}}}`
  );
}

function text(value: string, charactersMax: number): string {
  return quoted(maskedSentence(value), charactersMax);
}

function errorJson(error: ApplicationLine["error"]): string {
  if (error === undefined) return "";
  const { type = "Error", message = "", stack } = error;
  // Each line by itself: a sentence is bounded, a stack is many of them.
  const shown = stack === undefined ? undefined : withoutPrivateKeys(stack.slice(0, STACK_CHARACTERS_MAX));
  const lines = shown?.split("\n").map((part) => text(part, TEXT_CHARACTERS_MAX).slice(1, -1));
  const trace = lines === undefined ? "" : `,"stack_trace":"${lines.join("\\n")}"`;
  return `"error":{"type":${text(type, NAME_CHARACTERS_MAX)},"message":${text(message, TEXT_CHARACTERS_MAX)}${trace}},`;
}

function fieldsJson(fields: ApplicationLine["fields"]): string {
  if (fields === undefined) return "";
  const parts: string[] = [];
  for (const name of Object.keys(fields)) {
    if (parts.length === FIELDS_MAX) break;
    if (NAME.test(name)) parts.push(`"${name}":${memberJson(fields, name)}`);
  }
  return parts.join(",");
}

/** Reading a member may run code of whoever made it. */
function memberJson(fields: Readonly<Record<string, unknown>>, name: string): string {
  try {
    return valueJson(name, fields[name]);
  } catch {
    return `"${UNSHOWN}"`;
  }
}

function valueJson(name: string, value: unknown): string {
  if (isSecretName(name)) return `"${MASK}"`;
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "0";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return text(value, TEXT_CHARACTERS_MAX);
  return text(plainText(value), TEXT_CHARACTERS_MAX);
}

/** As JSON, without secrets, as deep and as wide as anybody reads it. Always a text: two lines never disagree about a field's type. */
function plainText(value: unknown): string {
  try {
    return JSON.stringify(bounded(value, 0)) ?? String(value);
  } catch {
    return UNSHOWN;
  }
}

function bounded(value: unknown, depth: number): unknown {
  // Before its quotes are escaped: then the names of secrets in it would not be found.
  if (typeof value === "string") return maskedSentence(value).slice(0, TEXT_CHARACTERS_MAX);
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth === DEPTH_MAX) return "…";
  if (Array.isArray(value)) return value.slice(0, MEMBERS_MAX).map((one) => bounded(one, depth + 1));
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "no date" : value.toISOString();
  if (value instanceof Error) return maskedSentence(`${value.name}: ${value.message}`);
  const kept: Record<string, unknown> = {};
  for (const name of Object.keys(value).slice(0, MEMBERS_MAX)) {
    const member = (value as Record<string, unknown>)[name];
    Object.defineProperty(kept, name.slice(0, NAME_CHARACTERS_MAX), {
      value: isSecretName(name) ? MASK : bounded(member, depth + 1),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return kept;
}
