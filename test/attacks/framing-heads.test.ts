// F08 to F17: heads that two readers take differently are refused with their connection, and nothing of them goes on.
import { describe, it } from "vitest";
import { HEAD_ATTACKS } from "./head-cases.ts";
import { isMadeCanonical, isRefused } from "./refusal.ts";
import { REQUEST_ATTACKS } from "./request-cases.ts";
import { HOST, wire } from "./wire.ts";

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
