// What several kinds of destination are made of: where their server is, and how it proves that it is the one meant.
import { z } from "zod";

export const serverUrl = z.string().regex(/^https?:\/\/[^/?#@\s]+(?:\/[^?#@\s]*)?$/, {
  error: 'an https URL without user name and query, such as "https://siem.example.com:8088"',
});

export const authorities = z
  .string()
  .min(1)
  .optional()
  .describe("PEM file: the authorities that its certificate may come from. Default: the system's.");

export const dangerouslyAllowHttp = z
  .boolean()
  .optional()
  .describe("Plain http also to other machines: who is between reads events and credentials. Default false.");

/** Text that goes into fields of requests and messages: visible, one line. */
export const visible = (max: number) =>
  z
    .string()
    .regex(new RegExp(`^[!-~](?:[ -~]{0,${max - 2}}[!-~])?$`), { error: `visible ASCII, at most ${max} characters` });

/** How many events one request may have. */
export const requestRecordsMax = z.number().int().min(1).max(10_000).optional();
