// The outgoing client against real servers: what it refuses to follow, to wait for, to read, to trust.
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEgress, type Egress, type EgressOptions } from "../../src/egress/client.ts";
import type { EgressError } from "../../src/egress/egress-error.ts";
import { stopwatch } from "../servers/stopwatch.ts";

const LIMITS = { timeoutMs: 5_000, bytesMax: 1_000 };
let server: Server;
let base: string;
let answer: RequestListener;
let seen: IncomingMessage[];
const open: Egress[] = [];

function egressOf(options: EgressOptions = {}): Egress {
  const egress = createEgress(options);
  open.push(egress);
  return egress;
}

async function faultOf(pending: Promise<unknown>): Promise<EgressError> {
  try {
    await pending;
  } catch (error) {
    return error as EgressError;
  }
  throw new Error("it went through");
}

const json = (text: string | Buffer, type = "application/json") => {
  answer = (_request, response) => response.writeHead(200, { "content-type": type }).end(text);
};

beforeEach(async () => {
  seen = [];
  json('{"a":1}');
  server = createServer((request: IncomingMessage, response: ServerResponse) => {
    seen.push(request);
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  for (const egress of open.splice(0)) egress.close();
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

describe("what it reads", () => {
  it("is a strict JSON object with 200", async () => {
    expect(await egressOf().getJson(`${base}/keys?x=1`, LIMITS)).toEqual({ a: 1 });
    expect(seen[0]).toMatchObject({ method: "GET", url: "/keys?x=1" });
    expect(seen[0]?.headers["accept-encoding"]).toBe("identity");
    for (const type of ["application/json; charset=utf-8", "application/jwk-set+json", "APPLICATION/JSON"]) {
      json('{"a":1}', type);
      expect(await egressOf().getJson(base, LIMITS)).toEqual({ a: 1 });
    }
  });

  it("is nothing else", async () => {
    for (const [text, type] of [
      ['{"a":1}', "text/html"],
      ['{"a":1}', "application/jsonp"],
      ["[1]", undefined],
      ["{", undefined],
      ['{"a":1,"a":2}', undefined],
      [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), undefined],
    ] as const) {
      json(text, type);
      expect((await faultOf(egressOf().getJson(base, LIMITS))).code).toBe("not-json");
    }
    answer = (_request, response) => response.writeHead(200).end('{"a":1}');
    expect((await faultOf(egressOf().getJson(base, LIMITS))).code).toBe("not-json");
    answer = (_request, response) =>
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end("x");
    expect((await faultOf(egressOf().getJson(base, LIMITS))).code).toBe("not-json");
  });

  it("has a size, exactly, declared or not", async () => {
    const sized = (bytes: number): string => `{"a":"${"x".repeat(bytes - 8)}"}`;
    json(sized(1_000));
    expect(await egressOf().getJson(base, LIMITS)).toBeDefined();
    json(sized(1_001));
    expect((await faultOf(egressOf().getJson(base, LIMITS))).code).toBe("too-large");
    answer = (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const more = (): void => {
        while (response.writable && response.write("x".repeat(10_000)));
      };
      response.on("drain", more);
      more();
    };
    expect((await faultOf(egressOf().getJson(base, LIMITS))).code).toBe("too-large");
  });

  it("carries the status of a refusal", async () => {
    for (const status of [204, 400, 401, 404, 500, 503]) {
      answer = (_request, response) => response.writeHead(status).end();
      expect(await faultOf(egressOf().getJson(base, LIMITS))).toMatchObject({ code: "status", status });
    }
  });
});

describe("where it goes", () => {
  it("follows no redirect", async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      answer = (_request, response) => response.writeHead(status, { location: `${base}/other` }).end();
      expect(await faultOf(egressOf().getJson(base, LIMITS))).toMatchObject({ code: "status", status });
    }
    expect(seen.map((request) => request.url)).toEqual(["/", "/", "/", "/", "/"]);
  });

  it("speaks plain http to this machine only", async () => {
    const port = new URL(base).port;
    const lookup = () => Promise.resolve([{ address: "192.168.7.7", family: 4 }]);
    const url = `http://keys.example:${port}/`;
    expect((await faultOf(egressOf({ lookup }).getJson(url, LIMITS))).code).toBe("url-refused");
    const local = () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]);
    expect(await egressOf({ lookup: local }).getJson(url, LIMITS)).toEqual({ a: 1 });
    for (const text of ["ftp://127.0.0.1/", "file:///etc/passwd", `http://u:p@127.0.0.1:${port}/`]) {
      expect((await faultOf(egressOf().getJson(text, LIMITS))).code).toBe("url-refused");
    }
    expect(seen).toHaveLength(1);
  });

  it("never asks link-local and metadata addresses, by number or by name", async () => {
    for (const url of [
      "https://169.254.169.254/",
      "https://[fe80::1]/",
      "https://0.0.0.0/",
      "https://[::ffff:a9fe:a9fe]/",
    ]) {
      expect((await faultOf(egressOf().getJson(url, LIMITS))).code).toBe("address-refused");
    }
    const lookup = () => Promise.resolve([{ address: "169.254.169.254", family: 4 }]);
    expect((await faultOf(egressOf({ lookup }).getJson("https://x.example/", LIMITS))).code).toBe("address-refused");
  });

  it("is not led from a public host into the owner's network", async () => {
    const configuredUrl = "https://login.example/";
    const table: Record<string, string> = {
      "login.example": "9.9.9.9",
      "inside.example": "10.0.0.5",
      "local.example": "127.0.0.1",
    };
    const lookup = (host: string) => Promise.resolve([{ address: table[host] as string, family: 4 }]);
    const limits = { ...LIMITS, configuredUrl };
    for (const url of [
      "https://inside.example/",
      "https://local.example/",
      "https://127.0.0.1/",
      base,
      "https://[::1]/",
    ]) {
      expect((await faultOf(egressOf({ lookup }).getJson(url, limits))).code).toBe("address-refused");
    }
    expect(seen).toEqual([]);
    // Where the issuer itself stands inside, its keys may too.
    const within = { ...LIMITS, configuredUrl: "http://local.example/" };
    expect(await egressOf({ lookup }).getJson(base, within)).toEqual({ a: 1 });
  });

  it("goes to the address that was judged, whatever the name says a moment later", async () => {
    let asked = 0;
    const lookup = () => {
      asked += 1;
      return Promise.resolve([{ address: asked === 1 ? "127.0.0.1" : "169.254.169.254", family: 4 }]);
    };
    const url = `http://rebind.example:${new URL(base).port}/`;
    expect(await egressOf({ lookup }).getJson(url, LIMITS)).toEqual({ a: 1 });
    expect(asked).toBe(1);
  });
});

