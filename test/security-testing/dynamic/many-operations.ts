// `node test/security-testing/dynamic/many-operations.ts FOLDER [PORT]`: a document with 200 operations, its configuration and an API that
// does them, for measuring how long a run takes.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

const RESOURCES = 40;
const PER_RESOURCE = 5;

const API = `import { createServer } from "node:http";
import { json } from "node:stream/consumers";
const kept = new Map();
let last = 0;
const whoOf = ({ headers }) => {
  const payload = /^Bearer [^.]*\\.([^.]*)\\./i.exec(headers.authorization ?? "")?.[1];
  return payload === undefined ? undefined : JSON.parse(Buffer.from(payload, "base64url")).sub;
};
createServer(async (request, response) => {
  const answer = (status, body) => {
    response.writeHead(status, body === undefined ? {} : { "Content-Type": "application/json" });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  };
  const [, kind, id] = request.url.split("?")[0].split("/");
  const who = whoOf(request);
  if (request.url === "/reset") return answer(204, void kept.clear());
  if (who === undefined) return answer(401, { error: "who are you" });
  const own = () => [...kept.values()].filter((one) => one.kind === kind && one.owner === who);
  const shown = ({ id, name, note, count }) => ({ id, name, note, count });
  if (id === undefined && request.method === "GET") return answer(200, own().slice(0, 20).map(shown));
  try {
    if (id === undefined && request.method === "POST") {
      const { name, note, count } = await json(request);
      const one = { kind, owner: who, id: String((last += 1)), name, note, count };
      kept.set(one.id, one);
      return answer(201, shown(one));
    }
    const one = kept.get(id);
    if (one === undefined || one.owner !== who || one.kind !== kind) return answer(404, { error: "no such thing" });
    if (request.method === "GET") return answer(200, shown(one));
    if (request.method === "DELETE") return answer(204, void kept.delete(id));
    if (request.method === "PUT") {
      const { name, note, count } = await json(request);
      Object.assign(one, { name, note, count });
      return answer(200, shown(one));
    }
    return answer(405, { error: "not that" });
  } catch {
    return answer(400, { error: "that is no JSON" });
  }
}).listen(Number(process.argv[2]), "127.0.0.1");
`;

function resource(name: string): string {
  const body = `requestBody: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/New" } } } }`;
  const one = `{ description: one, content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } } }`;
  const all = `{ description: all, content: { application/json: { schema: { type: array, maxItems: 20, items: { $ref: "#/components/schemas/Thing" } } } } }`;
  return `  /${name}:
    get:
      operationId: list-${name}
      security: [{ oauth: ["${name}:read"] }]
      parameters: [{ name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 100 } }]
      responses: { "200": ${all} }
    post:
      operationId: create-${name}
      security: [{ oauth: ["${name}:write"] }]
      ${body}
      responses: { "201": ${one} }
  /${name}/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string, pattern: "^[0-9]{1,9}$" } }]
    get:
      operationId: get-${name}
      security: [{ oauth: ["${name}:read"] }]
      responses: { "200": ${one}, "404": { $ref: "#/components/responses/Gone" } }
    put:
      operationId: put-${name}
      security: [{ oauth: ["${name}:write"] }]
      ${body}
      responses: { "200": ${one}, "404": { $ref: "#/components/responses/Gone" } }
    delete:
      operationId: delete-${name}
      security: [{ oauth: ["${name}:write"] }]
      responses: { "204": { description: gone }, "404": { $ref: "#/components/responses/Gone" } }
`;
}

const MEMBERS = `name: { type: string, minLength: 1, maxLength: 40, pattern: "^[A-Za-z ]+$" }, note: { type: string, maxLength: 200 }, count: { type: integer, minimum: 0, maximum: 99 }`;

function documentOf(names: readonly string[]): string {
  const scopes = names.flatMap((name) => [`"${name}:read": r`, `"${name}:write": w`]).join(", ");
  return `openapi: 3.1.0
info: { title: Many operations, version: "1" }
paths:
${names.map(resource).join("")}components:
  schemas:
    New: { type: object, additionalProperties: false, required: [name], properties: { ${MEMBERS} } }
    Thing: { type: object, additionalProperties: false, required: [id, name], properties: { id: { type: string, pattern: "^[0-9]{1,9}$" }, ${MEMBERS} } }
  responses:
    Gone: { description: gone, content: { application/json: { schema: { type: object, properties: { error: { type: string } } } } } }
  securitySchemes:
    oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://i.example/t", scopes: { ${scopes} } } } }
`;
}

const [folder = ".", port = "4330"] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
write("api.mjs", API);
write("openapi.yaml", documentOf(Array.from({ length: RESOURCES }, (_, i) => `things${i + 1}`)));
write(
  "portcullis.yaml",
  `openapi: openapi.yaml\nupstream: http://127.0.0.1:${port}\nauthentication:\n  oauth: { issuer: https://i.example/, audience: https://api.example }\n`,
);
write(
  "portcullis-test.yaml",
  `api:\n  start: [node, api.mjs, "${port}"]\n  reset: { post: "http://127.0.0.1:${port}/reset" }\n`,
);
process.stdout.write(
  `${RESOURCES * PER_RESOURCE} operations: portcullis test dynamic --config ${path.join(folder, "portcullis.yaml")}\n`,
);
