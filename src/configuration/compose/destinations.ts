// Every kind of destination: how what the user wrote becomes its settings, and how it is made of them.
import type { Clock } from "../../core/clock.ts";
import { type Destination, isAlert } from "../../monitoring/index.ts";
import type { DestinationPorts } from "../../sinks/destination-ports.ts";
import { elasticsearchDestination } from "../../sinks/elasticsearch/destination.ts";
import { mailDestination } from "../../sinks/notifying/mail-destination.ts";
import { slackDestination } from "../../sinks/notifying/slack-destination.ts";
import { otlpDestination } from "../../sinks/otlp/otlp-destination.ts";
import { splunkDestination } from "../../sinks/splunk/splunk-destination.ts";
import { syslogDestination } from "../../sinks/syslog/syslog-destination.ts";
import { webhookDestination } from "../../sinks/webhook/webhook-destination.ts";
import { resolveElasticsearch } from "../resolve/elasticsearch.ts";
import { resolveMail, resolveSlack } from "../resolve/notifying.ts";
import { resolveOtlp } from "../resolve/otlp.ts";
import { resolveSplunk } from "../resolve/splunk.ts";
import { resolveSyslog } from "../resolve/syslog.ts";
import { resolveWebhook } from "../resolve/webhook.ts";
import type { Resolving } from "../resolve/resolving.ts";
import type { DestinationSettings } from "../settings.ts";
import type { KeyPath } from "../source.ts";

/** One kind. `Written` is what stands under its key, as its schema accepted it; `Options` is JSON, so that a reload can compare it. */
export interface DestinationKind<Written, Options extends object> {
  /** Its key in the configuration, and its name. */
  readonly name: string;
  /** Problems are noted on `to`; with an error among them the result is not used. */
  readonly resolve: (written: Written, at: KeyPath, to: Resolving) => Options | Promise<Options>;
  /** Throws where it cannot be made. Nothing is sent before the first delivery. */
  readonly create: (options: Options, ports: DestinationPorts) => Destination;
  /** It wakes people: alerts only, and where nothing else is said none of rules in `monitor`. */
  readonly isForPeople?: boolean;
}

// oxlint-disable-next-line typescript/no-explicit-any -- each kind knows its own; here they are only told apart by name.
type AnyKind = DestinationKind<any, any>;

/** In the order of the documentation. */
const KINDS: readonly AnyKind[] = [
  { name: "elasticsearch", resolve: resolveElasticsearch, create: elasticsearchDestination },
  { name: "splunk", resolve: resolveSplunk, create: splunkDestination },
  { name: "syslog", resolve: resolveSyslog, create: syslogDestination },
  { name: "otlp", resolve: resolveOtlp, create: otlpDestination },
  { name: "webhook", resolve: resolveWebhook, create: webhookDestination },
  { name: "mail", resolve: resolveMail, create: mailDestination, isForPeople: true },
  { name: "slack", resolve: resolveSlack, create: slackDestination, isForPeople: true },
];

function kindOf(name: string): AnyKind {
  return KINDS.find((kind) => kind.name === name) as AnyKind;
}

/** The key under which an entry of `monitoring.sinks` has its destination: the schema saw that it has one. */
export function destinationKey(entry: object): string {
  return Object.keys(entry).find((key) => KINDS.some(({ name }) => name === key)) as string;
}

export function lowestLevel(name: string): DestinationSettings["level"] {
  return kindOf(name).isForPeople === true ? "warn" : "info";
}

/** The options of the destination that stands under `at`. */
export async function destinationOptions(name: string, written: unknown, at: KeyPath, to: Resolving): Promise<object> {
  return (await kindOf(name).resolve(written, at, to)) as object;
}

export function createDestination(settings: DestinationSettings, clock: Clock): Destination {
  const { kind, name, level, only, options } = settings;
  const destination = kindOf(kind).create(options, { name, level, clock });
  const isForAlerts = only === "alerts" || kindOf(kind).isForPeople === true;
  return isForAlerts ? Object.assign(destination, { takes: isAlert, yields: true }) : destination;
}
