// Guards whom the record names for a refused head: the client that the trusted proxy names, not the proxy.
import { connect } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { createSettler } from "../../src/transport/settle.ts";
import { keep, startOver } from "./harness.ts";

const PROXY = "X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: https\r\n";

async function recorded(trustedProxies: string[], lines: string) {
  const settle = createSettler({ trustedProxies });
  const { gateway, recorder } = keep(await startOver("http://127.0.0.1:9", {}, { settle }));
  const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  socket.write(lines);
  const { denial, request } = await recorder.nth(1);
  const { clientAddress, clientAddressFrom, secure } = request;
  return { reason: denial?.reason, clientAddress, clientAddressFrom, secure };
}

const OVERRIDE = `GET /a HTTP/1.1\r\nHost: x\r\nX-HTTP-Method-Override: DELETE\r\n${PROXY}\r\n`;

it("is the client behind a trusted proxy", async () => {
  expect(await recorded(["127.0.0.1"], OVERRIDE)).toEqual({
    reason: "transport.method-override",
    clientAddress: "198.51.100.7",
    clientAddressFrom: "x-forwarded-for",
    secure: true,
  });
  const tunnel = `CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n${PROXY}\r\n`;
  expect(await recorded(["127.0.0.1"], tunnel)).toMatchObject({ clientAddress: "198.51.100.7" });
});

it("L01 is the peer where a stranger names somebody, and where a trusted proxy says nonsense", async () => {
  const peer = { clientAddress: "127.0.0.1", clientAddressFrom: "peer" };
  expect(await recorded(["192.0.2.1"], OVERRIDE)).toMatchObject({ ...peer, secure: false });
  const nonsense = "GET /a HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: nonsense\r\n\r\n";
  expect(await recorded(["127.0.0.1"], nonsense)).toMatchObject({ ...peer, reason: "transport.fields-invalid" });
});

it("is the peer where no head could be read", async () => {
  const unread = `GET /a HTTP/1.1\r\nHost: x\r\n${PROXY}Bad Name: 1\r\n\r\n`;
  expect(await recorded(["127.0.0.1"], unread)).toMatchObject({ clientAddress: "127.0.0.1" });
});
