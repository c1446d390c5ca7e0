// A renewed certificate: new connections meet it at once, those that are open go on, and a bad one changes nothing.
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { watchCertificate } from "../../src/transport/certificate-watch.ts";
import { opensslCertificate, type TestCertificate } from "./certificates.ts";
import { keep, startOver, startUpstream } from "./harness.ts";

const folder = mkdtempSync(path.join(tmpdir(), "portcullis-renewal-"));
afterAll(() => rmSync(folder, { recursive: true }));
const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
const first = opensslCertificate(folder, "first", EC);
const second = opensslCertificate(folder, "second", EC);

it("is taken over without a restart", async () => {
  const files = { certificate: path.join(folder, "live.crt"), key: path.join(folder, "live.key") };
  const write = ({ cert, key }: TestCertificate) => {
    writeFileSync(files.certificate, cert);
    writeFileSync(files.key, key, { mode: 0o600 });
  };
  write(first);
  const upstream = keep(await startUpstream((_request, response) => response.end("hello")));
  const { gateway } = keep(await startOver(upstream.origin, {}, { tls: first, drainTimeoutMs: 500 }));
  const failed: Error[] = [];
  const watch = await watchCertificate({
    files,
    clock: systemClock,
    onRenewed: ({ material }) => gateway.renewCertificate(material),
    onFailed: (error) => failed.push(error),
  });
  onTestFinished(() => watch.close());
  const port = Number(new URL(gateway.url).port);
  const dial = async (): Promise<TLSSocket> => {
    const socket = connect({ port, host: "127.0.0.1", ca: [first.ca, second.ca], servername: "localhost" });
    onTestFinished(() => void socket.destroy());
    await once(socket, "secureConnect");
    return socket;
  };
  const nameOf = async () => String((await dial()).getPeerCertificate().subject.CN);
  const ask = async (socket: TLSSocket) => {
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return String((await once(socket, "data"))[0]).slice(0, 15);
  };

  const kept = await dial();
  expect(await ask(kept)).toBe("HTTP/1.1 200 OK");
  const session = connectHttp2(gateway.url, { ca: first.ca });
  onTestFinished(() => session.destroy());
  await once(session, "connect");
  expect(await nameOf()).toBe("first");

  writeFileSync(files.certificate, second.cert);
  for (let i = 0; i < 3; i += 1) expect(await watch.look()).toBe(false);
  expect(failed.map(({ message }) => message)).toEqual([expect.stringContaining("does not belong")]);
  expect(await nameOf()).toBe("first");

  write(second);
  expect(await watch.look()).toBe(true);
  expect(await nameOf()).toBe("second");
  expect(await ask(kept)).toBe("HTTP/1.1 200 OK");
  const stream = session.request({ ":path": "/" });
  expect(((await once(stream, "response")) as [{ ":status": number }])[0][":status"]).toBe(200);
  // The suites are those of the start.
  const old = connect({
    port,
    host: "127.0.0.1",
    maxVersion: "TLSv1.1",
    minVersion: "TLSv1",
    ciphers: "ALL:@SECLEVEL=0",
  });
  await expect(once(old, "secureConnect")).rejects.toThrow(/protocol version/i);
});
