// The client for one server that is asked again and again: what it sends, how long it waits for each phase, what it never does.
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EgressError } from "../../src/egress/egress-error.ts";
import {
  createServerClient,
  type Question,
  type ServerClient,
  type ServerOptions,
} from "../../src/egress/server-client.ts";

let server: Server;
let base: string;
let answer: RequestListener;
let seen: { method: string; url: string; fields: IncomingMessage["headers"]; body: string }[];
let connections: number;
const open: ServerClient[] = [];

const ASK: Question = { method: "GET", path: "/", fields: {}, timeoutMs: 5_000, bytesMax: 1_000 };

function clientOf(options: Partial<ServerOptions> = {}): ServerClient {
  const client = createServerClient({ url: base, connectTimeoutMs: 5_000, firstByteTimeoutMs: 5_000, ...options });
  open.push(client);
  return client;
}

async function faultOf(pending: Promise<unknown>): Promise<EgressError> {
  try {
    await pending;
  } catch (error) {
    return error as EgressError;
  }
  throw new Error("it went through");
}

beforeEach(async () => {
  seen = [];
  connections = 0;
  answer = (_request, response) => response.writeHead(200).end("ok");
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      seen.push({ method, url, fields: headers, body: Buffer.concat(chunks).toString() });
      answer(request, response);
    });
  });
  server.on("connection", () => (connections += 1));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

describe("what it sends and reads", () => {
  it("is method, path behind the server's own, fields and body; the answer comes whole, whatever its status", async () => {
    answer = (_request, response) => response.writeHead(503, { "retry-after": "7", "x-a": ["1", "2"] }).end("busy");
    const client = clientOf({ url: `${base}/es/` });
    const got = await client.ask({ ...ASK, method: "POST", path: "/a/_bulk?x=1", fields: { "x-b": "c" }, body: "{}" });
    expect(got.status).toBe(503);
    expect(got.field("retry-after")).toBe("7");
    expect(got.field("nothing")).toBeUndefined();
    expect(got.body.toString()).toBe("busy");
    expect(seen).toMatchObject([{ method: "POST", url: "/es/a/_bulk?x=1", body: "{}", fields: { "x-b": "c" } }]);
    expect(seen[0]?.fields["accept-encoding"]).toBe("identity");
  });

  it("goes over one kept connection", async () => {
    const client = clientOf();
    for (let i = 0; i < 3; i += 1) await client.ask(ASK);
    expect(connections).toBe(1);
  });

  it("has a size, exactly, and the connection of a longer answer ends", async () => {
    const client = clientOf();
    answer = (_request, response) => response.end("x".repeat(1_000));
    expect((await client.ask(ASK)).body.length).toBe(1_000);
    answer = (_request, response) => response.end("x".repeat(1_001));
    expect((await faultOf(client.ask(ASK))).code).toBe("too-large");
    const left = Promise.withResolvers<void>();
    answer = (_request, response) => {
      const more = (): void => {
        while (response.writable && response.write("x".repeat(10_000)));
      };
      response.on("drain", more).on("close", left.resolve);
      more();
    };
    expect((await faultOf(client.ask(ASK))).code).toBe("too-large");
    await left.promise;
    answer = (_request, response) => response.end("y");
    expect((await client.ask(ASK)).body.toString()).toBe("y");
  });

  it("is never what a redirect points to", async () => {
    answer = (_request, response) => response.writeHead(307, { location: `${base}/elsewhere` }).end();
    expect((await clientOf().ask({ ...ASK, method: "POST", body: "x" })).status).toBe(307);
    expect(seen).toHaveLength(1);
  });
});

