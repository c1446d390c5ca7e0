// Guards an HTTP/2 session: its life, floods, and what could not be read as HTTP/2. What ends it is recorded.
import type { Http2Session } from "node:http2";
import { type Denial, deny } from "../core/outcome.ts";
import { recordUnread } from "./client-error.ts";
import type { GatewayState } from "./gateway-state.ts";
import { boundSession } from "./session.ts";
import { endFloods } from "./session-flood.ts";

export function guardSession(state: GatewayState, session: Http2Session): void {
  const { limits } = state;
  // Once it has ended nobody can say any more whose it was.
  const peerAddress = session.socket.remoteAddress ?? "";
  let isRecorded = false;
  // Once: what broke behind a flood is the same deed.
  const record = (denial: Denial) => {
    if (isRecorded) return;
    isRecorded = true;
    recordUnread(
      state,
      { method: "", target: "", rawFields: [], protocol: "HTTP/2.0", secure: true, peerAddress },
      denial,
    );
  };
  boundSession(session, limits.sessionIdleTimeoutMs, limits.sessionBytesPerSecondMin);
  endFloods(session, limits, (internal) => record(deny("transport.frames-too-many", { internal })));
  session.on("error", (error: Error & { code?: unknown }) => {
    // A session that breaks is its client's loss only; its streams report for themselves.
    session.destroy();
    const denial = SESSION_ERRORS[String(error.code)];
    if (denial !== undefined) record(deny(denial, { internal: error.message }));
  });
}

/** What the client did; a connection that was cut is none of these. */
const SESSION_ERRORS: Readonly<Record<string, "transport.framing-invalid" | "transport.frames-too-many">> = {
  ERR_HTTP2_ERROR: "transport.framing-invalid",
  ERR_HTTP2_TOO_MANY_INVALID_FRAMES: "transport.frames-too-many",
};
