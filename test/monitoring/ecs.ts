// What of an event is not in the Elastic Common Schema: fields, types and words.
import { EcsFlat } from "@elastic/ecs";
import type { AuditEvent, SystemAuditEvent } from "../../src/monitoring/index.ts";

const SCHEMA = EcsFlat as unknown as Record<
  string,
  { type: string; allowed_values?: { name: string; expected_event_types?: string[] }[] } | undefined
>;

function walk(value: unknown, path: string, visit: (path: string, leaf: unknown) => void): void {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    for (const [key, member] of Object.entries(value)) walk(member, path === "" ? key : `${path}.${key}`, visit);
  } else visit(path, value);
}

export function strangers(event: object): string[] {
  const found: string[] = [];
  walk(event, "", (path, leaf) => {
    if (path.startsWith("portcullis.")) return;
    const field = SCHEMA[path];
    if (field === undefined) found.push(`${path} is not in ECS`);
    else if (!fits(field.type, leaf)) found.push(`${path} is not of type ${field.type}`);
  });
  return found;
}

function fits(type: string, leaf: unknown): boolean {
  switch (type) {
    case "long":
      return Number.isSafeInteger(leaf);
    case "date":
      return typeof leaf === "string" && new Date(leaf).toISOString() === leaf;
    case "ip":
      return typeof leaf === "string" && /^[0-9a-f.:]+$/.test(leaf);
    default:
      return typeof leaf === "string" || (Array.isArray(leaf) && leaf.every((part) => typeof part === "string"));
  }
}

/** Each word is allowed, and each type is expected for one of the categories. */
export function wrongWords(event: AuditEvent["event"] | SystemAuditEvent["event"]): string[] {
  const allowed = (field: string) => SCHEMA[field]?.allowed_values ?? [];
  const names = (field: string) => allowed(field).map((value) => value.name);
  const expected = allowed("event.category")
    .filter((value) => event.category.includes(value.name))
    .flatMap((value) => value.expected_event_types ?? []);
  return [
    ...[event.kind].filter((word) => !names("event.kind").includes(word)),
    ...event.category.filter((word) => !names("event.category").includes(word)),
    ...event.type.filter((word) => !expected.includes(word)),
    ...("outcome" in event ? [event.outcome].filter((word) => !names("event.outcome").includes(word)) : []),
  ];
}
