// From what the user wrote under `splunk` to the options of the destination.
import { createHash } from "node:crypto";
import { hostname } from "node:os";
import type { z } from "zod";
import type { SplunkOptions } from "../../sinks/splunk/splunk-destination.ts";
import { name as nameOf } from "../issues.ts";
import type { splunkSchema } from "../schema/splunk.ts";
import { durationOr } from "../schema/words.ts";
import { SINK_DEFAULTS } from "../sink-defaults.ts";
import type { KeyPath } from "../source.ts";
import type { Resolving } from "./resolving.ts";
import { resolveSecret } from "./secret.ts";
import { listOfUrls, resolveServer } from "./sink-server.ts";

type Written = z.infer<typeof splunkSchema>["splunk"];

const DEFAULTS = SINK_DEFAULTS.splunk;
/** As a field of a request takes it. Splunk's own are GUIDs; those who speak its protocol have others. */
const TOKEN = /^[\x21-\x7e]{1,512}$/;

export async function resolveSplunk(written: Written, at: KeyPath, to: Resolving): Promise<SplunkOptions> {
  const urls = listOfUrls(written.url, at);
  for (const { url, at: place } of urls) {
    if (/\/services\/?/.test(url)) {
      const remedy = "Leave the path out: /services/collector/… is added.";
      to.error(place, "invalid-value", `${nameOf(place)} has the collector's own path`, remedy);
    }
  }
  judgeIdle(written, at, to);
  const server = await resolveServer(urls, written, at, to);
  return {
    urls: urls.map(({ url }) => url),
    token: await resolveToken(written, at, to),
    index: written.index,
    source: written.source ?? DEFAULTS.source,
    sourcetype: written.sourcetype ?? DEFAULTS.sourcetype,
    host: written.host ?? hostname(),
    acknowledgement: written.acknowledgement ?? DEFAULTS.acknowledgement,
    acknowledgementTimeoutMs: durationOr(written.acknowledgementTimeout, DEFAULTS.acknowledgementTimeoutMs),
    channel: written.channel ?? channelOf(to.file([...at, "channel"], "."), at),
    gzip: written.gzip ?? DEFAULTS.gzip,
    timeoutMs: durationOr(written.timeout, DEFAULTS.timeoutMs),
    ...server,
  };
}

/** The same after a restart: a collector keeps a channel for each name, and has room for a bounded number of them. */
function channelOf(folder: string, at: KeyPath): string {
  const hex = createHash("sha256")
    .update(JSON.stringify([hostname(), folder, at]))
    .digest("hex");
  // The form of a GUID of version 8, whose content is free (RFC 9562 5.8).
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

async function resolveToken(written: Written, at: KeyPath, to: Resolving): Promise<string> {
  const place = [...at, "token"];
  const token = await resolveSecret(written.token, place, to);
  if (token !== undefined && !TOKEN.test(token)) {
    const remedy = "It is the token's value alone, without the word Splunk before it.";
    to.error(place, "secret-invalid", `${nameOf(place)} has characters that no token has`, remedy);
  }
  return token ?? "";
}

function judgeIdle(written: Written, at: KeyPath, to: Resolving): void {
  if (written.acknowledgement !== "off") return;
  for (const key of ["acknowledgementTimeout", "channel"] as const) {
    if (written[key] === undefined) continue;
    const place = [...at, key];
    const message = `${nameOf(place)} has no effect where acknowledgement is off`;
    to.error(place, "without-effect", message, "Leave it out, or leave out acknowledgement.");
  }
}
