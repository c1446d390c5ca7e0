// The sample's gates on a clock of the test's own: requests pass the real guards at the time they say, so that hours take seconds.
import { deny } from "../../../src/core/outcome.ts";
import { Exchange, NO_BODY } from "../../../src/core/exchange.ts";
import { REASONS } from "../../../src/core/reasons/registry.ts";
import { runRequestGuards } from "../../../src/core/run.ts";
import type { SystemEvent } from "../../../src/core/record.ts";
import { deniedName } from "../../../src/authentication/index.ts";
import { type Composition, offlinePorts } from "../../../src/configuration/compose.ts";
import { memoryCounter } from "../../../src/rate-limiting/index.ts";
import { hmacToken } from "../../authentication/issuer.ts";
import { composed } from "../../configuration/composing.ts";
import { ORDERS_RULES } from "../../conformance/orders.ts";
import { readText } from "../../repository/tree.ts";

const ISSUER = "https://login.example.com/";
const AUDIENCE = "https://orders.example.com";
const SECRET = "only for tests: thirty-two bytes and some more";
const TOKEN_SECONDS = 300;

const CONFIGURATION = `authentication:
  oauth: { issuer: ${ISSUER}, audience: ${AUDIENCE}, secret: "\${SECRET}", claims: { roles: [roles] } }
${ORDERS_RULES}`;

export interface Token {
  readonly text: string;
  readonly id: string;
  readonly endsMs: number;
}

export interface Sent {
  readonly atMs: number;
  readonly address: string;
  readonly agent?: string;
  readonly method?: string;
  readonly target: string;
  readonly token?: string;
  readonly body?: object;
  /** How the API answers, where the request reaches it; and how long that takes. */
  readonly status?: number;
  readonly bytes?: number;
  readonly tookMs?: number;
  /** The client breaks its upload off, or leaves before the answer. */
  readonly breaks?: "upload" | "answer";
}

export class VirtualGate {
  readonly counts = new Map<string, number>();
  readonly alerts: { readonly event: { readonly code: string }; readonly message: string }[] = [];
  requests = 0;
  #nowMs: number;
  readonly #beganMs: number;
  readonly #composition: Composition;
  /** Under way, by when they end. */
  readonly #open: Exchange[] = [];
  #tokens = 0;

  private constructor(composition: Composition, beganMs: number) {
    this.#composition = composition;
    this.#beganMs = beganMs;
    this.#nowMs = beganMs;
  }

