// Cases of what must pass, and how its answer looks.
import { account, JSON_FIELDS, order, type ConformanceCase } from "./case.ts";

export const PASSING: readonly ConformanceCase[] = [
  { name: "a public operation passes", method: "GET", path: "/products", status: 200 },
  { name: "a query with a letter passes", method: "GET", path: "/products?query=tea", status: 200, says: "Green tea" },
  { name: "a reader reads", method: "GET", path: "/orders", token: "reader", status: 200 },
  { name: "a reader reads one", method: "GET", path: "/orders/1", token: "reader", status: 200, says: '"id":1' },
  { name: "HEAD follows GET", method: "HEAD", path: "/orders/1", token: "reader", status: 200 },
  {
    name: "the API's own 404 passes",
    method: "GET",
    path: "/orders/99999",
    token: "reader",
    status: 404,
    says: "no such order",
  },
  {
    name: "a customer orders",
    method: "POST",
    path: "/orders",
    token: "customer",
    fields: JSON_FIELDS,
    body: order(2),
    status: 201,
  },
  { name: "support refunds", method: "POST", path: "/orders/1/refund", token: "support", status: 200 },
  {
    name: "a new account",
    method: "POST",
    path: "/api/register",
    fields: JSON_FIELDS,
    body: account("a@example.com", "123456789012"),
    status: 201,
  },
  {
    name: "a quantity at the edge",
    method: "POST",
    path: "/orders",
    token: "customer",
    fields: JSON_FIELDS,
    body: order(100),
    status: 201,
  },
];
