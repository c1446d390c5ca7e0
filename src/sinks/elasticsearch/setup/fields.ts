// Every field of an event and how it is indexed: the one place that templates are made from. It does not compile when an event has another.
import type { AlertEvent, ApplicationAuditEvent, AuditEvent, SystemAuditEvent } from "../../../monitoring/index.ts";

/** How a field is searched. `opaque` has names of its own inside, which become no fields of the index. */
export type FieldKind = "keyword" | "text" | "long" | "double" | "date" | "ip" | "opaque";

/** Dotted names of the leaves of an event. Lists have the names of what they hold. */
type Leaf<T, Path extends string> =
  NonNullable<T> extends infer V
    ? V extends string | number | boolean
      ? Path
      : V extends readonly (infer Item)[]
        ? Leaf<Item, Path>
        : string extends keyof V
          ? Path
          : Leaves<V, `${Path}.`>
    : never;
type Leaves<T, Prefix extends string = ""> = {
  [K in keyof T & string]-?: Leaf<T[K], `${Prefix}${K}`>;
}[keyof T & string];

/** `keyword` also where ECS says `wildcard`, and `text` where it says `match_only_text`: the same family, in every server. */
export const FIELDS = {
  "@timestamp": "date",
  message: "text",
  "log.level": "keyword",
  "log.logger": "keyword",
  "ecs.version": "keyword",
  "service.name": "keyword",

  "event.kind": "keyword",
  "event.action": "keyword",
  "event.category": "keyword",
  "event.type": "keyword",
  "event.outcome": "keyword",
  "event.module": "keyword",
  "event.dataset": "keyword",
  "event.id": "keyword",
  "event.sequence": "long",
  "event.created": "date",
  "event.duration": "long",
  "event.reason": "keyword",
  "event.code": "keyword",
  "event.severity": "long",

  "http.version": "keyword",
  "http.request.id": "keyword",
  "http.request.method": "keyword",
  "http.request.body.bytes": "long",
  "http.response.status_code": "long",
  "http.response.body.bytes": "long",
  "url.path": "keyword",
  "url.scheme": "keyword",
  "client.ip": "ip",
  "client.address": "keyword",
  "source.ip": "ip",
  "source.address": "keyword",
  "tls.version": "keyword",
  "tls.version_protocol": "keyword",
  "tls.cipher": "keyword",
  "trace.id": "keyword",
  "span.id": "keyword",
  "user.id": "keyword",
  "user_agent.original": "keyword",
  "error.type": "keyword",
  "error.code": "keyword",
  "error.message": "text",
  "error.stack_trace": "keyword",
  "rule.name": "keyword",
  "rule.id": "keyword",
  "rule.description": "keyword",
  "threat.framework": "keyword",
  "threat.technique.id": "keyword",

  "portcullis.policy.version": "keyword",
  "portcullis.operation.id": "keyword",
  "portcullis.operation.template": "keyword",
  "portcullis.client_address_from": "keyword",
  "portcullis.parent_span_id": "keyword",
  "portcullis.ended": "keyword",
  "portcullis.authentication.kind": "keyword",
  "portcullis.authentication.method": "keyword",
  "portcullis.authentication.scheme": "keyword",
  "portcullis.authentication.issuer": "keyword",
  "portcullis.authentication.client_id": "keyword",
  "portcullis.authentication.token_hash": "keyword",
  "portcullis.authentication.token_hash_key": "keyword",
  "portcullis.authentication.previous_token_hash": "keyword",
  "portcullis.authentication.previous_token_hash_key": "keyword",
  "portcullis.authorization.scopes": "keyword",
  "portcullis.authorization.roles": "keyword",
  "portcullis.gate.duration": "long",
  "portcullis.upstream.duration": "long",
  "portcullis.detail": "text",
  "portcullis.internal": "text",
  "portcullis.violations.in": "keyword",
  "portcullis.violations.at": "keyword",
  "portcullis.violations.message": "text",
  "portcullis.notes.guard": "keyword",
  "portcullis.notes.kind": "keyword",
  "portcullis.notes.reason": "keyword",
  "portcullis.notes.text": "text",
  "portcullis.notes.internal": "text",
  "portcullis.notes.violations.in": "keyword",
  "portcullis.notes.violations.at": "keyword",
  "portcullis.notes.violations.message": "text",
  "portcullis.notes.undeclared.in": "keyword",
  "portcullis.notes.undeclared.media": "keyword",
  "portcullis.notes.undeclared.names.at": "keyword",
  "portcullis.notes.undeclared.names.type": "keyword",
  "portcullis.limits.name": "keyword",
  "portcullis.limits.limit": "long",
  "portcullis.limits.remaining": "long",
  "portcullis.limits.window_seconds": "long",
  "portcullis.limits.reset_seconds": "long",
  "portcullis.detection.level": "keyword",
  "portcullis.detection.mode": "keyword",
  "portcullis.detection.type": "keyword",
  "portcullis.detection.measured": "double",
  "portcullis.detection.window_seconds": "long",
  "portcullis.detection.requests": "keyword",
  "portcullis.detection.operation": "keyword",
  "portcullis.chain.position": "long",
  "portcullis.chain.previous": "keyword",
  "portcullis.guards.name": "keyword",
  "portcullis.guards.start": "long",
  "portcullis.guards.duration": "long",
  "portcullis.data": "opaque",
  "portcullis.application.level": "keyword",
  "portcullis.application.fields": "opaque",
} as const satisfies Readonly<
  Record<Leaves<AuditEvent> | Leaves<SystemAuditEvent> | Leaves<AlertEvent> | Leaves<ApplicationAuditEvent>, FieldKind>
>;
