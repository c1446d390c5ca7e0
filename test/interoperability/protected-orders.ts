// The orders sample behind the gateway, which trusts an outside issuer: what is asked, what is recorded, what is fetched.
import path from "node:path";
import { vi } from "vitest";
import { startOrdersApi } from "../../examples/orders/api.ts";
import { compose, systemPorts } from "../../src/configuration/compose.ts";
import { loadSettings } from "../../src/configuration/load.ts";
import type { Configuration } from "../../src/configuration/settings.ts";
import { systemClock } from "../../src/core/clock.ts";
import { serve } from "../../src/gateway/serve.ts";

const DOCUMENT = path.join(import.meta.dirname, "../../examples/orders/openapi.yaml");
export const AUDIENCE = "https://orders.example.com";

export interface Asked {
  readonly status: number;
  /** The reason's code in the answer; empty where the upstream answered. */
  readonly reason: string;
  /** The sentence for the owner in the record. */
  readonly internal: string | undefined;
  readonly retryAfter: string | null;
}

interface Recorded {
  readonly event: { readonly action: string };
  readonly http?: { readonly request: { readonly id: string } };
  readonly portcullis?: { readonly internal?: string };
}

export interface ProtectedOrders {
  /** `GET /orders` unless another is named. */
  ask(token: string, operation?: { readonly method?: string; readonly path: string }): Promise<Asked>;
  readyz(): Promise<{ readonly status: number; readonly text: string }>;
  /** Addresses that were fetched so far. */
  readonly fetched: readonly string[];
  /** System events by their action. */
  readonly actions: readonly string[];
  /** Lets the gate believe that time went by; the issuer's own clock stays. */
  passMs(ms: number): void;
  close(): Promise<void>;
}

export async function protectOrders(
  oauth: NonNullable<Configuration["authentication"]>[string],
): Promise<ProtectedOrders> {
  const api = await startOrdersApi();
  const object: Configuration = {
    openapi: DOCUMENT,
    upstream: api.url,
    transport: { listen: "127.0.0.1:0", adminListen: "127.0.0.1:0", tls: "dangerouslyOff" },
    authentication: { oauth },
    authorization: { roles: { customer: {}, support: { includes: ["customer"], permissions: ["orders:refund"] } } },
    operations: { refundOrder: { authorization: { permissions: ["orders:refund"] } } },
    rateLimiting: { limits: [], failedAuthentication: { limit: 1_000, window: "1m" } }, // these clients fail all the time
    monitoring: { sinks: ["console"] },
  };
  const loaded = await loadSettings({ object, cwd: import.meta.dirname, env: {} });
  const system = systemPorts();
  const fetched: string[] = [];
  const actions: string[] = [];
  const records = new Map<string, Recorded>();
  let passedMs = 0;
  const clock = {
    nowMs: () => systemClock.nowMs(),
    monotonicMs: () => systemClock.monotonicMs() + passedMs,
  };
  const composition = await compose(loaded, {
    ...system,
    clock,
    fetchJson: (url, limits) => {
      fetched.push(url);
      return system.fetchJson(url, limits);
    },
    createSink: () => ({
      name: "memory",
      write: (line) => {
        const record = JSON.parse(line) as Recorded;
        if (record.http !== undefined) records.set(record.http.request.id, record);
        else actions.push(record.event.action);
        return true;
      },
      flush: () => Promise.resolve(),
      close: () => Promise.resolve(),
    }),
  });
  const gateway = await serve(composition);
  return {
    fetched,
    actions,
    async ask(token, { method = "GET", path: at } = { path: "/orders" }) {
      const answer = await fetch(`${gateway.url}${at}`, { method, headers: { authorization: `Bearer ${token}` } });
      const text = await answer.text();
      const retryAfter = answer.headers.get("retry-after");
      if (answer.ok) return { status: answer.status, reason: "", internal: undefined, retryAfter };
      const { reason, requestId } = JSON.parse(text) as { reason: string; requestId: string };
      const record = await vi.waitUntil(() => records.get(requestId));
      return { status: answer.status, reason, internal: record.portcullis?.internal, retryAfter };
    },
    async readyz() {
      const answer = await fetch(`${gateway.adminUrl ?? ""}/readyz`);
      return { status: answer.status, text: await answer.text() };
    },
    passMs: (ms) => {
      passedMs += ms;
    },
    async close() {
      await gateway.close();
      await api.close();
    },
  };
}
