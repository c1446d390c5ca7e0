// One text in a query or a body, given to careless code: in operations that refuse injections, note them, do not look, or leave no room.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Asked, Handler } from "./answering.ts";

export type Careless = (text: string, response: ServerResponse) => string | Promise<string> | undefined;

const document = (schema: string) => `openapi: 3.1.0
info: { title: Naive, version: "1" }
security: []
paths:
${["free", "noted", "off"]
  .map(
    (path) => `  /${path}:
    get: { operationId: ${path}, parameters: [{ name: q, in: query, schema: { type: string } }], responses: { default: { description: any } } }
    post: { operationId: ${path}Body, requestBody: { content: { application/json: { schema: { type: object, properties: { q: {} } } } } }, responses: { default: { description: any } } }`,
  )
  .join("\n")}
  /narrow:
    get: { operationId: narrow, parameters: [{ name: q, in: query, schema: ${schema} }], responses: { default: { description: any } } }
    post: { operationId: narrowBody, requestBody: { content: { application/json: { schema: { type: object, additionalProperties: false, properties: { q: ${schema} } } } } }, responses: { default: { description: any } } }
`;

const TEXT = `validation: { responses: "off" }
operations:
  free: { validation: { injection: enforce } }
  freeBody: { validation: { injection: enforce } }
  off: { validation: { injection: "off" } }
  offBody: { validation: { injection: "off" } }
`;

export const protectedBy = (schema: string) => ({ document: document(schema), text: TEXT });

/** Gives the query's or the body's `q` to careless code, and keeps what that was. */
export function careless(run: Careless, got: string[] = []): Handler {
  return (request, response) => {
    void textOf(request).then(async (text) => {
      got.push(text);
      const answer = await run(text, response);
      if (answer !== undefined) response.setHeader("Content-Type", "text/plain").end(answer);
    });
  };
}

export async function textOf(request: IncomingMessage & { body?: { q?: string } }): Promise<string> {
  const asked = new URL(request.url ?? "", "http://localhost").searchParams.get("q");
  if (asked !== null) return asked;
  // Inside Express the gate has read and parsed it.
  if (request.body?.q !== undefined) return request.body.q;
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return (JSON.parse(text) as { q: string }).q;
}

type AskedAt = readonly [target: string, asked?: Asked];

export const query = (at: string, text: string): AskedAt => [`/${at}?q=${encodeURIComponent(text)}`];
export const body = (at: string, text: unknown): AskedAt => [
  `/${at}`,
  { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ q: text }) },
];
