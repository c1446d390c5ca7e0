// F08 to F17: heads that two readers take differently are refused with their connection, and nothing of them goes on.
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/transport/limits.ts";
import { withBench } from "./bench.ts";
import { HEAD_ATTACKS } from "./head-cases.ts";
import { ALL_WAYS, isMadeCanonical, isRefused } from "./refusal.ts";
import { REQUEST_ATTACKS } from "./request-cases.ts";
import { HOST, talk, wire } from "./wire.ts";

describe.concurrent("heads", () => {
  it.for([...HEAD_ATTACKS, ...REQUEST_ATTACKS])("$id $name", (attack) => isRefused(attack));
});

describe.concurrent("what Node's parser hides arrives in canonical form", () => {
  it.each([
    ["double spaces", `GET  /late  HTTP/1.1\r\n${HOST}\r\n`],
    ["empty lines before", `\r\n\r\nGET /late HTTP/1.1\r\n${HOST}\r\n`],
    ["bare LFs and CRs before", `\n\r\rGET /late HTTP/1.1\r\n${HOST}\r\n`],
    ["RTSP/1.0 for GET, which is read as HTTP/1.0", `GET /late RTSP/1.0\r\n${HOST}\r\n`],
    ["RTSP/1.1 for GET, which is read as HTTP/1.1", `GET /late RTSP/1.1\r\n${HOST}\r\n`],
  ])("F17 %s", (_name, bytes) => isMadeCanonical(wire(bytes), "GET /late HTTP/1.1", ""));
});

describe.concurrent("what is good goes on", () => {
  const behind = (lines: string): string => `GET /late HTTP/1.1\r\n${HOST}${lines}\r\n`;
  const named = (host: string): string => `GET /late HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  const long = `/late${"a".repeat(LIMITS.targetLengthMax - 5)}`;

  it.each([
    ["F08 a name of every token character", behind("!#$%&'*+-.^`|~09azAZ: 1\r\n")],
    ["F08 no space behind the colon, and many", behind("X-A:1\r\nX-B:     1   \r\n")],
    ["F09 a tab and letters beyond ASCII in a value", behind("X-Field: a\tb \xe4\xff\r\n")],
    ["F09 an empty value", behind("X-Field:\r\n")],
    ["F10 a host with a port", named("gate.test:8443")],
    ["F10 a host with a dot behind", named("gate.test.")],
    ["F10 an IPv4 address", named("127.0.0.1:80")],
    ["F10 an IPv6 address", named("[::1]:80")],
    ["F15 what Connection may name", behind("Connection: keep-alive, TE\r\nTE: trailers\r\n")],
    ["F16 as many fields as allowed", behind("X-F: v\r\n".repeat(LIMITS.fieldsMax - 1))],
    ["F16 a field of 15 KB", behind(`X-Field: ${"a".repeat(15 * 1024)}\r\n`)],
    ["F16 a target as long as allowed", `GET ${long} HTTP/1.1\r\n${HOST}\r\n`],
    ["F17 HTTP/1.0", `GET /late HTTP/1.0\r\n${HOST}\r\n`],
  ])("%s", (_name, bytes) => isMadeCanonical(wire(bytes), `GET ${bytes.includes(long) ? long : "/late"} HTTP/1.1`, ""));

  it("F14 100-continue, in any letter case, is answered before the body", async () => {
    for (const way of ALL_WAYS) {
      await withBench(async (bench) => {
        const socket = bench.dial();
        const head = `POST /late HTTP/1.1\r\n${HOST}Expect: 100-Continue\r\nContent-Length: 5\r\n\r\n`;
        socket.write(head);
        expect(String((await once(socket, "data"))[0])).toBe("HTTP/1.1 100 Continue\r\n\r\n");
        const said = await talk(socket, "hello", ({ complete }) => complete.length === 1);
        expect(said.statuses).toEqual([200]);
        expect(bench.upstream.requests()[0]?.body.toString()).toBe("hello");
      }, way);
    }
  });
});