describe("how long it waits, and whom it trusts", () => {
  it("ends after its time, wherever it hangs", async () => {
    const limits = { ...LIMITS, timeoutMs: 100 };
    const passedMs = stopwatch();
    answer = () => undefined;
    expect((await faultOf(egressOf().getJson(base, limits))).code).toBe("timeout");
    answer = (_request, response) => response.writeHead(200, { "content-type": "application/json" }).write("{");
    expect((await faultOf(egressOf().getJson(base, limits))).code).toBe("timeout");
    const lookup = () => new Promise<never>(() => undefined);
    expect((await faultOf(egressOf({ lookup }).getJson("https://x.example/", limits))).code).toBe("timeout");
    const silent = createTcpServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    expect((await faultOf(egressOf().getJson(url, limits))).code).toBe("timeout");
    silent.close();
    expect(passedMs()).toBeLessThan(3_000);
  });

  it("ends when it is closed", async () => {
    const egress = egressOf();
    const arrived = Promise.withResolvers<void>();
    answer = () => arrived.resolve();
    const pending = faultOf(egress.getJson(base, LIMITS));
    await arrived.promise;
    egress.close();
    expect((await pending).code).toBe("closed");
  });

  it("says in its message where, and never the query", async () => {
    server.closeAllConnections();
    answer = (request) => request.socket.destroy();
    const error = await faultOf(egressOf().getJson(`${base}/keys?token=secret`, LIMITS));
    expect(error.code).toBe("unreachable");
    expect(error.message).toContain(`${base}/keys`);
    expect(error.message).not.toContain("secret");
    const lookup = () => Promise.reject(new Error("ENOTFOUND"));
    expect((await faultOf(egressOf({ lookup }).getJson("https://x.example/", LIMITS))).code).toBe("unreachable");
  });
});
