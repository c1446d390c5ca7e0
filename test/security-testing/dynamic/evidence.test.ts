// Guards evidence: whoever pastes the curl line sends the same bytes again, and reads no credential in it.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { messageOf } from "../../../src/security-testing/dynamic/client/message.ts";
import { evidenceOf } from "../../../src/security-testing/dynamic/evidence.ts";
import type { Exchange, Wire } from "../../../src/security-testing/dynamic/wire.ts";

const run = promisify(execFile);

const exchange = (wire: Wire): Exchange => ({ wire, reply: undefined, layer: "gate" });
const curlOf = (wire: Wire, shownOrigin: string) =>
  evidenceOf(exchange(wire), "sent", { shownOrigin, secrets: [] }).curl ?? "";

/** Hands out what came on a connection, and answers it. */
async function recorder() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const came = new Promise<string>((resolve) => {
    server.on("connection", (socket) => {
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
        if (!text.includes("\r\n\r\n")) return;
        socket.end("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
        resolve(text);
      });
    });
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, came };
}

const POST = { method: "POST", target: "/orders" } as const;
it.each<[string, Wire]>([
  [
    "a path with dot segments, quotes and braces",
    { method: "GET", target: "/a/../{b}/[1-2]/%2e%2e?q='x'&y=$HOME`id`", fields: [] },
  ],
  [
    "another method without a body",
    {
      method: "DELETE",
      target: "/a",
      fields: [
        ["X-One", "1"],
        ["X-None", ""],
      ],
    },
  ],
  ["JSON", { ...POST, fields: [["Content-Type", "application/json"]], body: '{"a":"it\'s \\"so\\""}' }],
  ["a body without a type", { ...POST, fields: [], body: "a=b" }],
  ["a body that looks like a file", { ...POST, fields: [["Content-Type", "text/plain"]], body: "@/etc/hostname" }],
  [
    "line breaks and control characters",
    { ...POST, fields: [["Content-Type", "text/plain"]], body: "a\r\nb\t\u0001'\\" },
  ],
  ["a target that is no path", { method: "OPTIONS", target: "*", fields: [] }],
])("curl sends again %s", async (_name, wire) => {
  const { origin, came } = await recorder();
  await run("bash", ["-c", curlOf(wire, origin)], { timeout: 10_000 });
  const sorted = (text: string) => {
    const [head = "", body] = text.split("\r\n\r\n", 2);
    const [first, ...fields] = head.split("\r\n");
    // What curl says of itself.
    const own = fields
      .filter((field) => !/^(?:user-agent|accept):/i.test(field))
      .map((field) => field.toLowerCase().replace(/:$/, ": "));
    return [first, own.sort(), body];
  };
  expect(sorted(await came)).toEqual(sorted(messageOf(wire, new URL(origin).host).toString("latin1")));
});

it("shows neither credentials that it knows nor such as look like one", () => {
  const fields = [
    ["X-Shop-Key", "known-secret"],
    ["Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."],
  ] as const;
  const wire: Wire = { ...POST, fields, body: '{"password":"hunter2"}' };
  const reply = {
    status: 200,
    fields: [["set-cookie", "sid=abc123; HttpOnly"]] as const,
    body: Buffer.from("known-secret"),
    tookMs: 1,
    from: "api" as const,
    reason: undefined,
  };
  const evidence = evidenceOf({ wire, reply, layer: "gate" }, "sent", {
    shownOrigin: "https://h",
    secrets: ["known-secret"],
  });
  expect(JSON.stringify(evidence)).not.toMatch(/known-secret|eyJ|hunter2|abc123/);
  expect(evidence.curl).toContain("-H 'X-Shop-Key: ***'");
});
