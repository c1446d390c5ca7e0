// Guards the proposal from end to end: applied, the document passes check, and the same traffic lacks nothing any more.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { stringify } from "yaml";
import { folderWith } from "../configuration/folder.ts";
import { begin, run } from "./running.ts";

const UUIDS = ["0b8f9c2e-9c1e-4d21-8f44-0a1b2c3d4e5f", "1c9f9c2e-9c1e-4d21-8f44-0a1b2c3d4e5f"];

/** In OpenAPI 3.0, with a base path, shared schemas, a closed one, and a path-level parameter. */
const DOCUMENT = {
  openapi: "3.0.3",
  info: { title: "Old", version: "1" },
  servers: [{ url: "https://api.example.com/v1" }],
  paths: {
    "/items/{itemId}": {
      parameters: [{ name: "itemId", in: "path", required: true, schema: { type: "integer" } }],
      get: {
        operationId: "getItem",
        security: [],
        responses: {
          "200": {
            description: "ok",
            content: { "application/json": { schema: { $ref: "#/components/schemas/Item" } } },
          },
        },
      },
    },
    "/items": {
      get: {
        operationId: "listItems",
        security: [],
        responses: {
          "200": {
            description: "ok",
            content: {
              "application/json": { schema: { type: "array", items: { $ref: "#/components/schemas/Item" } } },
            },
          },
        },
      },
      post: {
        operationId: "addItem",
        security: [],
        requestBody: {
          content: {
            "application/json": {
              schema: {
                allOf: [
                  { $ref: "#/components/schemas/Item" },
                  { type: "object", properties: { by: { type: "string" } } },
                ],
              },
            },
          },
        },
        responses: { default: { description: "any" } },
      },
    },
    "/closed": {
      post: {
        operationId: "closed",
        security: [],
        requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/Closed" } } } },
        responses: { default: { description: "any" } },
      },
    },
  },
  components: {
    schemas: {
      Item: {
        type: "object",
        properties: {
          id: { type: "integer" },
          parts: { type: "array", items: { type: "object", properties: { no: { type: "integer" } } } },
        },
      },
      Closed: { type: "object", additionalProperties: false, properties: { a: { type: "integer" } } },
    },
  },
};

type Asked = readonly [method: string, target: string, body?: string, type?: string];

const TRAFFIC: readonly Asked[] = [
  ["GET", "/v1/items/1"],
  ["GET", "/v1/items?page=1&tag=a&tag=b&all"],
  ["GET", "/v1/items?page=2.5&from=2026-11-26&live=true"],
  ["POST", "/v1/items", '{"id":1,"colour":"red","parts":[{"no":1,"size":{"w":1.5,"h":null}}],"by":"x"}'],
  ["POST", "/v1/items", '{"id":2,"colour":7,"parts":[]}'],
  ["POST", "/v1/items", "id=1&colour=red", "application/x-www-form-urlencoded"],
  ["PUT", "/v1/items/1", '{"id":1}'],
  ["PUT", "/v1/items/2", '{"id":2,"note":"x"}'],
  ["DELETE", "/v1/items/3?force=1"],
  ["GET", `/v1/files/${UUIDS[0]}/pages/4`],
  ["GET", `/v1/files/${UUIDS[1]}/pages/007?zoom=1`],
  ["GET", "/v1/people/ann@example.com"],
  ["GET", "/v1/files/text"],
  ["POST", "/v1/forms", "a=1&b=x&b=y", "application/x-www-form-urlencoded"],
  ["POST", "/v1/forms", "a=2", "application/x-www-form-urlencoded"],
  ["POST", "/v1/search", '[{"q":"x"},{"q":null,"n":1}]'],
  ["POST", "/v1/upload", "bytes", "application/octet-stream"],
  ["POST", "/v1/closed", '{"a":1}'],
  ["GET", "/v1/conflict"],
  ["GET", "/v1/map"],
  ["HEAD", "/v1/map"],
];

/** What is asked for and never proposed. */
const REST: readonly Asked[] = [
  ["GET", "/v1/.git/config"],
  ["GET", "/outside/of/servers"],
  ["OPTIONS", "/v1/search"],
  ["POST", "/v1/closed", '{"a":1,"admin":true}'],
];

