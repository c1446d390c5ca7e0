// The TLS listener as clients meet it: which versions and suites, which protocol, and who cannot stay.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  connect as connectTls,
  type ConnectionOptions,
  createServer,
  type SecureVersion,
  type TLSSocket,
} from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TLS_CIPHERS } from "../../src/transport/tls-options.ts";
import { talk } from "../attacks/wire.ts";
import { ecCertificate, opensslCertificate, type TestCertificate } from "./certificates.ts";
import { type Started, startOver, startUpstream, type Upstream } from "./harness.ts";

const folder = mkdtempSync(path.join(tmpdir(), "portcullis-tls-"));
const closing: (() => unknown)[] = [];
let upstream: Upstream;
let started: Started;
let ec: TestCertificate;
let rsa: TestCertificate;
let port: number;
let rsaPort: number;

const portOf = (of: Started) => Number(new URL(of.gateway.url).port);

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => response.end("hello"));
  ec = await ecCertificate(folder);
  rsa = opensslCertificate(folder, "rsa", ["-newkey", "rsa:2048"]);
  started = await startOver(upstream.origin, {}, { tls: ec });
  const other = await startOver(upstream.origin, {}, { tls: rsa });
  for (const one of [started, other, upstream]) closing.push(() => one.close());
  [port, rsaPort] = [portOf(started), portOf(other)];
});
afterAll(async () => {
  for (const close of closing) await close();
  rmSync(folder, { recursive: true });
});

/** Both certificates are trusted, so that nothing but the handshake itself can fail. */
async function secured(
  at: number,
  options: ConnectionOptions = {},
  onSession?: (session: Buffer) => void,
): Promise<TLSSocket> {
  const socket = connectTls({ host: "127.0.0.1", servername: "localhost", port: at, ca: [ec.ca, rsa.ca], ...options });
  if (onSession !== undefined) socket.on("session", onSession);
  await once(socket, "secureConnect");
  return socket;
}

