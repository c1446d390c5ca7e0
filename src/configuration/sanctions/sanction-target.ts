// Whom a measure strikes: what the event that completed a detection names, and only what was proven.
import type { Observation, ResponseMeasure } from "../../monitoring/index.ts";

export type SanctionTarget =
  | { readonly address: string }
  | { readonly issuer: string; readonly subject: string }
  | { readonly issuer: string; readonly token: string };

/** The rule groups by the field, so that all events of the detection have the same. Undefined where the event lacks it. */
export function targetOf({ of }: ResponseMeasure, event: Observation): SanctionTarget | undefined {
  if (of === "address") {
    const address = event.read("client.address");
    return typeof address === "string" ? { address } : undefined;
  }
  const issuer = event.read("portcullis.authentication.issuer");
  const name = event.read(of === "subject" ? "user.id" : "portcullis.authentication.token_hash");
  if (typeof name !== "string" || name === "") return undefined;
  const by = typeof issuer === "string" ? issuer : "";
  return of === "subject" ? { issuer: by, subject: name } : { issuer: by, token: name };
}
