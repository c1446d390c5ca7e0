// The audit event: every field that is ever written. Elastic Common Schema 9.4; what ECS has no field for is under `portcullis`.
import type { Action, Level } from "./classification.ts";

/** The version of ECS that events conform to. */
export const ECS_VERSION = "9.4.0";

/** What a guard in `monitor` would have done, what a guard changed, or what could not be judged. */
export interface AuditNote {
  guard: string;
  kind: string;
  reason?: string;
  text?: string;
  internal?: string;
  violations?: AuditViolation[];
  undeclared?: AuditUndeclared;
}

/** What was used and the document lacks: names and JSON types. In `at`, `*` stands for any item or member. */
export interface AuditUndeclared {
  in: string;
  media?: string;
  names: { at: string; type: string }[];
}

/** A place that does not fit, and the sentence about it. Never the value. */
export interface AuditViolation {
  in: string;
  at: string;
  message: string;
}

/** Where one limit stood after the request. */
export interface AuditLimit {
  name: string;
  limit: number;
  remaining: number;
  window_seconds: number;
  reset_seconds: number;
}

/** Where an event stands that goes through the spool. */
export interface AuditChain {
  position: number;
  /** Hash of the event before it. */
  previous: string;
}

/** Fields that every event has. */
export interface EventBase {
  /** When the request arrived, or the thing happened. */
  "@timestamp": string;
  log: { level: Level };
  message: string;
  ecs: { version: typeof ECS_VERSION };
  service?: { name: string };
}

/** One exchange. */
export interface AuditEvent extends EventBase {
  event: {
    kind: "event";
    /** OWASP's Application Logging Vocabulary, or ours in its style where it has no word. */
    action: Action;
    category: string[];
    type: string[];
    outcome: "success" | "failure" | "unknown";
    module: "portcullis";
    dataset: "portcullis.audit";
    /** Unique: a sink that delivers twice delivers the same id. */
    id: string;
    /** Counts the events of one process. A gap is a loss. */
    sequence: number;
    /** When it was recorded: after the answer. */
    created: string;
    /** Nanoseconds from arrival to end. */
    duration: number;
    /** The reason's code. */
    reason?: string;
  };
  http: {
    version: string;
    request: { id: string; method: string; body: { bytes: number } };
    response?: { status_code: number; body: { bytes: number } };
  };
  /** Without its query. Values of sensitive parameters are their names in braces; what looks like a token is masked. */
  url: { path: string; scheme: "http" | "https" };
  /** Who asked, as far as trusted proxies say. */
  client: { ip?: string; address?: string };
  /** The other end of the connection. */
  source: { ip?: string; address?: string };
  tls?: { version?: string; version_protocol?: string; cipher?: string };
  trace?: { id: string };
  span?: { id: string };
  user?: { id: string };
  user_agent?: { original: string };
  error?: { type: string; message: string; code?: string; stack_trace?: string };
  /** The guard that denied. */
  rule?: { name: string };
  portcullis: {
    policy?: { version: string };
    operation?: { id: string; template: string };
    client_address_from: string;
    parent_span_id?: string;
    /** How the exchange ended: `complete`, `client-left`, … */
    ended: string;
    authentication?: {
      /** Left out where nothing was proven: the authorization server refused `client_id`. */
      kind?: string;
      method?: string;
      scheme?: string;
      issuer?: string;
      client_id?: string;
      /** Keyed hash of the token's `jti`: tells tokens apart without naming them. */
      token_hash?: string;
      /** Id of the key of that hash: hashes of two keys do not compare. */
      token_hash_key?: string;
      /** The same by the key before, while two are named. */
      previous_token_hash?: string;
      previous_token_hash_key?: string;
    };
    /** What the caller had, where authorization had something to say. */
    authorization?: { scopes: string[]; roles: string[] };
    /** Nanoseconds until the request went on or was denied. */
    gate?: { duration: number };
    /** Nanoseconds until the upstream's answer began. */
    upstream?: { duration: number };
    /** Only where the trace is sampled: nanoseconds from arrival, and how long, in the order in which they ended. */
    guards?: { name: string; start: number; duration: number }[];
    detail?: string;
    internal?: string;
    violations?: AuditViolation[];
    notes?: AuditNote[];
    limits?: AuditLimit[];
    chain?: AuditChain;
  };
}

/** Something that happened to the product itself. */
export interface SystemAuditEvent extends EventBase {
  event: {
    kind: "event";
    /** OWASP's word where there is one, otherwise the code. */
    action: string;
    category: string[];
    type: string[];
    /** Of sign-ins. */
    outcome?: "success" | "failure";
    module: "portcullis";
    dataset: "portcullis.system";
    id: string;
    sequence: number;
    /** Stable, dotted: `gateway.started`. */
    code: string;
  };
  /** Of sign-ins, both. */
  client?: { ip?: string; address?: string };
  user?: { id: string };
  portcullis?: { data: Record<string, string | number | boolean>; chain?: AuditChain };
}

/** A line of the log of an application that the gate stands inside. */
export interface ApplicationAuditEvent extends EventBase {
  log: { level: Level; logger?: string };
  http?: { request: { id: string } };
  event: {
    kind: "event";
    category: string[];
    type: string[];
    module: "portcullis";
    dataset: "portcullis.application";
    id: string;
    sequence: number;
  };
  error?: { type: string; message: string; stack_trace?: string };
  /** `level`: the logger's own word. */
  portcullis: { application: { level: string; fields: Record<string, string | number | boolean> }; chain?: AuditChain };
}

/** What a rule found in other events. */
export interface AlertEvent extends EventBase {
  event: {
    kind: "alert";
    action: "detection_fired";
    category: string[];
    type: string[];
    module: "portcullis";
    dataset: "portcullis.detection";
    id: string;
    sequence: number;
    /** `detection.` and the rule's name. */
    code: string;
    severity: number;
  };
  rule: { id: string; name: string; description: string };
  threat?: { framework: string; technique: { id: string[] } };
  client?: { ip?: string; address?: string };
  user?: { id: string };
  user_agent?: { original: string };
  portcullis: {
    detection: {
      level: string;
      mode: string;
      type: string;
      measured: number;
      window_seconds: number;
      /** Ids of the last requests that made it up. */
      requests: string[];
      operation?: string;
    };
    chain?: AuditChain;
  };
}
