// Exchanges and sinks for the tests of monitoring: a plain one, and one with every field that a record can have.
import type { Clock } from "../../src/core/clock.ts";
import { Exchange, type OperationName, type RequestHead } from "../../src/core/exchange.ts";
import { deny } from "../../src/core/outcome.ts";
import type { Principal } from "../../src/core/principal.ts";
import { Fields } from "../../src/http/fields.ts";
import type { AuditEvent, Sink, SystemAuditEvent } from "../../src/monitoring/index.ts";

/** 2026-11-24T04:05:06.789Z */
export const NOW_MS = Date.UTC(2026, 10, 24, 4, 5, 6, 789);

export const clock: Clock = { nowMs: () => NOW_MS + 3, monotonicMs: () => 1_003 };

export const GET_ORDER: OperationName = { id: "getOrder", method: "GET", template: "/orders/{id}", tags: [] };

export const ALICE: Principal = {
  kind: "user",
  scheme: "oauth",
  method: "bearer",
  issuer: "https://login.example.com/",
  subject: "alice",
  client: "web-shop",
  scopes: new Set(["orders:read"]),
  roles: ["customer"],
  claims: { email: "alice-claim@example.com" },
  permissions: [],
  tokenId: "jti-0001",
  session: undefined,
  boundTo: undefined,
  expiresAtMs: undefined,
};

export function exchangeOf(head: Partial<RequestHead> = {}, lines: readonly string[] = []): Exchange {
  const path = head.path ?? "/orders/7";
  const exchange = new Exchange(
    "req-1",
    {
      method: "GET",
      target: path,
      path,
      query: undefined,
      fields: new Fields(lines),
      protocol: "HTTP/1.1",
      secure: true,
      authority: "api.example.com",
      peerAddress: "127.0.0.1",
      clientAddress: "127.0.0.1",
      clientAddressFrom: "peer",
      hasBody: false,
      contentLength: undefined,
      ...head,
    },
    NOW_MS,
    1_000,
  );
  exchange.endedMs = 1_003;
  exchange.ended = "complete";
  return exchange;
}

/** Answered 200, with the operation matched. */
export function answeredExchange(head: Partial<RequestHead> = {}, lines: readonly string[] = []): Exchange {
  const exchange = exchangeOf(head, lines);
  exchange.operation = GET_ORDER;
  exchange.pathParameters = [exchange.request.path.slice("/orders/".length)];
  exchange.answerStatus = 200;
  exchange.answerBytes = 512;
  return exchange;
}

/** Every field that a record can have is there. */
export function fullExchange(): Exchange {
  const exchange = answeredExchange(
    { clientAddress: "2001:db8::7", clientAddressFrom: "forwarded", protocol: "HTTP/2.0", method: "POST" },
    ["User-Agent", "curl/8.5.0"],
  );
  exchange.trace = {
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    spanId: "00f067aa0ba902b7",
    parentId: "53995c3f42cd8ad8",
    flags: "01",
  };
  exchange.tlsVersion = "TLSv1.3";
  exchange.tlsCipher = "TLS_AES_256_GCM_SHA384";
  exchange.policyVersion = "a1b2c3";
  exchange.principal = ALICE;
  exchange.requestBytes = 42;
  exchange.answerStatus = 403;
  exchange.denial = deny("authorization.scope-insufficient", {
    detail: "orders:write is needed",
    internal: "the operation asks for orders:write",
    violations: [{ in: "body", at: "/password", message: "password must be at least 12 characters" }],
  });
  exchange.deniedBy = "authorization.scopes";
  exchange.note({
    guard: "validation.body",
    kind: "would-deny",
    denial: deny("validation.request-invalid", {
      internal: "schema",
      violations: [{ in: "query", at: "limit", message: "limit must be at most 100" }],
    }),
  });
  exchange.note({ guard: "validation.answer", kind: "not-judged", text: "too large" });
  exchange.limited({ name: "subject", limit: 100, windowSeconds: 900, remaining: 57, resetSeconds: 412 });
  exchange.limited({ name: "burst", limit: 5, windowSeconds: 1, remaining: 4, resetSeconds: 1 });
  exchange.failed("rate-limiting.subject", Object.assign(new Error("x"), { code: "ECONNREFUSED" }));
  exchange.upstreamStartedMs = 1_000.25;
  exchange.upstreamAnsweredMs = 1_002.5;
  return exchange;
}

/** A sink that keeps its lines. */
export class MemorySink implements Sink {
  readonly name = "memory";
  readonly lines: string[] = [];

  write(line: string): boolean {
    this.lines.push(line);
    return true;
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {}

  events(): AuditEvent[] {
    return this.lines.map((line) => JSON.parse(line) as AuditEvent);
  }

  systemEvents(): SystemAuditEvent[] {
    return this.lines.map((line) => JSON.parse(line) as SystemAuditEvent);
  }
}
