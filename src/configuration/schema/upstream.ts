// The `upstream` settings: the API behind the gateway.
import { z } from "zod";
import { duration } from "./words.ts";

const ORIGIN = /^https?:\/\/[^/?#@\s]+\/?$/;

const origin = z
  .string()
  .regex(ORIGIN, { error: 'an http or https URL without path, such as "http://127.0.0.1:3000"' })
  .describe("Scheme, host and port of the API. Paths go on as they came, so none is given here.");

export const upstreamSchema = z
  .union([
    origin,
    z.strictObject({
      url: origin,
      timeouts: z
        .strictObject({
          connect: duration.optional().describe("To connect. Default 5s."),
          answer: duration.optional().describe("From the request sent to the first byte of the answer. Default 30s."),
          idle: duration
            .optional()
            .describe("Between two pieces of an answer's body; event streams are exempt. Default 60s."),
        })
        .optional()
        .describe("How long the gateway waits for the API."),
      tls: z
        .strictObject({
          ca: z.string().min(1).describe("PEM file: the authorities that the API's certificate may come from."),
        })
        .optional()
        .describe("How the API proves that it is the one meant, for https. Default: the system's authorities."),
      connectionsMax: z
        .number()
        .int()
        .min(1)
        .max(65_536)
        .optional()
        .describe("Connections kept to the API. Default 256."),
    }),
  ])
  .describe("The API behind the gateway.");
