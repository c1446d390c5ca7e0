// What stands beside the key of each kind of destination.
import { z } from "zod";
import { level } from "./words.ts";

export const DESTINATION_FIELDS = {
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, { error: "a name: small letters, digits and -, at most 32" })
    .optional()
    .describe(
      "For messages and the place where delivery goes on. Default: its kind. Needed where a kind is used twice.",
    ),
  level,
};

/** Of those that the spool feeds always. */
export const FED_FIELDS = {
  ...DESTINATION_FIELDS,
  only: z.enum(["alerts"]).optional().describe("alerts: those of detections, and nothing else. Default: everything."),
};
