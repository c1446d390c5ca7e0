// What is to be done about whoever a rule names: for a time, and only what the rule's groups can name.
import type { FieldName } from "./field.ts";

export type ResponseMeasure =
  | { readonly what: "ban"; readonly of: "address" | "subject"; readonly forMs: number }
  | {
      readonly what: "limit";
      readonly of: "address" | "subject";
      readonly forMs: number;
      readonly limit: { readonly limit: number; readonly windowMs: number };
    }
  | {
      readonly what: "revoke";
      readonly of: "token";
      readonly forMs: number;
      /** Its whole session with it: whatever else was given in it, and what it could be refreshed with. */
      readonly withSession: boolean;
    }
  | { readonly what: "step-up"; readonly of: "subject"; readonly forMs: number };

/** The field that a rule must group by: else a measure would strike whoever sent the last event. */
export const GROUPED_BY: Readonly<Record<ResponseMeasure["of"], FieldName>> = {
  address: "client.address",
  subject: "user.id",
  token: "portcullis.authentication.token_hash",
};
