// Composes a policy from a document and a configuration, offline, and asks it about requests.
import { compose, type ComposePorts, type Composition, offlinePorts } from "../../src/configuration/compose.ts";
import { loadSettings, type LoadOptions } from "../../src/configuration/load.ts";
import type { Settings } from "../../src/configuration/settings.ts";
import type { Sink } from "../../src/monitoring/index.ts";
import { Exchange } from "../../src/core/exchange.ts";
import type { Gate } from "../../src/core/gate.ts";
import { ProblemsError } from "../../src/openapi/located.ts";
import { folderWith } from "./folder.ts";
import { asLine } from "./loading.ts";

/** Two schemes, four operations: one with a scope, one public, one silent, one with an alternative. */
export const DOCUMENT = `openapi: 3.1.0
info: { title: Shop, version: "1" }
paths:
  /orders/{id}:
    get:
      operationId: getOrder
      tags: [orders]
      security: [{ oauth: [read] }]
      parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
      responses: { "200": { description: ok, content: { application/json: { schema: { type: object } } } } }
    put:
      operationId: putOrder
      tags: [orders]
      security: [{ oauth: [write] }]
      parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
      requestBody: { content: { application/json: { schema: { type: object } } } }
      responses: { default: { description: none } }
  /health:
    get:
      operationId: health
      security: []
      responses: { default: { description: none } }
components:
  securitySchemes:
    oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://i.example/t", scopes: { read: r, write: w } } } }
`;

/** The same with an operation that says nothing about security. */
export const WITH_SILENT = DOCUMENT.replace(
  "components:",
  "  /silent:\n    get: { operationId: silent, responses: { default: { description: none } } }\ncomponents:",
);

export const OAUTH = "authentication:\n  oauth: { issuer: https://i.example/, audience: a }\n";

type More = Partial<LoadOptions> & {
  readonly document?: string;
  readonly ports?: Partial<ComposePorts> | ((cwd: string) => ComposePorts);
  readonly files?: Readonly<Record<string, string>>;
  /** Changes the settings, as an adapter does. */
  readonly inside?: (settings: Settings) => Settings;
};

export async function composed(
  text: string,
  { document = DOCUMENT, ports, files, inside = (settings) => settings, ...more }: More = {},
): Promise<Composition> {
  const cwd = folderWith({ "portcullis.yaml": `openapi: api.yaml\n${text}`, "api.yaml": document, ...files });
  const loaded = await loadSettings({ file: "portcullis.yaml", cwd, env: {}, ...more });
  return compose(
    { ...loaded, settings: inside(loaded.settings) },
    { ...offlinePorts(cwd), ...(typeof ports === "function" ? ports(cwd) : ports) },
  );
}

/** What composition is refused for: `severity file:line message | remedy`. */
export async function complaints(text: string, more: More = {}): Promise<string[]> {
  try {
    await composed(text, more);
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return error.problems.map((problem) => {
      const { file = "", line = 0 } = problem.position ?? {};
      return `${problem.severity} ${file}:${line} ${asLine(problem).replace(/^\S+ /, "")}`;
    });
  }
  return [];
}

export function enter(
  composition: Composition,
  method: string,
  target: string,
  fields: readonly string[] = [],
): { gate: Gate; exchange: Exchange } {
  const head = composition.settle({
    method,
    target,
    rawFields: ["Host", "localhost", ...fields],
    protocol: "HTTP/1.1",
    secure: true,
    peerAddress: "192.0.2.1",
  });
  if ("kind" in head) throw new Error(`refused: ${head.reason}`);
  const exchange = new Exchange("1", head, 0, 0);
  return { gate: composition.policy.enter(exchange), exchange };
}

/** `name mode` of every guard, phase by phase. */
export function guardsOf({ head, body, response }: Gate): Record<"head" | "body" | "response", string[]> {
  const name = (guard: { name: string; mode: string }) => `${guard.name} ${guard.mode}`;
  return { head: head.map(name), body: body.map(name), response: response.map(name) };
}

export function memorySink(lines: string[]): Sink {
  return {
    name: "memory",
    connect: () => undefined,
    write: (line) => {
      lines.push(line);
      return true;
    },
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
