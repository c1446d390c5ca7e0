// The `authorization` settings: roles with what they include, and what single operations ask for.
import { z } from "zod";
import { mode } from "./words.ts";

const name = z.string().min(1);

export const authorizationSchema = z
  .strictObject({
    mode: mode
      .optional()
      .describe(
        "monitor: note what would be refused, let it through. Default: as authentication. No off: leave out what is asked for.",
      ),
    roles: z
      .record(
        name,
        z.strictObject({
          includes: z.array(name).optional().describe("Roles that this one contains."),
          permissions: z.array(name).optional().describe("What the role may do, such as orders:refund."),
        }),
      )
      .optional()
      .describe("Roles by name."),
  })
  .describe("May they: roles and their permissions. Scopes come from the document's `security`.");

export const operationAuthorizationSchema = z
  .strictObject({
    mode: mode.optional().describe("enforce or monitor, for this operation. No off: leave out what is asked for."),
    roles: z.array(name).min(1).optional().describe("One of these roles is needed."),
    permissions: z.array(name).min(1).optional().describe("All of these permissions are needed."),
  })
  .describe("What this operation asks of the user, beside the document's scopes.");
