// Guards the client of an API that answers before it has the whole upload: it gets the answer, and its connection does not stand still.
import { connect } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { LIMITS } from "../../src/transport/limits.ts";
import { listenRaw, talk, wire } from "../attacks/wire.ts";
import { keep, startOver } from "./harness.ts";

const NO = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno";
const STREAMED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
/** Time enough to finish on a busy machine. */
const limits = { ...LIMITS, lingerMs: 15_000 };
/** More than the system keeps of it on its way. */
const BYTES = 48 * 1024 * 1024;
const WHOLE = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${BYTES}\r\n\r\n`;
const CHUNKED = `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${BYTES.toString(16)}\r\n`;

it.each([
  ["refuses what is told its length", NO, WHOLE, 413],
  ["refuses what comes in chunks", NO, CHUNKED, 413],
  ["answers in chunks", STREAMED, WHOLE, 200],
])(
  "F20 an API that %s before it was read: the client is answered, let finish, and its connection ends",
  async (_name, answer, head, status) => {
    const upstream = await listenRaw((socket) => {
      // Once it has its head it reads no further.
      socket.once("data", () => {
        socket.pause();
        socket.write(answer);
      });
    });
    onTestFinished(() => upstream.close());
    const started = await startOver(`http://127.0.0.1:${upstream.port}`, { bodyBytesMax: 2 * BYTES }, { limits });
    const { gateway, recorder } = keep(started);
    const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
    const sent = new Promise<boolean>((resolve) => {
      socket.on("close", () => resolve(false));
      socket.write(wire(head));
      socket.write(Buffer.alloc(BYTES), () => resolve(true));
    });
    const told = talk(socket, "");
    expect(await sent).toBe(true);
    socket.write(head === CHUNKED ? "\r\n0\r\n\r\n" : "");
    expect(await told).toMatchObject({ statuses: [status], closed: true });
    expect(await recorder.nth(1)).toMatchObject({ answerStatus: status, ended: "complete" });
  },
);

it("a request that comes behind an expectation without a body is answered as well", async () => {
  const upstream = await listenRaw((socket) => {
    socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  });
  onTestFinished(() => upstream.close());
  const { gateway } = keep(await startOver(`http://127.0.0.1:${upstream.port}`));
  const asking = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n";
  const behind = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const port = Number(new URL(gateway.url).port);
  const { statuses } = await talk(
    port,
    asking + behind,
    (now) => now.statuses.filter((one) => one === 200).length === 2,
  );
  expect(statuses).toEqual([100, 200, 200]);
});
