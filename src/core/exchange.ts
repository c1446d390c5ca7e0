// One request and its answer as the guards see them. It belongs to no framework.
import type { FieldLines, Fields } from "../http/fields.ts";
import type { Denial } from "./outcome.ts";
import { ANONYMOUS, type Principal } from "./principal.ts";
import type { OAuthRefusal } from "./reasons/oauth.ts";
import type { ReasonCode } from "./reasons/registry.ts";
import type { SecurityAlternative } from "./security.ts";
import type { GuardTiming } from "./timing.ts";
import type { Undeclared } from "./undeclared.ts";

/** What a request asks for, settled once by transport; matcher, guards, record and upstream all read this. */
export interface RequestHead {
  readonly method: string;
  /** Origin-form, byte for byte as it came (RFC 9112 3.2.1). */
  readonly target: string;
  /** The target up to its first `?`. */
  readonly path: string;
  /** The target after its first `?`, or undefined where there is none. */
  readonly query: string | undefined;
  readonly fields: Fields;
  readonly protocol: "HTTP/1.0" | "HTTP/1.1" | "HTTP/2.0";
  /** Whether the client's side is TLS: here, or at a trusted proxy. */
  readonly secure: boolean;
  /** Host, with its port where one was given. */
  readonly authority: string;
  /** Address of the socket's other end. */
  readonly peerAddress: string;
  /** Address of the client: the peer, or what trusted proxies say. IPv4-mapped IPv6 is IPv4 here. */
  readonly clientAddress: string;
  readonly clientAddressFrom: "peer" | "forwarded" | "x-forwarded-for";
  /** Whether a body follows: Content-Length over 0, Transfer-Encoding, or an open HTTP/2 stream. */
  readonly hasBody: boolean;
  /** The declared length, where one was declared. */
  readonly contentLength: number | undefined;
}

/** The operation as guards and records need it; the document's own view stays with the openapi layer. */
export interface OperationName {
  /** `operationId`, or `GET /orders/{id}` where the document gives none. */
  readonly id: string;
  readonly method: string;
  /** Path template with its base path: `/v1/orders/{id}`. */
  readonly template: string;
  readonly tags: readonly string[];
}

/** What a guard in `monitor` would have done, what a guard changed, or what could not be judged. */
export interface Note {
  readonly guard: string;
  readonly kind: "would-deny" | "would-replace" | "replaced" | "not-judged" | "noticed";
  /** The denial where there is one. */
  readonly denial?: Denial;
  readonly text?: string;
  /** What was used and is not declared. */
  readonly undeclared?: Undeclared;
}

/** A proven credential and the scheme it was proven for. */
export interface Credential {
  readonly scheme: string;
  readonly principal: Principal;
}

/** Where one limit stands after this request: for the RateLimit fields, the record and `explain`. */
export interface LimitState {
  /** Name of the limit, as RateLimit-Policy shows it. */
  readonly name: string;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  /** Seconds until more is available, rounded up. */
  readonly resetSeconds: number;
}

/** The request's body as far as the gate knows it. Absent, unseen and too large are told apart on purpose. */
export type RequestBody =
  | { readonly kind: "none" }
  | { readonly kind: "unread" }
  | { readonly kind: "streaming" }
  | { readonly kind: "over-limit" }
  /** `replaced`: a guard changed the bytes, so what the client said of them is no longer true. */
  | { readonly kind: "read"; readonly bytes: Uint8Array; readonly replaced?: true };

export const NO_BODY: RequestBody = Object.freeze({ kind: "none" });
const UNREAD_BODY: RequestBody = Object.freeze({ kind: "unread" });
export const STREAMING_BODY: RequestBody = Object.freeze({ kind: "streaming" });
export const OVER_LIMIT_BODY: RequestBody = Object.freeze({ kind: "over-limit" });

/** The answer's head: the upstream's or one that the gate makes, as the guards leave it. */
export interface AnswerHead {
  readonly origin: "upstream" | "gate";
  status: number;
  /** Field lines to send; guards of the response phase replace the list. */
  lines: FieldLines;
}

/** W3C Trace Context of this exchange: what came, continued by a span of ours. */
export interface TraceContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits: ours. */
  readonly spanId: string;
  /** The caller's span, where one came. */
  readonly parentId: string | undefined;
  /** Two hex digits. */
  readonly flags: string;
}

/** What the authorization server behind the gate refused, and to which of its clients; nothing is proven of that one. */
export interface RefusedBehind {
  readonly reason: OAuthRefusal | ReasonCode;
  readonly client: string | undefined;
}

export type Ended = "open" | "complete" | "client-left" | "upstream-failed" | "cut";

const NO_STRINGS: readonly string[] = Object.freeze([]) as readonly string[];
const NO_CREDENTIALS: readonly Credential[] = Object.freeze([]) as readonly Credential[];
const NO_LIMITS: readonly LimitState[] = Object.freeze([]) as readonly LimitState[];
const NO_NOTES: readonly Note[] = Object.freeze([]) as readonly Note[];
const NOTHING_HELD: readonly (() => void)[] = Object.freeze([]) as readonly (() => void)[];

/** Everything that one request and its answer carry from guard to guard. Each slot is written by one practice only. */
export class Exchange {
  /** Request id: given here, sent to the upstream and to the client, in every record. */
  readonly id: string;
  readonly request: RequestHead;
  /** Wall-clock and monotonic time of the request's arrival. */
  readonly startedAtMs: number;
  readonly startedMonotonicMs: number;
  /** Set by the gateway or adapter right after creation. */
  trace: TraceContext | undefined = undefined;
  /** Only where the trace is sampled: what the runners tell of each guard. */
  timing: GuardTiming | undefined = undefined;
  /** `TLSv1.3` and its cipher, where this hop is TLS. */
  tlsVersion: string | undefined = undefined;
  tlsCipher: string | undefined = undefined;

