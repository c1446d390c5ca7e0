// Settings of `validation` that change nothing, because another one switches off what they are about: trusted, they would be a hole.
import { findSanitized } from "../../validation/index.ts";
import type { Operation } from "../../openapi/operation.ts";
import type { OperationSettings, ValidationSettings } from "../settings.ts";
import type { KeyPath } from "../source.ts";
import type { Judgement } from "./judgement.ts";

type Key = keyof ValidationSettings;
type Overrides = ReadonlyMap<Operation, readonly OperationSettings[]>;

/** Why a setting does nothing for an operation; undefined where it does something. */
const IDLE: Partial<Record<Key, (all: ValidationSettings) => string | undefined>> = {
  injection: ({ injection, requests }) => (injection !== "off" && requests === "off" ? "requests is off" : undefined),
  unknownParameters: ({ unknownParameters, requests }) =>
    requests === "off" || (requests === "monitor" && unknownParameters === "enforce")
      ? `requests is ${requests}`
      : undefined,
  bodyBytesMax: ({ requests }) => (requests === "off" ? "requests is off" : undefined),
  responseBytesMax: ({ responses }) => (responses === "off" ? "responses is off" : undefined),
};

/** What holds for an operation as it is written, also where `--observe` makes everything monitor. */
function writtenFor(operation: Operation, overrides: Overrides, judgement: Judgement): ValidationSettings {
  const written = { ...judgement.settings.validation };
  for (const entry of overrides.get(operation) ?? []) Object.assign(written, entry.validation);
  return written;
}

/** A setting is told where it does nothing for any of the operations that it decides about. */
export function judgeIdleValidation(overrides: Overrides, judgement: Judgement): void {
  const found = new Map<string, { at: KeyPath; value: unknown; why: string | undefined }>();
  for (const operation of judgement.api.operations) {
    const written = writtenFor(operation, overrides, judgement);
    for (const [key, whyIdle] of Object.entries(IDLE) as [Key, NonNullable<(typeof IDLE)[Key]>][]) {
      const at = deciding(operation, key, overrides, judgement);
      if (at === undefined) continue;
      const why = whyIdle(written);
      const known = found.get(at.join("\n"));
      if (known === undefined) found.set(at.join("\n"), { at, value: written[key], why });
      else if (why === undefined) known.why = undefined;
    }
    noteIdleSanitization(operation, written, judgement);
  }
  for (const { at, value, why } of found.values()) if (why !== undefined) tell(at, value, why, judgement);
}

/** The place of the setting that holds for the operation; undefined where that is the default. */
function deciding(operation: Operation, key: Key, overrides: Overrides, { loaded }: Judgement): KeyPath | undefined {
  const entry = (overrides.get(operation) ?? []).findLast(({ validation }) => validation[key] !== undefined);
  const at = [...(entry?.at ?? []), "validation", key];
  return loaded.isWritten(at) ? at : undefined;
}

/** What should be refused and is not stops the start; what would only be noted does not. */
function tell(at: KeyPath, value: unknown, why: string, judgement: Judgement): void {
  const name = String(at.at(-1));
  const notes = why === "requests is monitor" ? "refuses nothing, it is only noted" : "has no effect";
  const message = `validation.${name} ${name === "bodyBytesMax" ? "limits nothing" : notes}: ${why}`;
  const remedy = why.startsWith("requests")
    ? `Set \`requests: enforce\` there${name === "injection" ? " (or monitor)" : ""}, or leave ${name} out.`
    : `Set \`responses: monitor\` there, or leave ${name} out.`;
  if (value === "enforce" && why !== "requests is monitor")
    judgement.error("without-effect", { settings: at }, message, remedy);
  else judgement.warn("without-effect", { settings: at }, message, remedy);
}

function noteIdleSanitization(operation: Operation, { requests }: ValidationSettings, judgement: Judgement): void {
  if (requests === "enforce") return;
  const mark = findSanitized(operation, judgement.api.set);
  if (mark === undefined) return;
  const does = requests === "off" ? "is not sanitized" : "is only noted, not sanitized";
  judgement.warn(
    "without-effect",
    { document: mark, key: "x-portcullis-sanitize" },
    `what x-portcullis-sanitize marks ${does} in ${operation.id}: validation.requests is ${requests}`,
    "Set `requests: enforce` for it when the records show nothing unexpected, or take the mark out.",
  );
}
