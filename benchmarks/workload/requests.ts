// The two requests that are measured, what each must be answered, and what must be refused.
import type { Issuer } from "./credentials.ts";

export interface Workload {
  readonly name: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body: string | undefined;
  readonly status: number;
  readonly answer: string;
  /** As many callers as tokens: caches and counters are asked for each of them in turn. */
  readonly tokens: readonly string[];
}

/** A request that a contender with guards must refuse; otherwise it is not what it says it is. */
export interface Refused {
  readonly what: string;
  readonly workload: Workload;
  readonly token: string | undefined;
  readonly path: string;
  readonly body: string | undefined;
  readonly status: number;
}

const SUBJECTS = 100;

const ITEMS = [
  { sku: "KB-2291-DE", name: "Keyboard, German layout", quantity: 2, unitPrice: 49.9 },
  { sku: "MS-1180", name: "Mouse, two buttons and a wheel", quantity: 2, unitPrice: 19.5 },
];

const ORDER = { id: 1042, status: "paid", total: 138.8, currency: "EUR", items: ITEMS };

export const ORDER_ANSWER = JSON.stringify(ORDER);

/** Exactly 1,024 bytes. */
const NEW_ORDER = newOrder();

export function workloads(issuer: Issuer): Workload[] {
  const scope = "orders:read orders:write";
  const tokens = Array.from({ length: SUBJECTS }, (_, i) => issuer.token(`customer-${i}`, scope));
  const common = { answer: ORDER_ANSWER, tokens };
  return [
    { name: "GET", method: "GET", path: "/orders/1042", body: undefined, status: 200, ...common },
    { name: "POST 1 KB", method: "POST", path: "/orders", body: NEW_ORDER, status: 201, ...common },
  ];
}

export function refusals(issuer: Issuer, all: readonly Workload[]): Refused[] {
  const [get, post] = all as [Workload, Workload];
  const token = get.tokens[0];
  const narrow = issuer.token("customer-0", "profile");
  const forged = `${(token as string).slice(0, -8)}AAAAAAAA`;
  const wrong = NEW_ORDER.replace('"EUR"', '"XXX"');
  return [
    { what: "no token", workload: get, token: undefined, path: get.path, body: undefined, status: 401 },
    { what: "a forged token", workload: get, token: forged, path: get.path, body: undefined, status: 401 },
    { what: "too little scope", workload: get, token: narrow, path: get.path, body: undefined, status: 403 },
    { what: "a wrong parameter", workload: get, token, path: "/orders/first", body: undefined, status: 400 },
    { what: "a wrong body", workload: post, token, path: post.path, body: wrong, status: 400 },
  ];
}

function newOrder(): string {
  const order = {
    currency: "EUR",
    email: "customer@example.com",
    note: "",
    shipTo: { street: "Hauptstrasse 1", city: "Berlin", postalCode: "10115", country: "DE" },
    items: [...ITEMS, ...ITEMS, ...ITEMS],
  };
  const short = JSON.stringify(order).length;
  return JSON.stringify({ ...order, note: "Please ring twice. ".repeat(60).slice(0, 1_024 - short) });
}
