// Ends a session because a gate saw its token in other hands: on the listener that only gates reach, for whoever has the same secrets.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Together } from "../administration/stores.ts";
import { readJsonForm } from "../server/form.ts";
import { sendJson } from "../server/send.ts";
import type { GateKey } from "./feed-key.ts";

/** Beside the path that is served to the outside, never below it. */
export const ENDED_SESSIONS_PATH = "/ended-sessions";

const BY_CHARACTERS_MAX = 100;

export class EndedSessions {
  readonly #atOnce: Together;
  readonly #key: GateKey;

  constructor(atOnce: Together, key: GateKey) {
    this.#atOnce = atOnce;
    this.#key = key;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "POST" || !this.#key.isShown(request)) {
      return sendJson(response, 404, { title: "There is nothing here." });
    }
    const asked = await readJsonForm(request);
    const subject = asked?.get("subject");
    const session = asked?.get("session");
    if (subject === undefined || session === undefined) {
      return sendJson(response, 400, { title: "subject and session are texts." });
    }
    const by = (asked?.get("by") ?? "").slice(0, BY_CHARACTERS_MAX);
    const actor = { kind: "gate", id: by } as const;
    await this.#atOnce(async ({ sessions, changes }) => {
      if (!(await sessions.endByTokens(subject, session))) return;
      await changes.write({ actor, what: "session-ended", targetKind: "account", target: subject });
    });
    response.writeHead(204).end();
  }
}
