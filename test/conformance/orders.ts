// The sample's API and document, with what the suite needs beside them: a public operation that takes a body, and an issuer of its own.
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Express } from "express";
import { ordersApi } from "../../examples/orders/api.ts";

const REGISTRATION = `
  /api/register:
    post:
      operationId: register
      security: []
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              additionalProperties: false
              required: [email, password]
              properties:
                email: { type: string, format: email, maxLength: 254 }
                password: { type: string, format: password, minLength: 12, maxLength: 256, writeOnly: true }
      responses:
        "201": { description: The account., content: { application/json: { schema: { type: object } } } }`;

/** Of the sample's configuration what holds whoever issues its tokens. */
export const ORDERS_RULES = `authorization:
  roles:
    customer: {}
    support: { includes: [customer], permissions: ["orders:refund"] }
validation: { requests: enforce, responses: monitor }
monitoring: { sinks: [console], detections: { sanctions: sanctions.json } }
operations:
  refundOrder: { authorization: { permissions: ["orders:refund"] } }
  dailyReport: { rateLimiting: [{ name: reports, limit: 5, window: 1m, key: subject }] }
`;

const CONFIGURATION = `openapi: openapi.yaml
upstream: \${ORDERS_API_URL}
transport: { listen: "localhost:8443", tls: development }
authentication:
  oauth:
    issuer: \${ORDERS_ISSUER_URL}
    audience: https://orders.example.com
    claims: { scopes: [scope], roles: [roles] }
${ORDERS_RULES}`;

/** What `portcullis.yaml` and `openapi.yaml` hold. Its addresses come from the environment. */
export function ordersFiles(): { readonly "portcullis.yaml": string; readonly "openapi.yaml": string } {
  const sample = readFileSync(path.join(import.meta.dirname, "../../examples/orders/openapi.yaml"), "utf8");
  return { "portcullis.yaml": CONFIGURATION, "openapi.yaml": sample.replace("\npaths:", `\npaths:${REGISTRATION}`) };
}

/** The configuration's place. */
export async function writeOrders(folder: string): Promise<string> {
  for (const [name, text] of Object.entries(ordersFiles())) {
    // oxlint-disable-next-line no-await-in-loop -- two small files
    await writeFile(path.join(folder, name), text);
  }
  return path.join(folder, "portcullis.yaml");
}

export function ordersApiWithRegistration(): Express {
  const api = ordersApi();
  api.post("/api/register", (request, response) => {
    response.status(201).json({ id: 1, email: String(request.body.email) });
  });
  return api;
}
