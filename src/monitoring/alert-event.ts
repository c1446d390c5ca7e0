// An alert as one line of JSON: which rule, which group, how much; in the fields that ECS has for it, so that others can join it.
import type { SpooledRecord } from "./delivery/destination.ts";
import type { Detection } from "./detection/engine.ts";
import type { RuleLevel } from "./detection/rule.ts";
import { ECS_VERSION } from "./audit-event.ts";
import type { Level } from "./classification.ts";
import { quoted } from "./escaping.ts";
import { masked } from "./masking.ts";
import type { SystemRecording } from "./system-event.ts";

const VALUE_CHARACTERS_MAX = 256;
/** The level of the event, and ECS's number for how severe it is. */
const LEVELS: Readonly<Record<RuleLevel, { readonly level: Level; readonly severity: number }>> = {
  informational: { level: "info", severity: 1 },
  low: { level: "warn", severity: 21 },
  medium: { level: "warn", severity: 47 },
  high: { level: "error", severity: 73 },
  critical: { level: "error", severity: 99 },
};

/** What was made of it: told to people, or only noted, as guards in monitor do. */
export type AlertMode = "enforce" | "monitor";

/** In monitor an alert wakes nobody. */
export function alertLevel({ rule }: Detection, mode: AlertMode): Level {
  return mode === "monitor" ? "info" : LEVELS[rule.level].level;
}

/** `Many failed attempts …: client.address 192.0.2.1 (12)`. Masked, not yet made visible. */
export function alertMessage({ rule, group, measured }: Detection): string {
  const who = Object.entries(group).map(([name, value]) => `${name} ${masked(value)}`);
  return `${rule.title}: ${who.length === 0 ? "one token" : who.join(", ")} (${shown(measured)})`;
}

export function alertJson(detection: Detection, mode: AlertMode, recording: SystemRecording): string {
  const { rule, group, measured, examples } = detection;
  const service = recording.service === undefined ? "" : `"service":{"name":${quoted(recording.service, 256)}},`;
  const { severity } = LEVELS[rule.level];
  const threat =
    rule.techniques.length === 0
      ? ""
      : `"threat":{"framework":"MITRE ATT&CK","technique":{"id":${JSON.stringify(rule.techniques)}}},`;
  const requests = examples.filter((id) => id !== "").map((id) => quoted(id, 128));
  return (
    `{"@timestamp":"${recording.timestamp}","log":{"level":"${alertLevel(detection, mode)}"},` +
    `"message":${quoted(alertMessage(detection), 512)},"ecs":{"version":"${ECS_VERSION}"},${service}` +
    `"event":{"kind":"alert","action":"detection_fired","category":["intrusion_detection"],"type":["info"],` +
    `"module":"portcullis","dataset":"portcullis.detection","id":"${recording.id}","sequence":${recording.sequence},` +
    `"code":"detection.${rule.name}","severity":${severity}},` +
    `"rule":{"id":"${rule.id}","name":${quoted(rule.name, 128)},"description":${quoted(rule.title, 256)}},${threat}` +
    groupJson(group) +
    `"portcullis":{"detection":{"level":"${rule.level}","mode":"${mode}","type":"${rule.correlation.type}",` +
    `"measured":${Number.isFinite(measured) ? measured : 0},"window_seconds":${Math.round(rule.timespanMs / 1_000)},` +
    `"requests":[${requests.join(",")}]${operationJson(group)}}}}`
  );
}

/** Members that ECS has a place for, with a comma after each. */
function groupJson(group: Detection["group"]): string {
  const address = group["client.address"];
  const network = group["client.network"];
  const user = group["user.id"];
  const agent = group["user_agent.original"];
  const value = (text: string) => quoted(masked(text), VALUE_CHARACTERS_MAX);
  let members = "";
  if (address !== undefined) {
    members += `"client":{${/^[0-9a-fA-F.:]+$/.test(address) ? `"ip":"${address}"` : `"address":${value(address)}`}},`;
  } else if (network !== undefined) members += `"client":{"address":${value(network)}},`;
  if (user !== undefined) members += `"user":{"id":${value(user)}},`;
  if (agent !== undefined) members += `"user_agent":{"original":${value(agent)}},`;
  return members;
}

function operationJson(group: Detection["group"]): string {
  const operation = group["portcullis.operation.id"];
  return operation === undefined ? "" : `,"operation":${quoted(masked(operation), VALUE_CHARACTERS_MAX)}`;
}

function shown(measured: number): string {
  return Number.isInteger(measured) ? String(measured) : measured.toFixed(1);
}

const MARK = Buffer.from('"dataset":"portcullis.detection"');

/** Whether a spooled event is an alert. No text of a client reads like that: within strings quotation marks are escaped. */
export function isAlert({ json }: Pick<SpooledRecord, "json">): boolean {
  return Buffer.from(json.buffer, json.byteOffset, json.byteLength).includes(MARK);
}