  /** Set by the policy's look-up. */
  policyVersion = "";
  operation: OperationName | undefined = undefined;
  /** Raw values of the template's parameters, in its order, not decoded. */
  pathParameters: readonly string[] = NO_STRINGS;
  /** Methods that the path has, as `Allow` lists them, where only the method was wrong. */
  allow: string | undefined = undefined;

  /** Set by authentication: who counts as the caller for limits, authorization, records and the API behind. */
  principal: Principal = ANONYMOUS;
  /** The alternative of the operation's `security` that was met as far as its schemes go, and its credentials. */
  alternative: SecurityAlternative | undefined = undefined;
  credentials: readonly Credential[] = NO_CREDENTIALS;
  /** Lower-case names of fields with a credential that nobody proved: they do not go on. */
  withheldFields: readonly string[] = NO_STRINGS;

  /** The proof of possession that this request used up: a second look at it is no second use. */
  usedProof: string | undefined = undefined;

  /** Set by the gateway or adapter, and by the runner where a guard replaced the bytes. */
  body: RequestBody = UNREAD_BODY;
  /** The body as validation parsed it, for adapters. Belongs to the bytes of `body`. */
  bodyValue: unknown = undefined;

  /** Field lines that guards set on whatever answer goes out; they replace the upstream's of the same name. */
  answerFields: readonly string[] = NO_STRINGS;
  /** Field lines that guards set on the request to the upstream; the client's of the same name never pass (G11). */
  upstreamFields: readonly string[] = NO_STRINGS;
  /** Set by rate-limiting. */
  limits: readonly LimitState[] = NO_LIMITS;

  notes: readonly Note[] = NO_NOTES;
  /** The denial that ended it, and the guard that gave it. */
  denial: Denial | undefined = undefined;
  deniedBy: string | undefined = undefined;
  /** Set by transport, where the answer is the authorization server's. */
  refusedBehind: RefusedBehind | undefined = undefined;
  /** A bug or outage met on the way, and where: for the record, never for the client. */
  fault: unknown = undefined;
  faultBy: string | undefined = undefined;

  /** Filled by the gateway or adapter for the record. Times are monotonic milliseconds, NaN where there was none. */
  answerStatus = 0;
  requestBytes = 0;
  answerBytes = 0;
  upstreamStartedMs = Number.NaN;
  upstreamAnsweredMs = Number.NaN;
  endedMs = Number.NaN;
  ended: Ended = "open";
  /** How guards give back what they hold for this exchange; undefined once it has ended. */
  held: readonly (() => void)[] | undefined = NOTHING_HELD;

  constructor(id: string, request: RequestHead, startedAtMs: number, startedMonotonicMs: number) {
    this.id = id;
    this.request = request;
    this.startedAtMs = startedAtMs;
    this.startedMonotonicMs = startedMonotonicMs;
  }

  note(note: Note): void {
    if (this.notes.length === 0) this.notes = [note];
    else (this.notes as Note[]).push(note);
  }

  /** Once more in the place of before: an answer that is refused goes out with another head, and the guards see that one, too. */
  setAnswerField(name: string, value: string): void {
    for (let i = 0; i < this.answerFields.length; i += 2) {
      if (this.answerFields[i] !== name) continue;
      (this.answerFields as string[])[i + 1] = value;
      return;
    }
    if (this.answerFields.length === 0) this.answerFields = [name, value];
    else (this.answerFields as string[]).push(name, value);
  }

  withhold(lowerName: string): void {
    if (this.withheldFields.length === 0) this.withheldFields = [lowerName];
    else (this.withheldFields as string[]).push(lowerName);
  }

  /** Of lines that others share: they are copied. */
  setUpstreamFields(lines: FieldLines): void {
    this.upstreamFields = [...this.upstreamFields, ...lines];
  }

  setUpstreamField(name: string, value: string): void {
    if (this.upstreamFields.length === 0) this.upstreamFields = [name, value];
    else (this.upstreamFields as string[]).push(name, value);
  }

  /** Notes what ended it, and who gave it: a guard, or a part of the gateway. */
  refuse(denial: Denial, by: string): Denial {
    this.denial = denial;
    this.deniedBy = by;
    return denial;
  }

  limited(state: LimitState): void {
    if (this.limits.length === 0) this.limits = [state];
    else (this.limits as LimitState[]).push(state);
  }

  /**
   * `giveBack` is called once, when the exchange has ended in whatever way: complete, denied, the client left, the upstream failed,
   * cut. Where it has ended already, at once. It must not throw.
   */
  hold(giveBack: () => void): void {
    if (this.held === undefined) giveBack();
    else if (this.held.length === 0) this.held = [giveBack];
    else (this.held as (() => void)[]).push(giveBack);
  }

  /** Called by the gateway or adapter at the end of every exchange; a second call does nothing. */
  release(): void {
    const { held } = this;
    this.held = undefined;
    if (held === undefined) return;
    for (const giveBack of held) giveBack();
  }

  /** A fault beside the first one is not interesting: it follows from it. */
  failed(by: string, error: unknown): void {
    if (this.faultBy !== undefined) return;
    this.fault = error;
    this.faultBy = by;
  }
}