function answer(method: string, target: string, response: ServerResponse): void {
  const json = (status: number, value: unknown) =>
    response.writeHead(status, { "Content-Type": "application/json; charset=utf-8" }).end(JSON.stringify(value));
  if (target.includes(".git")) return void json(404, {});
  if (target.startsWith("/v1/conflict")) return void json(409, { code: 1 });
  if (target.startsWith("/v1/files/text"))
    return void response.writeHead(200, { "Content-Type": "text/plain" }).end("text");
  if (target.startsWith("/v1/map"))
    return void json(200, { byId: { [UUIDS[0] as string]: { n: 1 }, 4711: { n: 2.5 } } });
  if (method === "DELETE") return void response.writeHead(204).end();
  if (target.startsWith("/v1/items") && method === "GET") {
    const item = {
      id: 1,
      colour: "red",
      parts: [
        { no: 1, size: { w: 1, h: 2 } },
        { no: 2, extra: [1, "x"] },
      ],
    };
    return void json(200, /items\/\d/.test(target) ? item : [item, { id: 2, colour: null }]);
  }
  if (target.startsWith("/v1/items")) return void json(201, { made: true });
  return void json(200, { target, list: [{ a: 1 }, { a: null, b: "x" }] });
}

async function startApi(): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => answer(request.method ?? "", request.url ?? "", response));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The traffic, observed; the events are in audit.ndjson. */
async function observe(cwd: string, traffic: readonly Asked[]): Promise<void> {
  rmSync(path.join(cwd, "audit.ndjson"), { force: true });
  const gateway = begin(["start", "--observe"], { cwd });
  const [, origin] = await gateway.errorShows(/ at (http:\S+) /);
  for (const [method, target, body, type = "application/json"] of traffic) {
    const headers = { Connection: "close", ...(body === undefined ? {} : { "Content-Type": type }) };
    const response = await fetch(`${origin}${target}`, { method, headers, ...(body === undefined ? {} : { body }) });
    await response.arrayBuffer();
  }
  gateway.stop();
  expect((await gateway.ended).code).toBe(0);
}

interface Shown {
  readonly undeclared: {
    readonly kind: string;
    readonly operation: string;
    readonly what: string;
    readonly because?: string;
  }[];
  readonly notProposed: { readonly operation: string; readonly because: string }[];
  readonly wouldDeny: { readonly operation: string; readonly reason: string }[];
  readonly patch?: { readonly kind: string; readonly problems: unknown[] };
}

async function report(cwd: string): Promise<Shown> {
  const { out } = await run(["report", "--format", "json", "--patch", "p.patch"], { cwd });
  return JSON.parse(out) as Shown;
}

const TEXTS = [
  ["openapi.yaml", stringify(DOCUMENT)],
  ["openapi.json", JSON.stringify(DOCUMENT, undefined, 4)],
  ["flow.yaml", stringify({ ...DOCUMENT, openapi: "3.1.0" }, { collectionStyle: "flow" })],
] as const;

describe.each(TEXTS)("a proposal for %s", (name, text) => {
  it("applies, passes check, and leaves nothing undeclared of the same traffic", async (context) => {
    const settings = `openapi: ${name}\nupstream: ${await startApi()}\nauthentication: { default: [{}] }\n`;
    const cwd = folderWith({
      "portcullis.yaml": `${settings}transport: { listen: 0, adminListen: off, tls: dangerouslyOff }\nmonitoring: { sinks: [{ file: audit.ndjson }] }\n`,
      [name]: text,
    });
    await observe(cwd, [...TRAFFIC, ...REST]);
    const first = await report(cwd);
    expect(first.patch).toMatchObject({ kind: "diff", problems: [] });
    const operations = first.undeclared.filter(({ kind }) => kind === "operation").map(({ operation }) => operation);
    expect(operations.sort()).toEqual([
      "DELETE /items/{itemId}",
      "GET /conflict",
      "GET /files/text",
      "GET /files/{fileId}/pages/{pageId}",
      "GET /map",
      "GET /people/{peopleId}",
      "POST /forms",
      "POST /search",
      "POST /upload",
      "PUT /items/{itemId}",
    ]);
    expect(first.undeclared.filter(({ because }) => because !== undefined)).toMatchObject([
      { operation: "closed", what: "/admin in the body", because: "its schema is closed: the document says no" },
    ]);
    expect(first.notProposed.map(({ operation, because }) => `${operation}: ${because}`).sort()).toEqual([
      "GET /.git/config: asked for by scanners and browsers",
      "GET /outside/of/servers: not below a base path of the document's servers",
      "HEAD /map: answered with GET",
      "OPTIONS /search: a preflight of CORS",
    ]);

    let isApplied = true;
    try {
      execFileSync("git", ["apply", "p.patch"], { cwd, stdio: "pipe" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      isApplied = false;
    }
    context.skip(!isApplied, "git is not installed");
    const checked = await run(["check"], { cwd });
    expect(checked).toMatchObject({ code: 0, err: "" });

    await observe(cwd, TRAFFIC);
    const second = await report(cwd);
    expect(second.undeclared).toEqual([]);
    expect(second.wouldDeny).toEqual([]);
    expect(second.patch).toBeUndefined();
  });
});
