// F01 to F04 as bytes: where a body ends. Two readers that disagree about it let a second request through unseen (CWE-444).
import { type Attack, attacks } from "./refusal.ts";
import { HOST, wire } from "./wire.ts";

/** What would be taken for a request of its own by a reader that ends the body early. */
const HIDDEN = `GET /evil HTTP/1.1\r\n${HOST}\r\n`;
const HIDDEN_LENGTH = HIDDEN.length;
const CHUNKED_HIDDEN = `0\r\n\r\n${HIDDEN}`;

export function post(fields: string, version = "HTTP/1.1", body = CHUNKED_HIDDEN): Buffer {
  return wire(`POST /evil ${version}\r\n${HOST}${fields}\r\n${body}`);
}

const hiding = (fields: string): Buffer => post(fields, "HTTP/1.1", HIDDEN);

export const LENGTH_ATTACKS: readonly Attack[] = [
  ...attacks("F01", [400], {
    "length first": post(`Content-Length: ${CHUNKED_HIDDEN.length}\r\nTransfer-Encoding: chunked\r\n`),
    "coding first": post(`Transfer-Encoding: chunked\r\nContent-Length: ${CHUNKED_HIDDEN.length}\r\n`),
    "a length of 0": post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"),
    "other letter case": post(`content-LENGTH: 4\r\ntransfer-ENCODING: cHuNkEd\r\n`),
    "with fields between": post(`Content-Length: 4\r\nX-Between: 1\r\nTransfer-Encoding: chunked\r\n`),
  }),
  ...attacks("F02", [400, 413], {
    "twice, unlike": hiding(`Content-Length: 0\r\nContent-Length: ${HIDDEN_LENGTH}\r\n`),
    "twice, alike": hiding(`Content-Length: ${HIDDEN_LENGTH}\r\nContent-Length: ${HIDDEN_LENGTH}\r\n`),
    "twice in unlike letter case": hiding(`Content-Length: 0\r\ncontent-length: ${HIDDEN_LENGTH}\r\n`),
    "a list": hiding(`Content-Length: ${HIDDEN_LENGTH}, ${HIDDEN_LENGTH}\r\n`),
    "a list of unlike ones": hiding(`Content-Length: 0, ${HIDDEN_LENGTH}\r\n`),
    "a plus sign": hiding(`Content-Length: +${HIDDEN_LENGTH}\r\n`),
    "a minus sign": hiding(`Content-Length: -${HIDDEN_LENGTH}\r\n`),
    "minus zero": hiding("Content-Length: -0\r\n"),
    "leading zeros": hiding(`Content-Length: 00${HIDDEN_LENGTH}\r\n`),
    hexadecimal: hiding("Content-Length: 0x20\r\n"),
    "hexadecimal digits": hiding("Content-Length: 2a\r\n"),
    "a space inside": hiding("Content-Length: 1 0\r\n"),
    "a tab inside": hiding("Content-Length: 1\t0\r\n"),
    "an underscore": hiding("Content-Length: 1_0\r\n"),
    "a fraction": hiding("Content-Length: 10.0\r\n"),
    "an exponent": hiding("Content-Length: 1e1\r\n"),
    empty: hiding("Content-Length: \r\n"),
    words: hiding("Content-Length: ten\r\n"),
    quotes: hiding('Content-Length: "10"\r\n'),
    "over 2^53": hiding("Content-Length: 9007199254740992\r\n"),
    "2^64, which wraps to 0": hiding("Content-Length: 18446744073709551616\r\n"),
    "2^64 + 10, which wraps to 10": hiding("Content-Length: 18446744073709551626\r\n"),
    "digits of another alphabet": hiding("Content-Length: \u00b9\u00b2\r\n"),
    "a form feed before": hiding("Content-Length: \f10\r\n"),
    "a NUL after": hiding("Content-Length: 10\0\r\n"),
    "an underscore alias": hiding(`Content_Length: ${HIDDEN_LENGTH}\r\n`),
    "an alias beside it": hiding(`Content-Length: 0\r\nContent_Length: ${HIDDEN_LENGTH}\r\n`),
    "an alias with a dot": hiding(`Content.Length: ${HIDDEN_LENGTH}\r\n`),
  }),
  ...attacks("F03", [400, 501], {
    "a vertical tab": post("Transfer-Encoding: \x0bchunked\r\n"),
    "a vertical tab after": post("Transfer-Encoding: chunked\x0b\r\n"),
    "a comma before": post("Transfer-Encoding: ,chunked\r\n"),
    "a comma after": post("Transfer-Encoding: chunked,\r\n"),
    "double quotes": post('Transfer-Encoding: "chunked"\r\n'),
    "single quotes": post("Transfer-Encoding: 'chunked'\r\n"),
    "a suffix": post("Transfer-Encoding: chunkedx\r\n"),
    "a prefix": post("Transfer-Encoding: xchunked\r\n"),
    "a parameter": post("Transfer-Encoding: chunked;q=1\r\n"),
    "two words": post("Transfer-Encoding: chunked chunked\r\n"),
    "a list of two": post("Transfer-Encoding: chunked, chunked\r\n"),
    "two lines": post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
    "two unlike lines": post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"),
    "identity before": post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"),
    identity: post("Transfer-Encoding: identity\r\n"),
    "identity after": post("Transfer-Encoding: chunked, identity\r\n"),
    "gzip before": post("Transfer-Encoding: gzip, chunked\r\n"),
    gzip: post("Transfer-Encoding: gzip\r\n"),
    cow: post("Transfer-Encoding: cow\r\n"),
    empty: post("Transfer-Encoding: \r\n"),
    "empty beside a length": post("Transfer-Encoding:\r\nContent-Length: 5\r\n"),
    folded: post("Transfer-Encoding:\r\n chunked\r\n"),
    "folded by a tab": post("Transfer-Encoding:\r\n\tchunked\r\n"),
    "folded after another": post("X-Field: a\r\n Transfer-Encoding: chunked\r\n"),
    "an underscore alias": post("Transfer_Encoding: chunked\r\n"),
    "an alias beside a length": post(`Transfer_Encoding: chunked\r\nContent-Length: ${CHUNKED_HIDDEN.length}\r\n`),
    "a space before the colon": post("Transfer-Encoding : chunked\r\n"),
    "a NUL": post("Transfer-Encoding: chunked\0\r\n"),
    "another dotless letter": post("Transfer-Encoding: chun\xe7ked\r\n"),
    "behind a bare LF": post("X-Field: a\nTransfer-Encoding: chunked\r\n"),
    "behind a bare CR": post("X-Field: a\rTransfer-Encoding: chunked\r\n"),
  }),
  ...attacks("F04", [400, 501], {
    plain: post("Transfer-Encoding: chunked\r\n", "HTTP/1.0"),
    "kept alive": post("Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n", "HTTP/1.0"),
    "beside a length": post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "HTTP/1.0"),
  }),
];
