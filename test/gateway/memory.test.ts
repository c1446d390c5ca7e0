// Guards how much memory exchanges hold that do not move on, and what an idle connection costs: of the real process, as the system counts it.
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, request, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type Started, startProcess } from "../cli/process.ts";
import { eventually } from "../attacks/wire.ts";
import { folderWith } from "../configuration/folder.ts";

const DOCUMENT = `openapi: 3.1.0
info: { title: Large, version: "1" }
servers: [{ url: / }]
paths:
  /small: { get: { security: [], responses: { "204": { description: Nothing } } } }
  /down:
    get:
      security: []
      responses: { "200": { description: Bytes, content: { application/octet-stream: {} } } }
  /up:
    post:
      security: []
      requestBody: { required: true, content: { application/octet-stream: {} } }
      responses: { "204": { description: Taken } }
  /judged:
    post:
      security: []
      requestBody: { required: true, content: { application/json: { schema: { type: object } } } }
      responses: { "204": { description: Taken } }
  /held:
    post:
      security: []
      requestBody: { required: true, content: { application/json: { schema: { type: array } } } }
      responses: { "204": { description: Taken } }
`;

const EXCHANGES = 64;
const PIECE = Buffer.alloc(64 * 1024);
const BODY_BYTES = 512 * PIECE.length;
/**
 * Both ways each exchange may hold what sockets and streams read ahead: 58 to 75 MB measured, 171 once on a machine with five times
 * more to do than it has cores. Without back-pressure it would be 2,100 MB.
 */
const HELD_MB_MAX = 300;

const UPLOAD = { "Content-Type": "application/octet-stream", "Content-Length": BODY_BYTES };

const IDLE_CONNECTIONS = 800;
const IDLE_CONNECTION_KB_MAX = 40;

let gateway: Started;
let port: number;
/** Bytes that the API has written, and what lets it read uploads. */
let written = 0;
let uploads: { resume(): unknown }[] = [];
let held = 0;

beforeEach(async () => {
  written = 0;
  uploads = [];
  held = 0;
  const api = createServer((incoming, response) => {
    if (incoming.url === "/down") pour(response);
    else if (incoming.url === "/up") {
      uploads.push(incoming);
      incoming.on("end", () => response.writeHead(204).end());
    } else if (incoming.url === "/held") incoming.resume().on("end", () => (held += 1));
    else response.writeHead(204).end();
  });
  const configuration = `openapi: openapi.yaml
upstream: { url: "${await listening(api)}", connectionsMax: ${EXCHANGES + 1}, timeouts: { answer: 10m, idle: 10m } }
transport: { listen: "127.0.0.1:0", adminListen: off, tls: dangerouslyOff }
rateLimiting: { limits: [{ limit: 100000, window: 1m, key: address }], addressCeiling: { limit: 100000, window: 1m } }
validation: { bodyBytesMax: ${BODY_BYTES} }
monitoring: { sinks: [{ file: audit.ndjson }] }
`;
  gateway = startProcess(["start"], folderWith({ "openapi.yaml": DOCUMENT, "portcullis.yaml": configuration }));
  const [, at = ""] = await gateway.errorShows(/ at http:\/\/\S+:(\d+)\s/);
  port = Number(at);
});

