// F01 to F04: where a body ends. Two readers that disagree about it let a second request through unseen (CWE-444).
import { describe, expect, it } from "vitest";
import { HOST, isRefused, talk, wire, withBench } from "./wire.ts";

/** What would be taken for a request of its own by a reader that ends the body early. */
const HIDDEN = `GET /evil HTTP/1.1\r\n${HOST}\r\n`;
const CHUNKED_HIDDEN = `0\r\n\r\n${HIDDEN}`;

function post(fields: string, body: string, version = "HTTP/1.1"): Buffer {
  return wire(`POST /evil ${version}\r\n${HOST}${fields}\r\n${body}`);
}

describe.concurrent("F01 Content-Length beside Transfer-Encoding", () => {
  it.each([
    ["length first", `Content-Length: ${CHUNKED_HIDDEN.length}\r\nTransfer-Encoding: chunked\r\n`],
    ["coding first", `Transfer-Encoding: chunked\r\nContent-Length: ${CHUNKED_HIDDEN.length}\r\n`],
    ["a length of 0", "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"],
    ["other letter case", `content-LENGTH: 4\r\ntransfer-ENCODING: cHuNkEd\r\n`],
    ["with fields between", `Content-Length: 4\r\nX-Between: 1\r\nTransfer-Encoding: chunked\r\n`],
  ])("F01 %s", (_name, fields) => isRefused(post(fields, CHUNKED_HIDDEN), [400]));
});

describe.concurrent("F02 lengths that readers take differently", () => {
  const HIDDEN_LENGTH = HIDDEN.length;
  it.each([
    ["twice, unlike", `Content-Length: 0\r\nContent-Length: ${HIDDEN_LENGTH}\r\n`],
    ["twice, alike", `Content-Length: ${HIDDEN_LENGTH}\r\nContent-Length: ${HIDDEN_LENGTH}\r\n`],
    ["twice in unlike letter case", `Content-Length: 0\r\ncontent-length: ${HIDDEN_LENGTH}\r\n`],
    ["a list", `Content-Length: ${HIDDEN_LENGTH}, ${HIDDEN_LENGTH}\r\n`],
    ["a list of unlike ones", `Content-Length: 0, ${HIDDEN_LENGTH}\r\n`],
    ["a plus sign", `Content-Length: +${HIDDEN_LENGTH}\r\n`],
    ["a minus sign", `Content-Length: -${HIDDEN_LENGTH}\r\n`],
    ["minus zero", "Content-Length: -0\r\n"],
    ["leading zeros", `Content-Length: 00${HIDDEN_LENGTH}\r\n`],
    ["hexadecimal", "Content-Length: 0x20\r\n"],
    ["hexadecimal digits", "Content-Length: 2a\r\n"],
    ["a space inside", "Content-Length: 1 0\r\n"],
    ["a tab inside", "Content-Length: 1\t0\r\n"],
    ["an underscore", "Content-Length: 1_0\r\n"],
    ["a fraction", "Content-Length: 10.0\r\n"],
    ["an exponent", "Content-Length: 1e1\r\n"],
    ["empty", "Content-Length: \r\n"],
    ["words", "Content-Length: ten\r\n"],
    ["quotes", 'Content-Length: "10"\r\n'],
    ["over 2^53", "Content-Length: 9007199254740992\r\n"],
    ["2^64, which wraps to 0", "Content-Length: 18446744073709551616\r\n"],
    ["2^64 + 10, which wraps to 10", "Content-Length: 18446744073709551626\r\n"],
    ["digits of another alphabet", "Content-Length: \u00b9\u00b2\r\n"],
    ["a form feed before", "Content-Length: \f10\r\n"],
    ["a NUL after", "Content-Length: 10\0\r\n"],
    ["an underscore alias", `Content_Length: ${HIDDEN_LENGTH}\r\n`],
    ["an alias beside it", `Content-Length: 0\r\nContent_Length: ${HIDDEN_LENGTH}\r\n`],
    ["an alias with a dot", `Content.Length: ${HIDDEN_LENGTH}\r\n`],
  ])("F02 %s", (_name, fields) => isRefused(post(fields, HIDDEN), [400, 413]));
});

