// The sample API: an ordinary Express application with its data in memory and no security of its own.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Express, type Response } from "express";

interface Order {
  id: number;
  sku: string;
  quantity: number;
  note?: string;
  status: "placed" | "paid" | "cancelled" | "refunded";
  placedAt: string;
}

const PRODUCTS = [
  { sku: "TEA-001", name: "Green tea", cents: 650 },
  { sku: "TEA-002", name: "Black tea", cents: 590 },
  { sku: "CUP-010", name: "Cup", cents: 1200 },
];

const KEPT_ORDERS_MAX = 10_000;

/** The application alone, for mounting behind the gate in the same process. */
export function ordersApi(): Express {
  const api = express();
  const orders = new Map<number, Order>();
  const followers = new Set<Response>();
  let lastId = 0;
  const place = (sku: string, quantity: number, note?: string): Order => {
    lastId += 1;
    const order: Order = { id: lastId, sku, quantity, status: "placed", placedAt: new Date().toISOString() };
    if (note !== undefined) order.note = note;
    orders.set(order.id, order);
    if (orders.size > KEPT_ORDERS_MAX) orders.delete(orders.keys().next().value as number);
    for (const follower of followers) follower.write(`event: order\ndata: ${JSON.stringify(order)}\n\n`);
    return order;
  };
  for (const { sku } of [...PRODUCTS, ...PRODUCTS, ...PRODUCTS]) place(sku, 1 + (lastId % 3));

  api.use(express.json());
  api.get("/products", (request, response) => {
    const text = typeof request.query["query"] === "string" ? request.query["query"].toLowerCase() : "";
    response.json(PRODUCTS.filter((product) => product.name.toLowerCase().includes(text)));
  });
  api.get("/orders", (request, response) => {
    const status = request.query["status"];
    const found = [...orders.values()].filter((order) => status === undefined || order.status === status);
    response.json(found.slice(0, Number(request.query["limit"] ?? 20)));
  });
  api.post("/orders", (request, response) => {
    const { sku, quantity, note } = request.body as { sku: string; quantity: number; note?: string };
    response.status(201).json(place(sku, quantity, note));
  });
  api.get("/orders/:id", (request, response) => {
    const order = orders.get(Number(request.params.id));
    if (order === undefined) response.status(404).json({ message: "There is no such order." });
    else response.json(order);
  });
  api.delete("/orders/:id", (request, response) => {
    const order = orders.get(Number(request.params.id));
    if (order === undefined) {
      response.status(404).json({ message: "There is no such order." });
      return;
    }
    order.status = "cancelled";
    response.status(204).end();
  });
  api.post("/orders/:id/refund", (request, response) => {
    const order = orders.get(Number(request.params.id));
    if (order === undefined) {
      response.status(404).json({ message: "There is no such order." });
      return;
    }
    order.status = "refunded";
    response.json(order);
  });
  api.get("/reports/daily", (_request, response) => {
    const price = (sku: string) => PRODUCTS.find((product) => product.sku === sku)?.cents ?? 0;
    let cents = 0;
    for (const order of orders.values()) cents += price(order.sku) * order.quantity;
    response.json({ orders: orders.size, cents });
  });
  api.get("/events", (_request, response) => {
    response.set("Content-Type", "text/event-stream").flushHeaders();
    response.write(": following\n\n");
    followers.add(response);
    response.on("close", () => followers.delete(response));
  });
  return api;
}

export interface RunningApi {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the API on loopback; port 0 takes a free one. */
export async function startOrdersApi(port = 0, api = ordersApi()): Promise<RunningApi> {
  const server: Server = createServer(api);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
