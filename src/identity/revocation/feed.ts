// Tells the gates what was revoked: to whoever has the same secrets, on the listener that only they reach.
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { sendJson } from "../server/send.ts";
import type { Revocations } from "./revocations.ts";

/** Beside the path that is served to the outside, never below it. */
export const FEED_PATH = "/revocations?since=";

export class RevocationFeed {
  readonly #revocations: Revocations;
  readonly #authorization: Buffer;

  constructor(revocations: Revocations, key: string) {
    this.#revocations = revocations;
    this.#authorization = Buffer.from(`Bearer ${key}`);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const given = Buffer.from(request.headers.authorization ?? "");
    if (given.length !== this.#authorization.length || !timingSafeEqual(given, this.#authorization)) {
      return sendJson(response, 404, { title: "There is nothing here." });
    }
    const since = Number((request.url ?? "").slice(FEED_PATH.length));
    if (!Number.isSafeInteger(since) || since < 0) return sendJson(response, 400, { title: "since is a number." });
    sendJson(response, 200, { revocations: await this.#revocations.since(since) });
  }
}
