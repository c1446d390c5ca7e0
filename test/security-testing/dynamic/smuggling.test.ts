// Guards the probe of request smuggling: two careless readers are found out, Node's server and the gate are not accused.
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Budget } from "../../../src/security-testing/dynamic/client/budget.ts";
import { TargetClient } from "../../../src/security-testing/dynamic/client/client.ts";
import { smuggling } from "../../../src/security-testing/dynamic/probes/smuggling.ts";
import type { Finding } from "../../../src/security-testing/finding.ts";
import { fires, isSilent } from "./shown.ts";
import { probed, tiny } from "./tiny.ts";

const DOCUMENT = `paths:
  /notes:
    post:
      operationId: addNote
      security: []
      requestBody: { content: { application/json: { schema: { type: object, example: { text: hello } } } } }
      responses: { "201": { description: made } }
`;
const API = { "POST /notes": ({ json }: { json: unknown }) => ({ status: json === undefined ? 400 : 201 }) };

describe("the probe of request smuggling", () => {
  it("finds a server that counts bytes where chunks were announced", async () => {
    const findings = await foundAt(careless("length"));
    fires(findings, "dynamic.request-smuggling");
    expect(whatOf(findings)).toContain("length before chunks");
  });

  it("finds a server that reads chunks where bytes were counted, and other spellings of chunked", async () => {
    const found = whatOf(await foundAt(careless("chunks")));
    expect(found).toContain("chunks before length");
    expect(found).toContain("an unknown coding, read by its chunks");
    expect(found).toContain("a space before the colon, read by its chunks");
    expect(found).toContain("a chunk's line that ends in LF alone");
  });

  it("accuses neither Node's server nor the gate", async () => {
    for (const layer of ["upstream", "gate"] as const) {
      const context = await tiny({ document: DOCUMENT, api: API, layer });
      const raw = vi.spyOn(context.client, "raw");
      const { findings } = await probed(smuggling, context);
      expect(findings.map(({ message }) => message)).toEqual([]);
      isSilent(findings, "dynamic.request-smuggling");
      // Both keep a connection behind a request whose body they cannot use: every message was tried.
      expect(raw.mock.calls.length).toBeGreaterThan(50);
    }
  });

  it("accuses no server that answers before it has read, and then complains of the rest", async () => {
    let complaints = 0;
    const server = createHttpServer((_request, response) => response.writeHead(404).end());
    server.on("clientError", (_error, socket) => {
      complaints += 1;
      if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    });
    const findings = await foundAt(server);
    expect(findings.map(({ message }) => message)).toEqual([]);
    isSilent(findings, "dynamic.request-smuggling");
    expect(complaints).toBeGreaterThan(20);
  });

  it("says nothing of a server that ends every connection", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
    });
    expect(await foundAt(server)).toEqual([]);
  });
});

/** `what` of each message that was answered twice. */
function whatOf(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ message }) => (/: (.*)$/.exec(message)?.[1] ?? "").split("; "));
}

async function foundAt(server: Server): Promise<readonly Finding[]> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const context = await tiny({ document: DOCUMENT, api: API });
  const target = { ...context.target, port };
  const budget = new Budget({ requests: 1_000, durationMs: 60_000, perSecond: undefined }, context.signal);
  const client = new TargetClient({ target, budget, retryAfter: "ours" });
  onTestFinished(() => client.close());
  return (await probed(smuggling, { ...context, target, client })).findings;
}

/** As servers were written before RFC 7230: it takes one of the two framings, and goes on. */
function careless(by: "length" | "chunks"): Server {
  return createServer((socket) => {
    let text = "";
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      for (;;) {
        const end = text.indexOf("\r\n\r\n");
        if (end < 0) return;
        const head = text.slice(0, end);
        const rest = behind(text.slice(end + 4), head, by);
        if (rest === undefined) return;
        text = rest;
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      }
    });
  });
}

/** What follows the body; undefined where more of it is to come. */
function behind(text: string, head: string, by: "length" | "chunks"): string | undefined {
  if (by === "chunks" && /transfer-encoding[^]*chunked/i.test(head)) {
    const last = /(?:^|[\r\n])0\r?\n(?:\r?\n)/.exec(text);
    return last === null ? undefined : text.slice(last.index + last[0].length);
  }
  const length = Number(/content-length\s*:\s*\+?(\d+)/i.exec(head)?.[1] ?? 0);
  return text.length < length ? undefined : text.slice(length);
}