async function listening(api: Server): Promise<string> {
  api.listen(0, "127.0.0.1");
  await once(api, "listening");
  onTestFinished(() => {
    api.closeAllConnections();
    api.close();
  });
  return `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
}

function pour(response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Length": BODY_BYTES });
  let left = BODY_BYTES;
  const go = () => {
    while (left > 0) {
      left -= PIECE.length;
      written += PIECE.length;
      if (!response.write(PIECE)) return void response.once("drain", go);
    }
    response.end();
  };
  go();
}

function dial(text: string): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(text);
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Resolves when a count no longer grows: everything that takes it on is full. */
async function standsStill(count: () => number): Promise<void> {
  for (let before = -1; before !== count() || before === 0; await wait(300)) before = count();
}

describe.skipIf(!existsSync("/proc/self/status"))("memory of the process", () => {
  it("is bounded while clients do not read what they asked for, and an honest one gets all of it", async () => {
    const idleMB = gateway.memoryMB();
    for (let i = 0; i < EXCHANGES; i += 1) dial("GET /down HTTP/1.1\r\nHost: localhost\r\n\r\n").pause();
    await standsStill(() => written);
    expect(written).toBeLessThan((EXCHANGES * BODY_BYTES) / 2);
    expect(gateway.memoryMB() - idleMB).toBeLessThan(HELD_MB_MAX);
    const whole = await (await fetch(`http://127.0.0.1:${port}/down`)).arrayBuffer();
    expect(whole.byteLength).toBe(BODY_BYTES);
  });

  it("is bounded while the API does not read what clients send, and what it then reads is whole", async () => {
    const idleMB = gateway.memoryMB();
    let sent = 0;
    const answers = Array.from({ length: EXCHANGES }, () => {
      const upload = request({ port, host: "127.0.0.1", path: "/up", method: "POST", headers: UPLOAD });
      upload.on("error", () => undefined);
      onTestFinished(() => void upload.destroy());
      let left = BODY_BYTES;
      const go = () => {
        while (left > 0) {
          left -= PIECE.length;
          sent += PIECE.length;
          if (!upload.write(PIECE)) return void upload.once("drain", go);
        }
        upload.end();
      };
      go();
      return new Promise<number>((resolve) => {
        upload.on("response", (response) => resolve(response.statusCode ?? 0));
      });
    });
    await eventually(() => uploads.length === EXCHANGES);
    await standsStill(() => sent);
    expect(sent).toBeLessThan((EXCHANGES * BODY_BYTES) / 2);
    expect(gateway.memoryMB() - idleMB).toBeLessThan(HELD_MB_MAX);
    uploads[0]?.resume();
    expect(await Promise.race(answers)).toBe(204);
  });

  it("F20 a body in a million chunks of one byte holds what its bytes are", async () => {
    const idleMB = gateway.memoryMB();
    const head =
      "POST /judged HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    const socket = dial(`${head}6\r\n{"a":"\r\n`);
    // Node's parser gives each chunk as a piece of its own: kept so, they hold 400 MB.
    const chunks = "1\r\nx\r\n".repeat(10_000);
    for (let i = 0; i < 100; i += 1) if (!socket.write(chunks)) await once(socket, "drain");
    socket.write('2\r\n"}\r\n0\r\n\r\n');
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString("latin1")).toMatch(/^HTTP\/1.1 204 /);
    expect(gateway.memoryMB() - idleMB).toBeLessThan(HELD_MB_MAX);
  });

  it("F20 bodies that wait for the API hold what their bytes are, not what was read of them", async () => {
    const idleMB = gateway.memoryMB();
    // 300 KB whose objects take 6.5 MB: 410 MB of all these.
    const body = `[${"{},".repeat(99_998)}{}]`;
    const head = "POST /held HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    for (let i = 1; i <= EXCHANGES; i += 1) {
      dial(`${head}Content-Length: ${body.length}\r\n\r\n${body}`);
      await eventually(() => held === i);
    }
    expect(gateway.memoryMB() - idleMB).toBeLessThan(HELD_MB_MAX);
  });

  it(`grows by less than ${IDLE_CONNECTION_KB_MAX} KB for each idle connection`, async () => {
    const used = async () => {
      const socket = dial("GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n");
      const [answer] = (await once(socket, "data")) as [Buffer];
      expect(answer.toString("latin1")).toMatch(/^HTTP\/1.1 204 /);
    };
    // As many before, so that what traffic makes of the heap is there already.
    for (let i = 0; i < IDLE_CONNECTIONS; i += 1) await used();
    const beforeMB = gateway.memoryMB();
    for (let i = 0; i < IDLE_CONNECTIONS; i += 1) await used();
    const each = ((gateway.memoryMB() - beforeMB) * 1_000) / IDLE_CONNECTIONS;
    expect(each).toBeLessThan(IDLE_CONNECTION_KB_MAX);
  });
});
