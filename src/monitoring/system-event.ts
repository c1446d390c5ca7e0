// Events that belong to no exchange, as one line of JSON: start, stop, keys loaded, events lost.
import type { SystemEvent } from "../core/record.ts";
import { ECS_VERSION } from "./audit-event.ts";
import { addressJson } from "./caller-fields.ts";
import { quoted } from "./escaping.ts";
import { maskedSentence } from "./masking.ts";

/** OWASP's words for what happens to a system, by our codes. */
const ACTIONS: Readonly<Record<string, string>> = {
  "gateway.started": "sys_startup",
  "gateway.stopped": "sys_shutdown",
  "gateway.restarted": "sys_restart",
  "gateway.crashed": "sys_crash",
  "identity.sign-in-failed": "authn_login_fail",
  "identity.sign-in-succeeded": "authn_login_success",
};

const OUTCOMES: Readonly<Record<string, "failure" | "success">> = {
  "identity.sign-in-failed": "failure",
  "identity.sign-in-succeeded": "success",
};

export const SYSTEM_ACTIONS: readonly string[] = Object.values(ACTIONS);

/** `event.action`: OWASP's word, or the code. */
export function systemAction(code: string): string {
  return ACTIONS[code] ?? code;
}

export function systemOutcome(code: string): "failure" | "success" | undefined {
  return OUTCOMES[code];
}

const NAME = /^[A-Za-z][\w.-]{0,63}$/;
const TEXT_CHARACTERS_MAX = 512;

/** What belongs to the recording rather than to the event. */
export interface SystemRecording {
  readonly id: string;
  readonly sequence: number;
  readonly timestamp: string;
  readonly service: string | undefined;
}

/** The message as any sink may show it. */
export function systemMessage(event: SystemEvent): string {
  return maskedSentence(event.message);
}

export function systemJson(event: SystemEvent, recording: SystemRecording): string {
  const code = quoted(event.action, 128);
  const action = ACTIONS[event.action];
  const outcome = systemOutcome(event.action);
  const service = recording.service === undefined ? "" : `"service":{"name":${quoted(recording.service, 256)}},`;
  return (
    `{"@timestamp":"${recording.timestamp}","log":{"level":"${event.level}"},` +
    `"message":${quoted(systemMessage(event), TEXT_CHARACTERS_MAX)},"ecs":{"version":"${ECS_VERSION}"},${service}` +
    `"event":{"kind":"event","action":${action === undefined ? code : `"${action}"`},"category":["${categoryOf(event.action)}"],` +
    `"type":["${typeOf(event.action)}"],${outcome === undefined ? "" : `"outcome":"${outcome}",`}"module":"portcullis","dataset":"portcullis.system",` +
    `"id":"${recording.id}","sequence":${recording.sequence},"code":${code}}${outcome === undefined ? "" : signInJson(event.data)}${dataJson(event.data)}}`
  );
}

/** Where all other events have who and from where; `portcullis.data` has names of each code's own. */
function signInJson({ address, subject }: NonNullable<SystemEvent["data"]> = {}): string {
  const client = typeof address === "string" ? `,"client":{${addressJson(address)}}` : "";
  const user = typeof subject === "string" ? `,"user":{"id":${quoted(subject, TEXT_CHARACTERS_MAX)}}` : "";
  return client + user;
}

function typeOf(action: string): string {
  if (action.endsWith(".started")) return "start";
  if (action.endsWith(".stopped") || action.endsWith(".crashed")) return "end";
  if (/(?:\.(?:reloaded|restarted)|[.-]changed)$/.test(action)) return "change";
  return "info";
}

function categoryOf(action: string): string {
  if (action in OUTCOMES) return "authentication";
  // Accounts, clients and roles, who may what.
  return action.startsWith("identity.") && action.endsWith("-changed") ? "iam" : "process";
}

function dataJson(data: SystemEvent["data"]): string {
  if (data === undefined) return "";
  const parts: string[] = [];
  for (const [name, value] of Object.entries(data)) {
    if (NAME.test(name)) parts.push(`"${name}":${valueJson(value)}`);
  }
  return parts.length === 0 ? "" : `,"portcullis":{"data":{${parts.join(",")}}}`;
}

function valueJson(value: string | number | boolean): string {
  if (typeof value === "string") return quoted(maskedSentence(value), TEXT_CHARACTERS_MAX);
  return typeof value === "boolean" || Number.isFinite(value) ? String(value) : "0";
}
