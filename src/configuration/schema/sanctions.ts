// The file of who is held back for a time, as a gate and `portcullis detect ban|lift` write it.
import { z } from "zod";
import { moment } from "./api-keys.ts";

const name = z.string().min(1).max(2_048);
const why = z.string().max(200).optional().describe("For people.");
const more = {
  id: z.string().regex(/^[0-9a-f]{12}$/),
  began: moment,
  until: moment,
  by: name.describe("The rule, or who gave the command."),
  why,
  recorded: z.literal(true).optional().describe("The record has it."),
  lifted: z.strictObject({ at: moment, by: name, why, recorded: z.literal(true).optional() }).optional(),
};
const address = { address: name };
const subject = { issuer: z.string().max(2_048), subject: name };
const limit = {
  what: z.literal("limit"),
  limit: z.number().int().min(1),
  windowMs: z.number().int().min(1_000),
};

const sanctionSchema = z.union([
  z.strictObject({ what: z.literal("ban"), ...address, ...more }),
  z.strictObject({ what: z.literal("ban"), ...subject, ...more }),
  z.strictObject({ ...limit, ...address, ...more }),
  z.strictObject({ ...limit, ...subject, ...more }),
  z.strictObject({ what: z.literal("step-up"), ...subject, ...more }),
  z.strictObject({
    what: z.literal("revoke"),
    issuer: z.string().max(2_048),
    token: name,
    subject: name.optional(),
    session: name.optional().describe("All of it is refused, and ended by the built-in identity."),
    sessionEnded: z.literal(true).optional().describe("It has done that."),
    ...more,
  }),
]);

export const sanctionFileSchema = z.strictObject({ sanctions: z.array(sanctionSchema).max(20_000) });

export type WrittenSanction = z.infer<typeof sanctionSchema>;
