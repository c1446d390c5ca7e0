// API keys as they are kept: in the configuration, or in the file that `portcullis keys` writes.
import { z } from "zod";
import { hasDay } from "../days.ts";

const MOMENT = "a moment in UTC such as 2027-01-31T12:00:00Z";
export const moment = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, { error: MOMENT })
  .refine((text) => Number.isFinite(Date.parse(text)) && hasDay(text), { error: MOMENT });

export const apiKeySchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^[0-9A-Za-z]{10}$/, { error: "ten letters and digits, as `portcullis keys create` makes them" })
      .describe("Names the key: in records, and in `portcullis keys revoke`."),
    hash: z
      .string()
      .regex(/^sha256:[0-9A-Za-z_-]{43}$/, { error: "what `portcullis keys create` printed as hash" })
      .describe("SHA-256 of the key. The key itself is kept nowhere."),
    name: z.string().min(1).max(100).describe("Who uses it."),
    scopes: z
      .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, { error: "one scope" }))
      .optional()
      .describe("What it was granted."),
    roles: z.array(z.string().min(1)).optional().describe("Roles of its user."),
    created: moment.optional().describe("When it was made."),
    expires: moment.optional().describe("From when on it is refused. Default: never."),
    revoked: moment.optional().describe("Since when it is refused, whatever `expires` says."),
  })
  .describe("One API key, without the key.");

export const apiKeyFileSchema = z.strictObject({ keys: z.array(apiKeySchema) });

export type WrittenApiKey = z.infer<typeof apiKeySchema>;
