// From what the user wrote under `upstream` to complete settings, with the authorities that it is verified against.
import { DEFAULTS } from "../defaults.ts";
import type { Configuration } from "../schema/portcullis.ts";
import { durationMs } from "../schema/words.ts";
import type { UpstreamSettings } from "../settings.ts";
import { readAuthorities } from "./authorities.ts";
import type { Resolving } from "./resolving.ts";

export async function resolveUpstream(
  written: Configuration["upstream"],
  to: Resolving,
): Promise<UpstreamSettings | undefined> {
  if (written === undefined) return undefined;
  const { url, timeouts, connectionsMax, tls } =
    typeof written === "string"
      ? { url: written, timeouts: undefined, connectionsMax: undefined, tls: undefined }
      : written;
  const time = (text: string | undefined, otherwise: number) => (text === undefined ? otherwise : durationMs(text));
  const { origin, protocol } = new URL(url);
  if (tls !== undefined && protocol !== "https:") {
    to.error(
      ["upstream", "tls"],
      "without-effect",
      "upstream.tls has no effect: upstream.url is http",
      "Write it with https.",
    );
  }
  return {
    origin,
    connectTimeoutMs: time(timeouts?.connect, DEFAULTS.upstreamConnectTimeoutMs),
    answerTimeoutMs: time(timeouts?.answer, DEFAULTS.upstreamAnswerTimeoutMs),
    idleTimeoutMs: time(timeouts?.idle, DEFAULTS.upstreamIdleTimeoutMs),
    connectionsMax: connectionsMax ?? DEFAULTS.upstreamConnectionsMax,
    ca: tls === undefined ? undefined : await readAuthorities(tls.ca, ["upstream", "tls", "ca"], to),
  };
}