describe.concurrent("F03 spellings of chunked", () => {
  it.each([
    ["a vertical tab", "Transfer-Encoding: \x0bchunked\r\n"],
    ["a vertical tab after", "Transfer-Encoding: chunked\x0b\r\n"],
    ["a comma before", "Transfer-Encoding: ,chunked\r\n"],
    ["a comma after", "Transfer-Encoding: chunked,\r\n"],
    ["double quotes", 'Transfer-Encoding: "chunked"\r\n'],
    ["single quotes", "Transfer-Encoding: 'chunked'\r\n"],
    ["a suffix", "Transfer-Encoding: chunkedx\r\n"],
    ["a prefix", "Transfer-Encoding: xchunked\r\n"],
    ["a parameter", "Transfer-Encoding: chunked;q=1\r\n"],
    ["two words", "Transfer-Encoding: chunked chunked\r\n"],
    ["a list of two", "Transfer-Encoding: chunked, chunked\r\n"],
    ["two lines", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"],
    ["two unlike lines", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"],
    ["identity before", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"],
    ["identity", "Transfer-Encoding: identity\r\n"],
    ["identity after", "Transfer-Encoding: chunked, identity\r\n"],
    ["gzip before", "Transfer-Encoding: gzip, chunked\r\n"],
    ["gzip", "Transfer-Encoding: gzip\r\n"],
    ["cow", "Transfer-Encoding: cow\r\n"],
    ["empty", "Transfer-Encoding: \r\n"],
    ["empty beside a length", "Transfer-Encoding:\r\nContent-Length: 5\r\n"],
    ["folded", "Transfer-Encoding:\r\n chunked\r\n"],
    ["folded by a tab", "Transfer-Encoding:\r\n\tchunked\r\n"],
    ["folded after another", "X-Field: a\r\n Transfer-Encoding: chunked\r\n"],
    ["an underscore alias", "Transfer_Encoding: chunked\r\n"],
    ["an alias beside a length", `Transfer_Encoding: chunked\r\nContent-Length: ${CHUNKED_HIDDEN.length}\r\n`],
    ["a space before the colon", "Transfer-Encoding : chunked\r\n"],
    ["a NUL", "Transfer-Encoding: chunked\0\r\n"],
    ["another dotless letter", "Transfer-Encoding: chun\xe7ked\r\n"],
    ["behind a bare LF", "X-Field: a\nTransfer-Encoding: chunked\r\n"],
    ["behind a bare CR", "X-Field: a\rTransfer-Encoding: chunked\r\n"],
  ])("F03 %s", (_name, fields) => isRefused(post(fields, CHUNKED_HIDDEN), [400, 501]));
});

describe.concurrent("F04 Transfer-Encoding in HTTP/1.0", () => {
  it.each([
    ["plain", "Transfer-Encoding: chunked\r\n"],
    ["kept alive", "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n"],
    ["beside a length", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"],
  ])("F04 %s", (_name, fields) => isRefused(post(fields, CHUNKED_HIDDEN, "HTTP/1.0"), [400, 501]));
});

describe.concurrent("F03 what Node's parser refuses behind a head that it handed over", () => {
  it.each(["xchunked", "identity", "chunked;q=1"])("F03 %s is told to the client, as it is recorded", (coding) =>
    withBench(async ({ port, recorder }) => {
      const said = await talk(port, post(`Transfer-Encoding: ${coding}\r\n`, CHUNKED_HIDDEN));
      expect({ statuses: said.statuses, closed: said.closed }).toEqual({ statuses: [400], closed: true });
      expect(recorder.exchanges.map(({ answerStatus, ended }) => [answerStatus, ended])).toEqual([[400, "complete"]]);
    }),
  );
});
