// A small shop that has nothing wrong, for the probes of the surface: tests put one flaw into it.
import type { Answered, Asked, Routes } from "./tiny-api.ts";

export const DOCUMENT = `servers: [{ url: /v2 }]
paths:
  /products:
    get: { operationId: listProducts, security: [], responses: { "200": { description: ok } } }
  /orders:
    get: { operationId: listOrders, responses: { "200": { description: ok } } }
  /orders/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: integer, example: 7 } }]
    get: { operationId: getOrder, responses: { "200": { description: ok } } }
  /sessions:
    post:
      operationId: signIn
      security: []
      requestBody: { content: { application/json: { schema: { type: object, example: { user: ann } } } } }
      responses: { "200": { description: ok } }
`;

export const ORDER = { id: 7, note: "of ann" };
export const UNKNOWN = { status: 401, body: { error: "who are you?" } };
export const guarded =
  (body: unknown, headers: Answered["headers"] = { "Cache-Control": "no-store" }) =>
  ({ who }: Asked): Answered =>
    who === undefined ? UNKNOWN : { headers, body };
export const anybody = (body: unknown) => (): Answered => ({ body });

/** Nothing is wrong with it. */
export const SOUND: Routes = {
  "GET /v2/products": anybody([{ id: 1 }]),
  "GET /v2/orders": guarded([ORDER]),
  "GET /v2/orders/{id}": ({ who, path }) => {
    if (who === undefined) return UNKNOWN;
    return path["id"] === "7" ? { headers: { "Cache-Control": "no-store" }, body: ORDER } : { status: 404 };
  },
  "POST /v2/sessions": () => ({
    headers: { "Set-Cookie": "__Host-session=1; Path=/; Secure; HttpOnly; SameSite=Strict" },
    body: { token: "t" },
  }),
};
