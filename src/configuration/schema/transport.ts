// The `transport` settings: how clients reach the gate.
import { z } from "zod";
import { corsSchema } from "./cors.ts";
import { listenAddress } from "./words.ts";

const ADDRESS_OR_RANGE = /^[0-9a-fA-F:.]+(\/[0-9]{1,3})?$/;

export const transportSchema = z
  .strictObject({
    listen: listenAddress.optional().describe('Where clients connect. Default "127.0.0.1:8443".'),
    publicUrl: z
      .string()
      .regex(/^https?:\/\/[^/?#@\s]+\/?$/, {
        error: 'an http or https URL without path, such as "https://api.example.com"',
      })
      .optional()
      .describe("How clients name this API: redirects go there, and other hosts are refused."),
    tls: z
      .union([
        z.literal("development").describe("A local certificate authority, made once for this user."),
        z.literal("terminated-by-proxy").describe("A trusted proxy in front speaks TLS; needs trustedProxies."),
        z.literal("dangerouslyOff").describe("Plain HTTP. Tokens travel readable."),
        z.strictObject({
          certificate: z.string().min(1).describe("PEM file: the certificate, then its chain."),
          key: z.string().min(1).describe("PEM file of the private key."),
        }),
      ])
      .optional()
      .describe("TLS of the listener. Default: development."),
    trustedProxies: z
      .array(z.string().regex(ADDRESS_OR_RANGE, { error: 'an address or range such as "10.0.0.0/8"' }))
      .optional()
      .describe("Proxies whose word about the client is believed. Default: none."),
    clientAddressField: z
      .enum(["x-forwarded-for", "forwarded"])
      .optional()
      .describe("The field in which those proxies name the client; only this one is read. Default x-forwarded-for."),
    hsts: z
      .union([
        z.literal("off"),
        z.string().regex(/^max-age=[0-9]+(; (includeSubDomains|preload))*$/, {
          error: '"off" or a value such as "max-age=63072000; includeSubDomains; preload"',
        }),
      ])
      .optional()
      .describe(
        "Strict-Transport-Security. Default: two years with subdomains and preload; never with tls: development.",
      ),
    cors: corsSchema.optional(),
    redirectFrom: listenAddress
      .optional()
      .describe("Plain HTTP listener that answers 308 to publicUrl. Default: none."),
    adminListen: z
      .union([z.literal("off"), listenAddress])
      .optional()
      .describe('Where /livez and /readyz answer. Default "127.0.0.1:9901".'),
  })
  .describe("How clients reach the gate: TLS, addresses, proxies.");
