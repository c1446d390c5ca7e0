// Checkpoints of the record, posted to a server of the owner's, signed like events are: kept where nobody here can change them.
import type { Clock } from "../../core/clock.ts";
import type { CheckpointSink } from "../../monitoring/index.ts";
import { requestId } from "./signature.ts";
import { WebhookClient, type WebhookServer } from "./webhook-client.ts";

export function checkpointWebhook(server: WebhookServer, clock: Clock): CheckpointSink {
  const client = new WebhookClient(server, () => clock.nowMs());
  return {
    name: "webhook",
    async write(note, signal) {
      const body = Buffer.from(note);
      const request = { id: requestId([note]), contentType: "text/plain; charset=utf-8", body };
      const verdict = await client.send(request, signal);
      if (verdict.kind === "refused" || verdict.kind === "unavailable") throw new Error(verdict.reason);
    },
    close: () => client.close(),
  };
}