describe("how long it waits", () => {
  it("for the first byte", async () => {
    answer = () => undefined;
    const fault = await faultOf(clientOf({ firstByteTimeoutMs: 60 }).ask(ASK));
    expect([fault.code, fault.message]).toEqual(["timeout", `${base}/: its answer did not begin in time`]);
  });

  it("for the whole, also while bytes keep coming", async () => {
    answer = (_request, response) => {
      const timer = setInterval(() => response.write("x"), 10);
      response.on("close", () => clearInterval(timer));
    };
    const fault = await faultOf(clientOf().ask({ ...ASK, timeoutMs: 100 }));
    expect([fault.code, fault.message]).toEqual(["timeout", `${base}/: it did not answer in time`]);
  });

  it("for a connection whose other end says nothing", async () => {
    const silent = createTcpServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const fault = await faultOf(clientOf({ url, connectTimeoutMs: 60 }).ask(ASK));
    expect([fault.code, fault.message]).toEqual([
      "unreachable",
      `${url}/: it cannot be reached (UND_ERR_CONNECT_TIMEOUT)`,
    ]);
    silent.close();
  });

  it("no longer than its caller, and not after it was closed", async () => {
    const arrived = Promise.withResolvers<void>();
    answer = () => arrived.resolve();
    const caller = new AbortController();
    const client = clientOf();
    const pending = faultOf(client.ask({ ...ASK, signal: caller.signal }));
    await arrived.promise;
    caller.abort();
    expect((await pending).code).toBe("closed");
    expect((await faultOf(client.ask({ ...ASK, signal: caller.signal }))).code).toBe("closed");
    await client.close();
    expect((await faultOf(client.ask(ASK))).code).toBe("closed");
  });
});

describe("what goes wrong", () => {
  it("is told without query, body and credential", async () => {
    answer = (request) => request.socket.destroy();
    const question = { ...ASK, path: "/a?key=hidden", fields: { authorization: "ApiKey hidden" } };
    const fault = await faultOf(clientOf().ask({ ...question, method: "POST", body: "hidden" }));
    expect(fault.code).toBe("unreachable");
    expect(fault.message).toContain(`${base}/a: it cannot be reached`);
    expect(fault.message).not.toContain("hidden");
  });

  it.each([
    ["cut off in its body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"],
    ["cut off in its head", "HTTP/1.1 200 OK\r\nContent-Le"],
    ["cut off in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"],
    ["no HTTP", "220 smtp ready\r\n"],
  ])("an answer that is %s", async (_what, bytes) => {
    const raw = createTcpServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end(bytes));
    }).listen(0, "127.0.0.1");
    await once(raw, "listening");
    const url = `http://127.0.0.1:${(raw.address() as AddressInfo).port}`;
    expect((await faultOf(clientOf({ url }).ask(ASK))).code).toBe("unreachable");
    raw.close();
  });

  it("does not harm the next question", async () => {
    answer = (request) => request.socket.destroy();
    const client = clientOf();
    await faultOf(client.ask(ASK));
    answer = (_request, response) => response.end("again");
    expect((await client.ask(ASK)).body.toString()).toBe("again");
  });
});

describe("where it goes", () => {
  it("is not over plain http to other machines, unless that is allowed", async () => {
    const { port } = new URL(base);
    const away = () => Promise.resolve([{ address: "192.168.7.7", family: 4 }]);
    const near = () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]);
    const url = `http://es.example:${port}`;
    expect((await faultOf(clientOf({ url, lookup: away }).ask(ASK))).code).toBe("url-refused");
    expect((await faultOf(clientOf({ url: "http://192.168.7.7:1" }).ask(ASK))).code).toBe("url-refused");
    expect((await clientOf({ url, lookup: near }).ask(ASK)).status).toBe(200);
    expect(seen).toHaveLength(1);
  });

  it("is never a metadata service, by number or by name", async () => {
    const lookup = () => Promise.resolve([{ address: "169.254.169.254", family: 4 }]);
    expect((await faultOf(clientOf({ url: "https://x.example", lookup }).ask(ASK))).code).toBe("address-refused");
    const literal = clientOf({ url: "http://169.254.169.254", dangerouslyAllowHttp: true });
    expect((await faultOf(literal.ask(ASK))).code).toBe("address-refused");
  });

  it("says where a name is unknown", async () => {
    const lookup = () => Promise.reject(new Error("ENOTFOUND"));
    const fault = await faultOf(clientOf({ url: "https://x.example", lookup }).ask(ASK));
    expect(fault.message).toBe("https://x.example/: its host name cannot be resolved");
  });
});
