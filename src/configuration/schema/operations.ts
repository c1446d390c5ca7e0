// The `operations` settings: what differs for single operations, by operationId, tag, method and path, or path.
import { z } from "zod";
import { operationAuthorizationSchema } from "./authorization.ts";
import { operationCorsSchema } from "./cors.ts";
import { operationRateLimitingSchema } from "./rate-limiting.ts";
import { validationSchema } from "./validation.ts";
import { mode } from "./words.ts";

const operationSchema = z
  .strictObject({
    transport: z
      .strictObject({ cors: operationCorsSchema.optional() })
      .optional()
      .describe("How these operations are reached."),
    authentication: z
      .strictObject({
        mode: mode
          .optional()
          .describe("enforce or monitor, for this operation. No off: `security: []` in the document makes it public."),
        level: z
          .string()
          .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, { error: "a name without spaces, quotes and backslashes" })
          .optional()
          .describe("`acr` that the token must have: how well its user was authenticated. mfa: by two factors."),
      })
      .optional()
      .describe("Who is calling, for this operation."),
    authorization: operationAuthorizationSchema.optional(),
    rateLimiting: operationRateLimitingSchema.optional(),
    validation: validationSchema.optional(),
  })
  .describe("What differs for these operations.");

export const operationsSchema = z
  .record(z.string(), operationSchema)
  .describe(
    'By operationId, tag, "DELETE /orders/{id}", "/orders/{id}" for all its methods, or "/admin/*" for all below.',
  );
