// The whole configuration: one schema for the file, the object in code, and the editors' completion.
import { z } from "zod";
import { authenticationSchema } from "./authentication.ts";
import { authorizationSchema } from "./authorization.ts";
import { identitySchema } from "./identity.ts";
import { monitoringSchema } from "./monitoring.ts";
import { operationsSchema } from "./operations.ts";
import { rateLimitingSchema } from "./rate-limiting.ts";
import { transportSchema } from "./transport.ts";
import { upstreamSchema } from "./upstream.ts";
import { validationSchema } from "./validation.ts";

export const configurationSchema = z
  .strictObject({
    openapi: z.string().min(1).describe("The OpenAPI document: a file, relative to this one."),
    upstream: upstreamSchema.optional(),
    transport: transportSchema.optional(),
    authentication: authenticationSchema.optional(),
    authorization: authorizationSchema.optional(),
    rateLimiting: rateLimitingSchema.optional(),
    validation: validationSchema.optional(),
    monitoring: monitoringSchema.optional(),
    identity: identitySchema.optional(),
    operations: operationsSchema.optional(),
  })
  .describe("Configuration of Portcullis.");

/** What a user writes, in YAML or as an object in code. */
export type Configuration = z.input<typeof configurationSchema>;
