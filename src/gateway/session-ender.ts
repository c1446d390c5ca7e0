// Tells the built-in authorization server to end a session whose token was stolen: refusing the token alone leaves it to be refreshed.
import { Agent, request as httpRequest } from "../node/http.ts";
import type { RevokedSession, SessionEnder } from "../configuration/sanctions/session-ending.ts";

export interface SessionEnderOptions {
  /** Where its process listens: `http://127.0.0.1:9444`. */
  readonly origin: string;
  /** Shown to it: it obeys nobody else. */
  readonly key: string;
  readonly issuer: string;
}

const TIMEOUT_MS = 2_000;
const DONE = 204;

export function sessionEnder({ origin, key, issuer }: SessionEnderOptions): SessionEnder {
  const agent = new Agent({ maxSockets: 1 });
  const end = ({ subject, session, by }: RevokedSession): Promise<void> =>
    new Promise((resolve, reject) => {
      const body = Buffer.from(JSON.stringify({ subject, session, by }));
      const headers = {
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
        "content-length": body.length,
      };
      const options = { method: "POST", agent, headers, timeout: TIMEOUT_MS };
      const request = httpRequest(`${origin}/ended-sessions`, options, (answer) => {
        answer.resume();
        answer.on("error", reject);
        answer.on("end", () => {
          if (answer.statusCode === DONE) resolve();
          else reject(new Error(`status ${answer.statusCode ?? 0}`));
        });
      });
      request.on("timeout", () => request.destroy(new Error("late")));
      request.on("error", reject);
      request.end(body);
    });
  return { issuer, end };
}
