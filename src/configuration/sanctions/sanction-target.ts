// Whom a measure strikes: what the event that completed a detection names, and only what was proven.
import type { Observation, ResponseMeasure } from "../../monitoring/index.ts";

export type SanctionTarget =
  | { readonly address: string }
  | { readonly issuer: string; readonly subject: string }
  | { readonly issuer: string; readonly token: string; readonly subject?: string; readonly session?: string };

/** The rule groups by the field, so that all events of the detection have the same. Undefined where the event lacks it. */
export function targetOf(measure: ResponseMeasure, event: Observation): SanctionTarget | undefined {
  const { of } = measure;
  if (of === "address") {
    const address = event.read("client.address");
    return typeof address === "string" ? { address } : undefined;
  }
  const issuer = event.read("portcullis.authentication.issuer");
  const name = event.read(of === "subject" ? "user.id" : "portcullis.authentication.token_hash");
  if (typeof name !== "string" || name === "") return undefined;
  const by = typeof issuer === "string" ? issuer : "";
  if (of === "subject") return { issuer: by, subject: name };
  const subject = event.read("user.id");
  const { session } = event;
  if (measure.what !== "revoke" || !measure.withSession || session === undefined || typeof subject !== "string") {
    return { issuer: by, token: name };
  }
  return { issuer: by, token: name, subject, session };
}
