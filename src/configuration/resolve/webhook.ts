// From what the user wrote under `webhook` to the options of the destination.
import type { z } from "zod";
import { keyOf } from "../../sinks/webhook/signature.ts";
import type { WebhookServer } from "../../sinks/webhook/webhook-client.ts";
import type { WebhookOptions } from "../../sinks/webhook/webhook-destination.ts";
import { name as nameOf } from "../issues.ts";
import type { textWebhookSchema, webhookSchema } from "../schema/webhook.ts";
import { durationOr, sizeBytes } from "../schema/words.ts";
import { SINK_DEFAULTS } from "../sink-defaults.ts";
import type { KeyPath } from "../source.ts";
import type { Resolving } from "./resolving.ts";
import { resolveSecret } from "./secret.ts";
import { resolveFields } from "./sink-fields.ts";
import { resolveServer } from "./sink-server.ts";

type Written = z.infer<typeof webhookSchema>["webhook"];
type WrittenServer = z.infer<typeof textWebhookSchema>;

const DEFAULTS = SINK_DEFAULTS.webhook;
/** Standard Webhooks has 24 to 64 bytes; shorter ones could be guessed from one captured request. */
const KEY_BYTES_MIN = 24;
const BASE64 = /^whsec_[A-Za-z0-9+/]+={0,2}$/;

export async function resolveWebhook(written: Written, at: KeyPath, to: Resolving): Promise<WebhookOptions> {
  return {
    ...(await resolveWebhookServer(written, at, to)),
    format: written.format ?? DEFAULTS.format,
    recordsMax: written.recordsMax ?? DEFAULTS.recordsMax,
    bytesMax: written.requestBytesMax === undefined ? DEFAULTS.requestBytesMax : sizeBytes(written.requestBytesMax),
  };
}

export async function resolveWebhookServer(written: WrittenServer, at: KeyPath, to: Resolving): Promise<WebhookServer> {
  const url = await resolveUrl(written, at, to);
  return {
    url: url ?? "",
    secrets: await resolveSecrets(written, at, to),
    fields: await resolveFields(written.headers ?? {}, [...at, "headers"], to),
    timeoutMs: durationOr(written.timeout, DEFAULTS.timeoutMs),
    ...(await resolveServer([{ url: url ?? "https://unknown", at: [...at, "url"] }], written, at, to)),
  };
}

/** Written in clear it is no mistake: many have no secret in it. */
async function resolveUrl(written: WrittenServer, at: KeyPath, to: Resolving): Promise<string | undefined> {
  const place = [...at, "url"];
  const text = typeof written.url === "string" ? written.url : await resolveSecret(written.url, place, to);
  if (text === undefined) return undefined;
  if (URL.canParse(text) && /^https?:\/\/[^@#\s]+$/.test(text)) return text;
  const remedy = "Such as https://hooks.example.com/portcullis.";
  to.error(place, "invalid-value", `${nameOf(place)} is no https URL without a user name`, remedy);
  return undefined;
}

async function resolveSecrets(written: WrittenServer, at: KeyPath, to: Resolving): Promise<readonly string[]> {
  const list = Array.isArray(written.secret) ? written.secret : [written.secret];
  const found: string[] = [];
  for (const [i, one] of list.entries()) {
    const place = Array.isArray(written.secret) ? [...at, "secret", i] : [...at, "secret"];
    const text = await resolveSecret(one, place, to);
    if (text === undefined) continue;
    if (text.startsWith("whsec_") && !BASE64.test(text)) {
      const message = `${nameOf(place)} begins with whsec_ and is no base64`;
      to.error(place, "secret-invalid", message, "Make one with: echo whsec_$(openssl rand -base64 32)");
    } else if (keyOf(text).length < KEY_BYTES_MIN) {
      const message = `${nameOf(place)} has fewer than ${KEY_BYTES_MIN} bytes`;
      to.error(place, "secret-short", message, "Make one with: echo whsec_$(openssl rand -base64 32)");
    }
    found.push(text);
  }
  return found;
}
