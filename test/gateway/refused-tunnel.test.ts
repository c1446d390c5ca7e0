// Guards the process against clients that ask for a tunnel: refused over both protocols, and a reset behind it harms nobody.
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { developmentCertificate } from "../../src/transport/development-ca.ts";
import { folderWith } from "../configuration/folder.ts";
import { keep, startOver } from "./harness.ts";

it("F12 CONNECT is refused, and a reset behind it ends no process", async () => {
  const { gateway, recorder } = keep(await startOver("http://127.0.0.1:9"));
  // A reset that nobody takes is an uncaught exception, on which vitest fails the run as Node ends the process.
  for (let count = 1; count <= 3; count += 1) {
    const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
    socket.write("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n");
    expect(String((await once(socket, "data"))[0])).toMatch(/^HTTP\/1\.1 501 /);
    const closed = once(socket, "close");
    socket.resetAndDestroy();
    await closed;
    expect(await recorder.nth(count)).toMatchObject({ denial: { reason: "transport.method-not-supported" } });
  }
  expect((await fetch(gateway.url)).status).toBe(502);
});

it("F12 CONNECT over HTTP/2 is refused like any stream, and the session goes on", async () => {
  const { material } = await developmentCertificate({ folder: folderWith({}), names: [], nowMs: Date.now() });
  const { gateway, recorder } = keep(await startOver("http://127.0.0.1:9", {}, { tls: material }));
  const session = connectHttp2(gateway.url, { rejectUnauthorized: false });
  onTestFinished(() => session.destroy());
  const statusOf = async (head: Record<string, string>) => {
    const stream = session.request(head, { endStream: true });
    stream.resume();
    const [fields] = (await once(stream, "response")) as [{ ":status": number }];
    return fields[":status"];
  };
  expect(await statusOf({ ":method": "CONNECT", ":authority": "a:1" })).toBe(501);
  expect(await recorder.nth(1)).toMatchObject({
    denial: { reason: "transport.method-not-supported" },
    request: { target: "", method: "CONNECT" },
  });
  expect(await statusOf({ ":method": "GET", ":path": "/" })).toBe(502);
});
