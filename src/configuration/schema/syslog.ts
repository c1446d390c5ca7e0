// The settings of a sink that delivers to a syslog server.
import { z } from "zod";
import { FACILITIES } from "../../sinks/syslog/message.ts";
import { FED_FIELDS } from "./destination-fields.ts";
import { authorities } from "./sink-words.ts";
import { duration, size } from "./words.ts";

/** As RFC 5424 has names in its header: visible, without spaces. */
const name = (max: number) =>
  z
    .string()
    .regex(new RegExp(`^[!-~]{1,${max}}$`), { error: `visible ASCII without spaces, at most ${max} characters` });

export const SYSLOG_URL = /^(tls|tcp|udp):\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):([1-9][0-9]{0,4})$/;

export const syslogSchema = z.strictObject({
  syslog: z
    .strictObject({
      url: z
        .string()
        .regex(SYSLOG_URL, { error: 'tls, udp or tcp with host and port, such as "tls://logs.example.com:6514"' })
        .describe("The server. tls: RFC 5425. udp: an event may be lost. tcp: this machine only."),
      facility: z.enum(FACILITIES).optional().describe("Default audit (13, log audit)."),
      appName: name(48).optional().describe("Default portcullis."),
      hostname: name(255).optional().describe("Default: the name of this machine."),
      enterpriseNumber: z
        .number()
        .int()
        .min(1)
        .max(4_294_967_295)
        .optional()
        .describe("Yours, by IANA, for the structured data. Default 32473, the one for examples (RFC 5612)."),
      messageBytesMax: size
        .optional()
        .describe("The longest message that the server takes whole. Default 8KiB, as rsyslog; by UDP 2KiB."),
      timeout: duration.optional().describe("For a batch: connecting, writing, the server's close. Default 30s."),
      ca: authorities,
      certificate: z.string().min(1).optional().describe("PEM file, where the server asks who we are. With key."),
      key: z.string().min(1).optional().describe("PEM file: the private key of that certificate."),
      dangerouslyUnencrypted: z
        .boolean()
        .optional()
        .describe("tcp and udp also to other machines: who is between reads and forges events. Default false."),
    })
    .describe("A syslog server, in the form of RFC 5424."),
  ...FED_FIELDS,
});