  static async open(beganMs: number): Promise<VirtualGate> {
    const late: { gate?: VirtualGate } = {};
    const nowMs = () => late.gate?.nowMs ?? beganMs;
    const clock = { nowMs, monotonicMs: () => nowMs() - beganMs };
    const ports = {
      clock,
      counter: memoryCounter({ clock }),
      createSink: () => ({
        name: "alerts",
        write: (line: string) => {
          if (line.includes('"portcullis.detection"')) late.gate?.alerts.push(JSON.parse(line) as never);
          return true;
        },
        flush: () => Promise.resolve(),
        close: () => Promise.resolve(),
      }),
    };
    const composition = await composed(CONFIGURATION, {
      document: readText("examples/orders/openapi.yaml"),
      env: { SECRET },
      ports: (cwd) => ({ ...offlinePorts(cwd), ...ports }),
    });
    late.gate = new VirtualGate(composition, beganMs);
    return late.gate;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** What went wrong in recording or in a rule. */
  get faults(): number {
    return this.#composition.recorder.snapshot().faults + this.#composition.detector.snapshot().faults;
  }

  /** Lets the time pass, and what ends meanwhile end. */
  async until(atMs: number): Promise<void> {
    for (;;) {
      const first = this.#open[0];
      if (first === undefined || this.#beganMs + first.endedMs > atMs) break;
      this.#open.shift();
      this.#nowMs = Math.max(this.#nowMs, this.#beganMs + first.endedMs);
      this.#composition.recorder.exchange(first);
      first.release();
    }
    if (Number.isFinite(atMs)) this.#nowMs = Math.max(this.#nowMs, atMs);
  }

  /** The status that the client sees. */
  async send(sent: Sent): Promise<number> {
    const { atMs, address, agent = "Mozilla/5.0", method = "GET", target, token, body } = sent;
    await this.until(atMs);
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const head = this.#composition.settle({
      method,
      target,
      rawFields: [
        "Host",
        "localhost",
        "User-Agent",
        agent,
        ...(token === undefined ? [] : ["Authorization", `Bearer ${token}`]),
        ...(bytes === undefined ? [] : ["Content-Type", "application/json", "Content-Length", String(bytes.length)]),
      ],
      protocol: "HTTP/1.1",
      secure: true,
      peerAddress: address,
    });
    if ("kind" in head) throw new Error(`refused: ${head.reason}`);
    this.requests += 1;
    const exchange = new Exchange(`request-${this.requests}`, head, this.#nowMs, this.#nowMs - this.#beganMs);
    const gate = this.#composition.policy.enter(exchange);
    let ending = await runRequestGuards(gate.head, exchange);
    if (ending === undefined && sent.breaks === "upload")
      ending = exchange.refuse(deny("transport.body-incomplete"), "transport.body");
    if (ending === undefined) {
      exchange.body = bytes === undefined ? NO_BODY : { kind: "read", bytes };
      ending = await runRequestGuards(gate.body, exchange);
    }
    this.#answer(exchange, ending !== undefined, sent);
    const what = exchange.denial?.reason ?? `status ${exchange.answerStatus}`;
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
    return exchange.answerStatus;
  }

  #answer(exchange: Exchange, isDenied: boolean, { status = 200, bytes = 900, tookMs = 30, breaks }: Sent): void {
    const beganMs = exchange.startedMonotonicMs;
    if (isDenied) {
      exchange.answerStatus = exchange.denial === undefined ? 200 : REASONS[exchange.denial.reason].status;
      exchange.answerBytes = 400;
    } else {
      exchange.upstreamStartedMs = beganMs + 1;
      exchange.upstreamAnsweredMs = breaks === "answer" ? Number.NaN : beganMs + 1 + tookMs;
      exchange.answerStatus = breaks === "answer" ? 0 : status;
      exchange.answerBytes = breaks === "answer" ? 0 : bytes;
    }
    exchange.ended = breaks === undefined ? "complete" : "client-left";
    exchange.endedMs = beganMs + (isDenied ? 1 : tookMs + 2);
    let at = this.#open.length;
    while (at > 0 && (this.#open[at - 1] as Exchange).endedMs > exchange.endedMs) at -= 1;
    this.#open.splice(at, 0, exchange);
  }

  /** What the authorization server says. */
  async tell(atMs: number, action: string, data: Readonly<Record<string, string>>): Promise<void> {
    await this.until(atMs);
    this.counts.set(action, (this.counts.get(action) ?? 0) + 1);
    const event: SystemEvent = { action, level: "info", message: action, data };
    this.#composition.recorder.system(event);
  }

  /** `secret`: another one makes a token that nobody gave. */
  token(subject: string, { scope = "orders:read orders:write", roles = ["customer"], secret = SECRET } = {}): Token {
    this.#tokens += 1;
    const id = `token-${this.#tokens}`;
    const iat = Math.floor(this.#nowMs / 1_000);
    const exp = iat + TOKEN_SECONDS;
    const claims = { iss: ISSUER, aud: AUDIENCE, sub: subject, client_id: "spa", jti: id, scope, roles, iat, exp };
    return { text: hmacToken(secret, { alg: "HS256", typ: "at+jwt" }, claims), id, endsMs: exp * 1_000 };
  }

  revoke({ id, endsMs }: Token): void {
    const key = deniedName("token", ISSUER, id);
    this.#composition.sanctions?.sanctions.add({ what: "revoke", of: "token", key, untilMs: endsMs });
  }

  async close(): Promise<void> {
    await this.until(Number.POSITIVE_INFINITY);
    await this.#composition.close();
  }
}
