// The file of tokens that are refused before they end, as `portcullis tokens deny` writes it.
import { z } from "zod";
import { moment } from "./api-keys.ts";

const name = z.string().min(1);
const more = {
  until: moment.optional().describe("When the entry has no use any more: then the token has ended by itself."),
  why: z.string().max(200).optional().describe("For people."),
};
const issued = { ...more, before: moment.optional().describe("Only tokens that were issued before it.") };

const deniedSchema = z.union([
  z.strictObject({ issuer: name, token: name.describe("Its id (`jti`)."), ...more }),
  z.strictObject({ issuer: name, session: name.describe("All of it (`sid`)."), ...issued }),
  z.strictObject({ issuer: name, subject: name.describe("All of it (`sub`)."), ...issued }),
  z.strictObject({ digest: z.string().regex(/^sha256:[0-9A-Za-z_-]{43}$/), ...more }),
]);

export const deniedFileSchema = z.strictObject({ denied: z.array(deniedSchema) });

export type WrittenDenied = z.infer<typeof deniedSchema>;
