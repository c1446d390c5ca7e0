// From what the user wrote under `syslog` to the options of the destination.
import { hostname } from "node:os";
import type { z } from "zod";
import type { SyslogOptions } from "../../sinks/syslog/syslog-destination.ts";
import { name as nameOf } from "../issues.ts";
import { SYSLOG_URL, type syslogSchema } from "../schema/syslog.ts";
import { durationOr, sizeBytes } from "../schema/words.ts";
import { SINK_DEFAULTS } from "../sink-defaults.ts";
import type { KeyPath } from "../source.ts";
import { readAuthorities } from "./authorities.ts";
import { readClientCertificate } from "./client-certificate.ts";
import type { Resolving } from "./resolving.ts";
import { isThisMachine, warnOfPlain } from "./sink-server.ts";

type Written = z.infer<typeof syslogSchema>["syslog"];

const DEFAULTS = SINK_DEFAULTS.syslog;
/** What receivers should take (RFC 5426 3.2). */
const DATAGRAM_BYTES_DEFAULT = 2_048;
/** What one datagram of IPv4 can hold (RFC 768, RFC 791). */
const DATAGRAM_BYTES_MAX = 65_507;

export async function resolveSyslog(written: Written, at: KeyPath, to: Resolving): Promise<SyslogOptions> {
  const [, transport, host, port] = SYSLOG_URL.exec(written.url) as unknown as [
    string,
    SyslogOptions["transport"],
    string,
    string,
  ];
  judgePlaces(written, transport, host, Number(port), at, to);
  const isDatagram = transport === "udp";
  const messageBytesMax = isDatagram ? DATAGRAM_BYTES_DEFAULT : DEFAULTS.messageBytesMax;
  return {
    transport,
    host: host.replace(/^\[|\]$/g, ""),
    port: Number(port),
    facility: written.facility ?? DEFAULTS.facility,
    appName: written.appName ?? DEFAULTS.appName,
    hostname: written.hostname ?? ownName(),
    enterpriseNumber: written.enterpriseNumber ?? DEFAULTS.enterpriseNumber,
    messageBytesMax: written.messageBytesMax === undefined ? messageBytesMax : sizeBytes(written.messageBytesMax),
    timeoutMs: durationOr(written.timeout, DEFAULTS.timeoutMs),
    dangerouslyUnencrypted: written.dangerouslyUnencrypted ?? false,
    ...(written.ca !== undefined && { ca: await readAuthorities(written.ca, [...at, "ca"], to) }),
    ...(await readClientCertificate(written, at, to)),
  };
}

/** As the header may have it (RFC 5424 6.2.4). */
function ownName(): string {
  const name = hostname().replaceAll(/[^!-~]/g, "");
  return name === "" ? "-" : name;
}

function judgePlaces(
  written: Written,
  transport: SyslogOptions["transport"],
  host: string,
  port: number,
  at: KeyPath,
  to: Resolving,
): void {
  const url = [...at, "url"];
  if (port > 65_535) to.error(url, "invalid-value", `${nameOf(url)} has no such port`, "Ports end at 65535.");
  if (written.dangerouslyUnencrypted === true) warnOfPlain([...at, "dangerouslyUnencrypted"], to);
  if (transport !== "tls") {
    if (!isThisMachine(host) && written.dangerouslyUnencrypted !== true) {
      const message = `${nameOf(url)} is not encrypted, and not this machine: events could be read and forged on the way`;
      to.error(
        url,
        "url-insecure",
        message,
        "Write it with tls, and `ca` where its certificate is from an authority of yours.",
      );
    }
    for (const key of ["ca", "certificate", "key"] as const) {
      if (written[key] === undefined) continue;
      const place = [...at, key];
      to.error(place, "without-effect", `${nameOf(place)} has no effect without tls`, "Leave it out, or write tls://.");
    }
  }
  if (transport !== "udp") return;
  if (written.timeout !== undefined) {
    const place = [...at, "timeout"];
    to.error(place, "without-effect", `${nameOf(place)} has no effect by udp: nobody answers`, "Leave it out.");
  }
  if (written.messageBytesMax !== undefined && sizeBytes(written.messageBytesMax) > DATAGRAM_BYTES_MAX) {
    const place = [...at, "messageBytesMax"];
    const message = `${nameOf(place)} is more than a datagram can hold`;
    to.error(
      place,
      "invalid-value",
      message,
      `At most ${DATAGRAM_BYTES_MAX}; more than 1400 may be cut in pieces on the way.`,
    );
  }
}
