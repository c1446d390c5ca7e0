// A gateway in a process of its own that delivers to a server, under load from several connections until it is told to finish.
import { setTimeout as after } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { Agent, request } from "undici";
import { startProcess } from "../../cli/process.ts";
import { folderWith } from "../../configuration/folder.ts";
import { startUpstream } from "../../gateway/harness.ts";

const CONNECTIONS = 8;
/** Enough to keep events flowing, not so much that one search cannot bring them all back. */
const PAUSE_MS = 25;
const REQUESTS_MAX = 8_000;

const DOCUMENT = `openapi: 3.1.0
info: { title: Loaded, version: "1" }
paths:
  /orders/{id}:
    get:
      operationId: getOrder
      security: []
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { "200": { description: d } }
`;

export interface LoadedGate {
  /** One request more; the id that its event has. */
  ask(path: string): Promise<{ readonly requestId: string }>;
  /** Ends the load; ids of all requests that were answered. */
  finish(): Promise<string[]>;
}

export async function loadedGate(url: string): Promise<LoadedGate> {
  const upstream = await startUpstream((asked, response) => void asked.on("end", () => response.end("{}")));
  onTestFinished(() => upstream.close());
  const cwd = folderWith({
    "openapi.yaml": DOCUMENT,
    "portcullis.yaml": `openapi: openapi.yaml
upstream: ${upstream.origin}
transport: { listen: 0, adminListen: 0, tls: dangerouslyOff }
rateLimiting: { limits: [{ limit: 1000000, window: 1m, key: address }], addressCeiling: { limit: 1000000, window: 1m } }
monitoring: { sinks: [{ elasticsearch: { url: "${url}" } }] }
`,
  });
  const gate = startProcess(["start"], cwd);
  const [, origin] = await gate.errorShows(/at (http:\/\/127\.0\.0\.1:\d+)/);
  const agent = new Agent({ connections: CONNECTIONS });
  onTestFinished(() => agent.close());
  const ids: string[] = [];
  const over = new AbortController();

  async function ask(path: string): Promise<{ requestId: string }> {
    const { statusCode, headers, body } = await request(origin + path, { dispatcher: agent });
    await body.dump();
    if (statusCode !== 200) throw new Error(`it answered ${statusCode}`);
    const requestId = headers["x-request-id"] as string;
    ids.push(requestId);
    return { requestId };
  }

  async function goOn(lane: number): Promise<void> {
    for (let i = 0; !over.signal.aborted && ids.length < REQUESTS_MAX; i += 1) {
      await ask(`/orders/${lane}-${i}`);
      await after(PAUSE_MS);
    }
  }
  const lanes = Promise.all(Array.from({ length: CONNECTIONS }, (_, lane) => goOn(lane)));
  return {
    ask,
    async finish() {
      over.abort();
      await lanes;
      return ids;
    },
  };
}
