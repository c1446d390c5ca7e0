// A tiny API that asks for a token as the gate does, but for its signature: what flawed ones differ from.
import type { TinyOptions } from "./tiny.ts";
import type { Asked, Answered, Routes } from "./tiny-api.ts";

const DOCUMENT = `
paths:
  /things:
    get: { operationId: list, security: [{ oauth: [read] }], responses: { "200": { description: Things. } } }
    post: { operationId: add, security: [{ oauth: [write] }], responses: { "201": { description: A thing. } } }
  /things/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    delete: { operationId: remove, security: [{ oauth: [write] }], responses: { "204": { description: Gone. } } }
  /open:
    get: { operationId: open, security: [], responses: { "200": { description: All. } } }
`;

/** Asks everybody for a token that could be one, and for its scope. */
export const asking = (scope: string, answer: Answered) => (asked: Asked) => {
  const claims = claimsOf(asked);
  if (claims === undefined) return { status: 401, headers: { "WWW-Authenticate": "Bearer" } };
  return String(claims["scope"]).split(" ").includes(scope) ? answer : { status: 403 };
};

/** What is believed, strictly but for the key, which this API does not know. */
export function claimsOf({ request }: Asked): Readonly<Record<string, unknown>> | undefined {
  const [, header, payload] = /^Bearer ([\w-]+)\.([\w-]+)\.[\w-]{80,}$/.exec(request.headers.authorization ?? "") ?? [];
  if (header === undefined || payload === undefined) return undefined;
  const [head, claims] = [header, payload].map((part) => json(part));
  const now = Date.now() / 1000;
  const good =
    head?.["alg"] === "ES256" &&
    head["typ"] === "at+jwt" &&
    claims?.["iss"] === "https://i.example/" &&
    claims["aud"] === "https://api.example" &&
    Number(claims["exp"]) > now;
  return good ? claims : undefined;
}

export function json(part: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

export const MENDED: Routes = {
  "GET /things": asking("read", { body: [] }),
  "POST /things": asking("write", { status: 201, body: { id: "t1" } }),
  "DELETE /things/{id}": asking("write", { status: 204 }),
  "GET /open": () => ({ body: {} }),
};
export const options = (api: Routes, more: Partial<TinyOptions> = {}): TinyOptions => ({
  document: DOCUMENT,
  api,
  ...more,
});
