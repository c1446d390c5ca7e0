// What rules can ask of an event, by its name in the record: read from the exchange as it ends, or from a stored event.
import type { Exchange } from "../../core/exchange.ts";
import { callerName } from "../../core/principal.ts";
import { addressKey } from "../../http/addresses.ts";
import type { Classification } from "../classification.ts";
import { wireText } from "../wire-text.ts";

export type FieldValue = string | number | undefined;

/** An exchange that just ended. */
export interface LiveEvent {
  exchange: Exchange;
  found: Classification;
  endedMs: number;
}

/** An event as a sink got it. */
export type StoredEvent = Readonly<Record<string, unknown>>;

interface Field {
  readonly live: (event: LiveEvent) => FieldValue;
  readonly stored: (event: StoredEvent) => FieldValue;
}

/** One client has a /24 of IPv4 or a /48 of IPv6 at most: what is told apart as another network. */
const NETWORK = { ipv4: 24, ipv6: 48 };

function at(event: StoredEvent, ...path: readonly string[]): FieldValue {
  let value: unknown = event;
  for (const name of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return typeof value === "string" || typeof value === "number" ? value : undefined;
}

const text = (...path: readonly string[]): Field["stored"] => {
  return (event) => at(event, ...path);
};

/** Events of the product itself have it among their data. */
const address = (event: StoredEvent) =>
  at(event, "client", "ip") ?? at(event, "client", "address") ?? at(event, "portcullis", "data", "address");

/** Nothing was answered where an exchange has none; other events have no answer at all. */
function ofExchange(...path: readonly string[]): Field["stored"] {
  return (event) => at(event, "http", "response", ...path) ?? (event["http"] === undefined ? undefined : 0);
}

/** A reason's practice, `authentication`. Words of OAuth have none. */
function practiceOf(reason: FieldValue): FieldValue {
  if (typeof reason !== "string") return undefined;
  const end = reason.indexOf(".");
  return end < 0 ? undefined : reason.slice(0, end);
}

/** By the name that a rule uses. A path is never shown whole: parameters that are secret are masked in what is stored. */
export const FIELDS = {
  "event.action": { live: ({ found }) => found.action, stored: text("event", "action") },
  "event.code": { live: () => undefined, stored: text("event", "code") },
  "event.outcome": { live: ({ found }) => found.outcome, stored: text("event", "outcome") },
  "event.reason": { live: ({ found }) => found.reason, stored: text("event", "reason") },
  "event.duration": {
    live: ({ exchange, endedMs }) => (endedMs - exchange.startedMonotonicMs) * 1e6,
    stored: text("event", "duration"),
  },
  "portcullis.practice": {
    live: ({ found }) => practiceOf(found.reason),
    stored: (event) => practiceOf(at(event, "event", "reason")),
  },
  "portcullis.ended": { live: ({ exchange }) => exchange.ended, stored: text("portcullis", "ended") },
  "portcullis.operation.id": {
    live: ({ exchange }) => exchange.operation?.id,
    stored: text("portcullis", "operation", "id"),
  },
  "portcullis.authentication.kind": {
    live: ({ exchange: { principal } }) => (principal.kind === "anonymous" ? undefined : principal.kind),
    stored: text("portcullis", "authentication", "kind"),
  },
  "portcullis.authentication.issuer": {
    live: ({ exchange }) => exchange.principal.issuer,
    stored: text("portcullis", "authentication", "issuer"),
  },
  "portcullis.authentication.client_id": {
    live: ({ exchange }) => exchange.principal.client ?? exchange.refusedBehind?.client,
    stored: text("portcullis", "authentication", "client_id"),
  },
  "portcullis.authentication.token_hash": {
    live: ({ exchange }) => exchange.principal.tokenId,
    stored: text("portcullis", "authentication", "token_hash"),
  },
  "portcullis.upstream.duration": {
    live: ({ exchange }) => {
      const took = (exchange.upstreamAnsweredMs - exchange.upstreamStartedMs) * 1e6;
      return Number.isNaN(took) ? undefined : took;
    },
    stored: text("portcullis", "upstream", "duration"),
  },
  /** Keyed hash of the account that somebody tried to sign in to. */
  "portcullis.account": { live: () => undefined, stored: text("portcullis", "data", "account") },
  // Of exchanges alone: who signs in has no token yet, nor the issuer that makes it one caller with those who have.
  // Whoever has no user is a caller all the same: an API key enumerates as a person does.
  "user.id": {
    live: ({ exchange: { principal } }) => (principal.kind === "anonymous" ? undefined : callerName(principal)),
    stored: (event) => {
      if (event["http"] === undefined) return undefined;
      const id = at(event, "user", "id");
      // Without a kind it was refused: whoever names a client is none.
      if (id !== undefined || at(event, "portcullis", "authentication", "kind") === undefined) return id;
      return at(event, "portcullis", "authentication", "client_id");
    },
  },
  "client.address": { live: ({ exchange }) => exchange.request.clientAddress, stored: address },
  "client.network": {
    live: ({ exchange }) => addressKey(exchange.request.clientAddress, NETWORK),
    stored: (event) => {
      const from = address(event);
      return typeof from === "string" ? addressKey(from, NETWORK) : undefined;
    },
  },
  "user_agent.original": {
    live: ({ exchange }) => {
      const agent = exchange.request.fields.get("user-agent");
      return agent === undefined ? undefined : wireText(agent);
    },
    stored: text("user_agent", "original"),
  },
  "http.request.method": { live: ({ exchange }) => exchange.request.method, stored: text("http", "request", "method") },
  "http.request.body.bytes": {
    live: ({ exchange }) => exchange.requestBytes,
    stored: text("http", "request", "body", "bytes"),
  },
  "http.response.status_code": {
    live: ({ exchange }) => exchange.answerStatus,
    stored: ofExchange("status_code"),
  },
  "http.response.body.bytes": {
    live: ({ exchange }) => exchange.answerBytes,
    stored: ofExchange("body", "bytes"),
  },
  "url.path": { live: ({ exchange }) => exchange.request.path, stored: text("url", "path") },
} as const satisfies Record<string, Field>;

export type FieldName = keyof typeof FIELDS;

export const FIELD_NAMES = Object.keys(FIELDS) as readonly FieldName[];

export function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(FIELDS, name);
}

/** Fields that hold what must not leave as it is: an alert shows a keyed hash, or nothing. */
export const HIDDEN_FIELDS: ReadonlySet<FieldName> = new Set(["portcullis.authentication.token_hash"]);

/** One event, whichever form it has. */
export interface Observation {
  /** When it ended. */
  readonly timeMs: number;
  /** `http.request.id`: how an alert names its examples. */
  readonly requestId: string;
  /** Of the caller's token. No field: a rule may neither group by it nor show it. */
  readonly session?: string | undefined;
  read(name: FieldName): FieldValue;
}
