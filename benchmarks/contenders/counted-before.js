// Fills the tables of the limits before anything is measured, by the very guards that count requests later.
import { Exchange } from "../../dist/core/exchange.js";
import { Fields } from "../../dist/http/fields.js";

const NETWORKS_PER_BLOCK = 65_536;

/** One request from each of so many networks, by one of so many subjects, at the operation that is asked later. */
export function countBefore(policy, { networks, subjects }) {
  for (let i = 0; i < networks; i += 1) {
    const block = Math.floor(i / NETWORKS_PER_BLOCK).toString(16);
    const exchange = exchangeFrom(`2001:db8:${block}:${(i % NETWORKS_PER_BLOCK).toString(16)}::1`);
    const gate = policy.enter(exchange);
    exchange.principal = { ...exchange.principal, kind: "user", subject: `before-${i % subjects}` };
    for (const guard of gate.head) if (guard.practice === "rate-limiting") guard.check(exchange);
  }
}

function exchangeFrom(clientAddress) {
  const request = {
    method: "GET",
    target: "/orders/1042",
    path: "/orders/1042",
    query: undefined,
    fields: new Fields([]),
    protocol: "HTTP/1.1",
    secure: false,
    authority: "localhost",
    peerAddress: "127.0.0.1",
    clientAddress,
    clientAddressFrom: "x-forwarded-for",
    hasBody: false,
    contentLength: undefined,
  };
  return new Exchange("before", request, Date.now(), performance.now());
}
