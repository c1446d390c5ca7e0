// F17: the version in the request line. What a client says there is its word only, and no other version gets further.
import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { expressHandler } from "../../src/adapters/express-handler.ts";
import { mounted } from "../adapters/mounting.ts";
import { stillServes, withBench } from "./bench.ts";
import { isRefused } from "./refusal.ts";
import { HOST, talk, wire } from "./wire.ts";

const VERSIONS = ["HTTP/2.0", "HTTP/0.9"];
const request = (version: string) => wire(`GET /evil ${version}\r\n${HOST}\r\n`);

describe("F17 versions over an HTTP/1.1 connection", () => {
  it.each(VERSIONS)("F17 %s is answered with 505 and reaches nothing", (version) =>
    isRefused({ bytes: request(version), statuses: [505] }),
  );

  it.each(["HTTP/3.0", "HTTP/1.2", "HTTP/11", "HTTP/1", "http/1.1", "HTTQ/1.1"])("F17 %s reaches nothing", (version) =>
    withBench(async (bench) => {
      const { dial, upstream, recorder } = bench;
      const said = await talk(dial(), request(version));
      expect(said.closed).toBe(true);
      expect(said.statuses.every((status) => status === 400 || status === 505)).toBe(true);
      await stillServes(bench);
      expect(upstream.bytes().toString("latin1")).not.toContain("evil");
      expect(recorder.exchanges.some(({ denial }) => denial !== undefined)).toBe(true);
    }),
  );

  it("F17 a CONNECT or an upgrade that says HTTP/2.0 ends no process", () =>
    withBench(async (bench) => {
      const { dial, upstream } = bench;
      await talk(dial(), wire(`CONNECT evil:443 HTTP/2.0\r\n${HOST}\r\n`));
      await talk(dial(), wire(`GET /evil HTTP/2.0\r\n${HOST}Connection: upgrade\r\nUpgrade: h2c\r\n\r\n`));
      await talk(dial(), wire(`POST /evil HTTP/2.0\r\n${HOST}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`));
      await stillServes(bench);
      expect(upstream.bytes().toString("latin1")).not.toContain("evil");
    }));
});

describe("F17 inside Express", () => {
  it("F17 arrives at a bare server as it was sent", async () => {
    const server = createServer((incoming, response) => response.end(incoming.httpVersion));
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    expect(await raw((server.address() as AddressInfo).port, "/", "HTTP/2.0")).toMatch(/2\.0$/);
    server.close();
  });

  it.each(VERSIONS)("F17 %s is answered with 505 and no stack, and the application is not asked", async (version) => {
    let asked = 0;
    const { port, nth } = await mounted((app, gate) => {
      app.use(gate);
      app.use((_request, response) => {
        asked += 1;
        response.end();
      });
    });
    const answer = await raw(port, "/anything", version);
    expect(answer).toMatch(/^HTTP\/1.1 505 [^]*application\/problem\+json[^]*transport\.version-not-supported/);
    expect(await nth(1)).toMatchObject({ denial: { reason: "transport.version-not-supported" } });
    expect(asked).toBe(0);
  });

  it("a bug in the look-up is answered without a stack, and the application is not asked", async () => {
    const text: string[] = [];
    const bug = () => {
      throw new Error("a bug");
    };
    const recorder = {
      exchange: () => undefined,
      system: ({ message }: { message: string }) => void text.push(message),
    };
    const parts = { policy: { enter: bug }, settle: bug, recorder, api: { operations: [] } };
    const broken = expressHandler(parts as unknown as Parameters<typeof expressHandler>[0], {});
    const { port } = await mounted((app) => app.use(broken));
    expect(await raw(port, "/anything", "HTTP/1.1")).toMatch(/^HTTP\/1.1 500 [^]*\r\n\r\n(0\r\n\r\n)?$/);
    expect(text).toEqual(["a request could not be begun: Error: a bug"]);
  });
});

async function raw(port: number, path: string, version: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => (text += chunk.toString("latin1")));
  socket.write(`GET ${path} ${version}\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  await once(socket, "close");
  return text;
}
