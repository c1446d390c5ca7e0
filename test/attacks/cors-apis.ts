// APIs that do CORS by hand, each with its hole, and what a browser would let a page read of them, or send (Fetch 4.9).
import type { Express } from "express";
import { bindGate } from "../../src/core/gate.ts";
import type { Gate } from "../../src/core/gate.ts";
import type { Policy } from "../../src/core/policy.ts";
import type { Answer } from "../conformance/asking.ts";
import type { Api } from "./protected.ts";

export const HOME = "https://app.example.com";

const DOCUMENT = `openapi: 3.1.0
info: { title: Accounts, version: "1" }
paths:
  /me:
    get:
      operationId: me
      security: []
      parameters: [{ name: X-Trace, in: header, schema: { type: string, maxLength: 3 } }]
      responses: { "200": { description: ok, headers: { X-Total: { schema: { type: integer } } } } }
    put:
      operationId: putMe
      security: [{ oauth: [] }]
      requestBody: { content: { application/json: { schema: { type: object } } } }
      responses: { default: { description: any } }
    delete:
      operationId: deleteMe
      security: [{ oauth: [] }]
      responses: { default: { description: any } }
  /few:
    get: { operationId: few, security: [], responses: { default: { description: any } } }
  /public:
    get: { operationId: public, security: [], responses: { default: { description: any } } }
components:
  securitySchemes: { oauth: { type: http, scheme: bearer } }
`;

const CONFIGURATION = `transport:
  cors: { origins: ["${HOME}", "https://other.example:8443"], credentials: true, allowedHeaders: [X-Own], maxAge: 1m }
authentication: { oauth: { issuer: "https://i.example/", audience: a } }
rateLimiting: { addressCeiling: { limit: 100000, window: 1m }, limits: [{ name: few, limit: 100000, window: 1h, key: address }] }
operations:
  public: { transport: { cors: { origins: "*" } } }
  deleteMe: { transport: { cors: off } }
  few: { rateLimiting: [{ name: one, limit: 1, window: 1h, key: address }] }
`;

/** What developers write by hand, each with its hole. */
export const NAIVE: Readonly<Record<string, (origin: string) => boolean>> = {
  reflecting: () => true,
  suffix: (origin) => origin.endsWith("app.example.com"),
  prefix: (origin) => origin.startsWith(HOME),
  part: (origin) => origin.includes("app.example.com"),
  pattern: (origin) => /^https:\/\/app.example.com$/.test(origin),
  host: (origin) => URL.parse(origin)?.hostname === "app.example.com",
  folding: (origin) => origin.toLowerCase() === HOME,
  null: (origin) => origin === "null" || origin === HOME,
};

export function apiWith(isAllowed: (origin: string) => boolean): Api {
  const handle = (app: Express) => {
    app.use((request, response, next) => {
      const { origin } = request.headers;
      if (origin !== undefined && isAllowed(origin)) {
        response.set({
          "Access-Control-Allow-Origin": origin,
          "Access-Control-Allow-Credentials": "true",
          "Access-Control-Allow-Methods": "GET, PUT, DELETE",
          "Access-Control-Allow-Headers": "*, content-type, authorization, x-evil",
          "Access-Control-Expose-Headers": "X-Secret",
        });
      }
      if (request.method === "OPTIONS") response.status(204).end();
      else next();
    });
    app.all("/me", (_request, response) => void response.set({ "X-Total": "1", Vary: "Accept" }).json({ me: 1 }));
    app.get("/few", (_request, response) => void response.json({ few: 1 }));
    app.get("/public", (_request, response) => void response.json({ public: 1 }));
  };
  return { document: DOCUMENT, configuration: CONFIGURATION, handle };
}

/** Fetch 4.10: whether the browser lets a page of this origin read the answer to a request with credentials. */
export function pageReads(origin: string, { headers }: Answer, credentials = true): boolean {
  const allowed = headers["access-control-allow-origin"];
  if (!credentials && allowed === "*") return true;
  if (allowed !== origin) return false;
  return !credentials || headers["access-control-allow-credentials"] === "true";
}

/** Fetch 4.9: whether the browser sends what the preflight asked for. */
export function pageSends(origin: string, answer: Answer, method: string, fields: readonly string[]): boolean {
  if (answer.status < 200 || answer.status > 299 || !pageReads(origin, answer)) return false;
  const list = (name: string) =>
    String(answer.headers[name] ?? "")
      .split(",")
      .map((part) => part.trim().toLowerCase());
  const isAllowed = list("access-control-allow-methods").includes(method.toLowerCase());
  return isAllowed && fields.every((field) => list("access-control-allow-headers").includes(field));
}

export const get = (origin: string | undefined, more: Record<string, string> = {}) => ({
  method: "GET",
  path: "/me",
  headers: { ...(origin === undefined ? {} : { origin }), ...more },
});

export const preflight = (origin: string, method: string, fields = "content-type", path = "/me") => ({
  method: "OPTIONS",
  path,
  headers: {
    origin,
    "access-control-request-method": method,
    ...(fields === "" ? {} : { "access-control-request-headers": fields }),
  },
});

/** A runner: the guard of that name is in no gate. */
export function without(name: string): (policy: Policy) => Policy {
  const kept = <T extends { readonly name: string }>(guards: readonly T[]) =>
    guards.filter((guard) => guard.name !== name);
  const bound = (gate: Gate) => bindGate({ ...gate, head: kept(gate.head), response: kept(gate.response) });
  return (policy) => ({
    ...policy,
    version: policy.version,
    refused: policy.refused,
    enter: (exchange) => bound(policy.enter(exchange)),
  });
}
