// The `cors` settings: which pages of other origins may use the API.
import { z } from "zod";
import { duration } from "./words.ts";

/** As browsers send it: lower case, no path, no slash at the end. Also of applications: `capacitor://localhost`. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$/;
const FIELD = /^[A-Za-z0-9_-]+$/;

const origin = z.string().regex(ORIGIN, {
  error: 'an origin as browsers send it, in lower case and without path, such as "https://app.example.com"',
});
const field = z.string().regex(FIELD, { error: 'the name of a header field, such as "X-Trace"' });

const rules = z.strictObject({
  origins: z
    .union([z.literal("*").describe("Every page; without credentials only."), z.array(origin).min(1)])
    .describe('The pages that may use it: a list of origins, compared exactly, or "*" without credentials.'),
  allowedHeaders: z
    .array(field)
    .optional()
    .describe("Fields that pages may send beside those that the document declares."),
  exposedHeaders: z
    .array(field)
    .optional()
    .describe("Fields that pages may read beside those that the document declares and the gate's own."),
  credentials: z
    .boolean()
    .optional()
    .describe("Whether browsers send cookies and client certificates along. Default false."),
  maxAge: duration.optional().describe("How long browsers may remember a preflight. Default 10m."),
});

export const corsSchema = rules.describe("Which pages of other origins may use the API. Default: none.");

export const operationCorsSchema = z
  .union([z.literal("off").describe("No page of another origin."), rules])
  .describe("Which pages of other origins may use these operations, in place of the general setting.");