async function negotiated(at: number, options: ConnectionOptions): Promise<string> {
  try {
    const socket = await secured(at, options);
    const text = `${socket.getProtocol()} ${socket.getCipher().name}`;
    socket.destroy();
    return text;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const GET = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

describe("versions and suites", () => {
  it("takes each suite that is offered, and those of TLS 1.2 with forward secrecy only", async () => {
    for (const suite of TLS_CIPHERS) {
      const version: SecureVersion = suite.startsWith("TLS_") ? "TLSv1.3" : "TLSv1.2";
      const at = suite.includes("RSA") ? rsaPort : port;
      expect(await negotiated(at, { ciphers: suite, maxVersion: version })).toBe(`${version} ${suite}`);
    }
  });

  it("prefers TLS 1.3 with 256 bits, whatever order the client has", async () => {
    const ciphers = TLS_CIPHERS.toReversed().join(":");
    expect(await negotiated(port, { ciphers })).toBe("TLSv1.3 TLS_AES_256_GCM_SHA384");
  });

  const WEAK: [string, SecureVersion][] = [
    ["ECDHE-RSA-AES256-SHA384", "TLSv1.2"],
    ["ECDHE-RSA-AES128-SHA", "TLSv1.2"],
    ["AES128-GCM-SHA256", "TLSv1.2"],
    ["AES256-SHA", "TLSv1.2"],
    ["DHE-RSA-AES128-GCM-SHA256", "TLSv1.2"],
    ["ECDHE-RSA-NULL-SHA", "TLSv1.2"],
    ["AECDH-AES128-SHA", "TLSv1.2"],
    ["ALL", "TLSv1.1"],
    ["ALL", "TLSv1"],
  ];
  it.for(WEAK)("refuses %s with %s, which a lax server takes from the same client", async ([suite, version]) => {
    // Anonymous suites have no certificate that could be verified.
    const bounds = { minVersion: version, maxVersion: version, rejectUnauthorized: false };
    const client = { ciphers: `${suite}:@SECLEVEL=0`, ...bounds };
    const lax = createServer({
      ...rsa,
      minVersion: "TLSv1",
      ciphers: "ALL:COMPLEMENTOFALL:@SECLEVEL=0",
      dhparam: "auto",
    });
    await once(lax.listen(0, "127.0.0.1"), "listening");
    lax.on("secureConnection", (socket) => socket.on("error", () => socket.destroy()));
    expect(await negotiated((lax.address() as AddressInfo).port, client)).toContain(`${version} `);
    lax.close();
    expect(await negotiated(rsaPort, client)).toMatch(/^ERR_SSL_.*(HANDSHAKE_FAILURE|PROTOCOL_VERSION|INTERNAL)/);
  });

  it("resumes sessions of both versions", async () => {
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      const sessions: Buffer[] = [];
      await talk(await secured(port, { maxVersion }, (session) => sessions.push(session)), GET);
      const session = sessions[0] as Buffer;
      const second = await secured(port, { maxVersion, session });
      expect(second.isSessionReused()).toBe(true);
      expect((await talk(second, GET)).statuses).toEqual([200]);
    }
  });

  it("does not renegotiate", async () => {
    const socket = await secured(port, { maxVersion: "TLSv1.2" });
    const refused = await new Promise((resolve) => {
      socket.on("error", resolve);
      socket.on("close", resolve);
      socket.renegotiate({}, resolve);
    });
    socket.destroy();
    expect(refused).toBeInstanceOf(Error);
  });
});

describe("one port for two protocols", () => {
  it.for([
    [["h2", "http/1.1"], "h2"],
    [["http/1.1", "h2"], "h2"],
    [["http/1.1"], "http/1.1"],
    [undefined, false],
  ] as const)("a client that offers %s speaks %s", async ([offered, chosen]) => {
    const socket = await secured(port, offered === undefined ? {} : { ALPNProtocols: [...offered] });
    expect(socket.alpnProtocol).toBe(chosen);
    const talked = await talk(socket, chosen === "h2" ? "" : GET, undefined, chosen === "h2" ? 50 : undefined);
    expect(talked.statuses).toEqual(chosen === "h2" ? [] : [200]);
  });

  it("refuses who speaks neither", async () => {
    for (const ALPNProtocols of [["http/1.0"], ["spdy/3", "foo"]]) {
      expect(await negotiated(port, { ALPNProtocols })).toBe("ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL");
    }
  });

  it.each([
    ["a request", GET],
    ["an upload", `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000\r\n\r\n${"a".repeat(300_000)}`],
    ["a word of one", "PUT /"],
    ["a CONNECT", "CONNECT localhost:443 HTTP/1.1\r\n\r\n"],
  ])("tells in clear who sends %s in clear, once, and closes", async (_name, bytes) => {
    const { exchanges } = started.recorder;
    const [recorded, before] = [exchanges.length, upstream.seen.length];
    const told = await talk(port, bytes);
    expect(told).toMatchObject({ statuses: [400], closed: true });
    expect(told.bytes.toString()).toMatch(/"detail":"This port speaks https\."/);
    expect(told.bytes.length).toBeLessThan(1_000);
    await started.recorder.nth(recorded + 1);
    expect(exchanges).toHaveLength(recorded + 1);
    expect(exchanges.at(-1)).toMatchObject({
      denial: { reason: "transport.https-required" },
      request: { secure: false, clientAddress: "127.0.0.1" },
      answerStatus: 400,
    });
    expect(upstream.seen).toHaveLength(before);
  });

  it("closes on noise, and on a protocol that was not agreed on; none is a request", async () => {
    const before = upstream.seen.length;
    expect((await talk(port, Buffer.alloc(70_000, "\u0016\u0003\u0001"))).closed).toBe(true);
    const h1AsH2 = await talk(await secured(port, { ALPNProtocols: ["h2"] }), GET);
    expect(h1AsH2).toMatchObject({ statuses: [], closed: true });
    const h2AsH1 = await talk(await secured(port, { ALPNProtocols: ["http/1.1"] }), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    expect(h2AsH1).toMatchObject({ statuses: [400], closed: true });
    expect(upstream.seen).toHaveLength(before);
  });
});

describe("F20 clients that begin a handshake and say nothing", () => {
  it("do not keep others out, and are cut", async () => {
    const { exchanges } = started.recorder;
    const recorded = exchanges.length;
    const silent: Socket[] = [];
    let closed = 0;
    for (let i = 0; i < 300; i += 1) {
      const socket = connect(port, "127.0.0.1").on("error", () => undefined);
      socket.on("close", () => (closed += 1)).resume();
      // Half of them begin a record and leave it there.
      if (i % 2 === 0) socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
      silent.push(socket);
    }
    // Served behind all of them, since connections are accepted in turn.
    expect((await talk(await secured(port), GET)).statuses).toEqual([200]);
    expect(closed).toBe(0);
    for (const socket of silent) if (!socket.closed) await once(socket, "close");
    expect(exchanges).toHaveLength(recorded + 1);
  });
});
