// Mounts the gate of a small API in an Express application of the test's own, and keeps what it records.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Express, type RequestHandler } from "express";
import { onTestFinished } from "vitest";
import { expressHandler, type ExpressOptions } from "../../src/adapters/express-handler.ts";
import type { Exchange } from "../../src/core/exchange.ts";
import { composed } from "../configuration/composing.ts";

/** Public operations: what is tested here is the way through Express, not who may pass. */
const DOCUMENT = `openapi: 3.1.0
info: { title: Items, version: "1" }
security: []
paths:
  /items:
    post:
      operationId: createItem
      requestBody: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Item" } } } }
      responses: { "201": { description: made, content: { application/json: { schema: { $ref: "#/components/schemas/Item" } } } } }
  /items/{id}:
    get:
      operationId: getItem
      parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
      responses: { "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Item" } } } }, "204": { description: none }, "302": { description: there } }
    delete:
      operationId: deleteItem
      parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
      responses: { "204": { description: gone } }
  /search:
    get:
      operationId: search
      parameters: [{ name: a, in: query, schema: { type: string } }]
      responses: { default: { description: any } }
  /uploads:
    post:
      operationId: upload
      requestBody: { content: { "*/*": {} } }
      responses: { default: { description: any } }
  /forms:
    post:
      operationId: form
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: { n: { type: integer } } } }, text/plain: { schema: { type: string } } } }
      responses: { default: { description: any } }
  /anything:
    get: { operationId: anything, responses: { default: { description: any } } }
components:
  schemas:
    Item: { type: object, additionalProperties: false, required: [n], properties: { n: { type: integer, minimum: 1 } } }
`;

export interface Mounted {
  readonly url: string;
  readonly port: number;
  readonly gate: RequestHandler;
  readonly exchanges: readonly Exchange[];
  /** Resolves with the exchange once as many have been recorded. */
  readonly nth: (count: number) => Promise<Exchange>;
}

export interface Mounting extends ExpressOptions {
  /** Configuration beside `openapi`, as text. */
  readonly text?: string;
  readonly document?: string;
  /** Every guard in monitor. */
  readonly observe?: boolean;
}

/** `build` mounts the gate where it wants it. Errors of the application are answered without being printed. */
export async function mounted(
  build: (app: Express, gate: RequestHandler) => void,
  { text = "", document = DOCUMENT, observe = false, ...options }: Mounting = {},
): Promise<Mounted> {
  const composition = await composed(text, { document, observe });
  const exchanges: Exchange[] = [];
  let told = Promise.withResolvers<void>();
  const recorder = {
    ...composition.recorder,
    exchange: (exchange: Exchange) => {
      exchanges.push(exchange);
      told.resolve();
      told = Promise.withResolvers();
    },
  };
  const gate = expressHandler({ ...composition, recorder }, options);
  const app = express();
  app.set("env", "test");
  build(app, gate);
  const server = createServer(app);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await composition.close();
  });
  const nth = async (count: number): Promise<Exchange> => {
    while (exchanges.length < count) await told.promise;
    return exchanges[count - 1] as Exchange;
  };
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, gate, exchanges, nth };
}

export const JSON_FIELDS = { "content-type": "application/json" };
