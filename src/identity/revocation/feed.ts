// Tells the gates what was revoked, and when keys were replaced: to whoever has the same secrets, on the listener that only they reach.
import type { IncomingMessage, ServerResponse } from "node:http";
import { sendJson } from "../server/send.ts";
import type { GateKey } from "./feed-key.ts";
import { READ_MAX, type Revocations } from "./revocations.ts";

/** Beside the path that is served to the outside, never below it. */
export const FEED_PATH = "/revocations?since=";
const AFTER = "&after=";

export class RevocationFeed {
  readonly #revocations: Revocations;
  readonly #keysMark: () => Promise<string>;
  readonly #key: GateKey;

  /** `keysMark`: of the keys that this server publishes, which are those of the database then. */
  constructor(revocations: Revocations, keysMark: () => Promise<string>, key: GateKey) {
    this.#revocations = revocations;
    this.#keysMark = keysMark;
    this.#key = key;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#key.isShown(request)) return sendJson(response, 404, { title: "There is nothing here." });
    const [since = Number.NaN, after = 0] = (request.url ?? "").slice(FEED_PATH.length).split(AFTER).map(Number);
    if (![since, after].every((number) => Number.isSafeInteger(number) && number >= 0))
      return sendJson(response, 400, { title: "since and after are numbers." });
    const [revocations, keys] = await Promise.all([this.#revocations.since(since, after), this.#keysMark()]);
    // Also those of the last seconds come in parts: else the gates would not hear of what is behind them.
    sendJson(response, 200, { revocations, keys, more: revocations.length === READ_MAX });
  }
}
