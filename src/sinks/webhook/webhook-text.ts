// One text to a server of the owner's, signed like events are: for a checkpoint of the record, kept where nobody here can change it.
import type { Clock } from "../../core/clock.ts";
import { requestId } from "./signature.ts";
import { WebhookClient, type WebhookServer } from "./webhook-client.ts";

export interface TextWebhook {
  /** Why it was not taken, without any secret; undefined where it was. The same text has the same id. */
  send(text: string, signal: AbortSignal): Promise<string | undefined>;
  close(): Promise<void>;
}

export function textWebhook(server: WebhookServer, clock: Clock): TextWebhook {
  const client = new WebhookClient(server, () => clock.nowMs());
  return {
    async send(text, signal) {
      const body = Buffer.from(text);
      const verdict = await client.send(
        { id: requestId([text]), contentType: "text/plain; charset=utf-8", body },
        signal,
      );
      if (verdict.kind === "refused" || verdict.kind === "unavailable") return verdict.reason;
      return undefined;
    },
    close: () => client.close(),
  };
}
