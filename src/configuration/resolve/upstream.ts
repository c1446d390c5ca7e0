// From what the user wrote under `upstream` to complete settings, with the authorities that it is verified against.
import { X509Certificate } from "node:crypto";
import { DEFAULTS } from "../defaults.ts";
import { whyUnreadable } from "../error-code.ts";
import type { Configuration } from "../schema/portcullis.ts";
import { durationMs } from "../schema/words.ts";
import type { UpstreamSettings } from "../settings.ts";
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
    ca: tls === undefined ? undefined : await readAuthorities(tls.ca, to),
  };
}

async function readAuthorities(file: string, to: Resolving): Promise<string | undefined> {
  const at = ["upstream", "tls", "ca"];
  let pem: string;
  try {
    pem = await to.readText(to.file(at, file));
  } catch (error) {
    const remedy = "Put the certificate of the authority there, as PEM.";
    to.error(at, "file-unreadable", `${file} cannot be read: ${whyUnreadable(error)}`, remedy);
    return undefined;
  }
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    const authorities = blocks.map((block) => new X509Certificate(block));
    if (authorities.length > 0) return pem;
  } catch {
    // Told below.
  }
  const remedy = "PEM begins with -----BEGIN CERTIFICATE-----. `openssl x509 -in FILE -noout` must accept it.";
  to.error(at, "certificate-invalid", `${file} holds no certificate in PEM form`, remedy);
  return undefined;
}
