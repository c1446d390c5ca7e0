// F05 to F07 as bytes: chunks whose faults may be known late.
import { type Attack, attacks } from "./refusal.ts";
import { HOST, wire } from "./wire.ts";

const HIDDEN = `GET /evil HTTP/1.1\r\n${HOST}\r\n`;

export function late(body: string): Buffer {
  return wire(`POST /late HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${body}`);
}

export const CHUNK_ATTACKS: readonly Attack[] = [
  ...attacks("F05", [400, 413, 431], {
    "a plus sign": late(`+5\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "a minus sign": late(`-5\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "0x": late(`0x5\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "0x0": late(`0x0\r\n\r\n${HIDDEN}`),
    "an underscore": late(`0_5\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "2^64": late(`10000000000000000\r\n\r\n0\r\n\r\n${HIDDEN}`),
    "2^64 + 5": late(`10000000000000005\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "2^64 + 5 behind zeros": late(`00000000000000010000000000000005\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "a space before": late(` 5\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "a tab before": late(`\t5\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "a space after": late(`5 \r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "a tab after": late(`5\t\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "a space inside": late(`1 0\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "a bare LF": late(`5\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "bare LFs throughout": late(`5\nhello\n0\n\n${HIDDEN}`),
    "a bare CR": late(`5\rhello\r\n0\r\n\r\n${HIDDEN}`),
    "CR CR LF": late(`5\r\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "no CRLF behind the data": late(`5\r\nhello0\r\n\r\n${HIDDEN}`),
    "a bare LF behind the data": late(`5\r\nhello\n0\r\n\r\n${HIDDEN}`),
    "a bare CR behind the data": late(`5\r\nhello\r0\r\n\r\n${HIDDEN}`),
    "two other bytes for the CRLF": late(`5\r\nhelloXX0\r\n\r\n${HIDDEN}`),
    "data longer than the size": late(`2\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "an empty line as a size": late(`\r\n5\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "letters beyond f": late(`g\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "a comma": late(`5,5\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "a NUL": late(`5\0\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "an end with a bare LF": late(`5\r\nhello\r\n0\r\n\n${HIDDEN}`),
    "an end with bare LFs": late(`5\r\nhello\r\n0\n\n${HIDDEN}`),
    "an end with a bare CR": late(`5\r\nhello\r\n0\r\n\r${HIDDEN}`),
  }),
  ...attacks("F06", [400, 413, 431], {
    "beyond the limit": late(`5;${"a".repeat(20_000)}=1\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "within the limit for one, in chunks without end": late(`1;${"a".repeat(16_000)}\r\nx\r\n`.repeat(60)),
    "short ones in chunks without end": late(`1;${"a".repeat(200)}\r\nx\r\n`.repeat(4_000)),
    "beside content, in chunks without end": late(`40;${"a".repeat(4_000)}\r\n${"x".repeat(64)}\r\n`.repeat(200)),
    "with a bare CR": late(`5;a=\rb\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "with a bare LF": late(`5;a=\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "with a bare LF at the end's": late(`5\r\nhello\r\n0;\n\r\n${HIDDEN}`),
    "with a bare LF inside quotes": late(`5;a="\n"\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "with a NUL": late(`5;a=\0\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "with an unclosed quote": late(`5;a="b\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "without a name": late(`5;\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    "behind a space": late(`5 ;a=b\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
  }),
  ...attacks("F07", [400, 413, 431], {
    folded: late(`0\r\nX-Trailer: a\r\n b\r\n\r\n${HIDDEN}`),
    "folded into framing": late(`0\r\nX-Trailer: a\r\n Transfer-Encoding: chunked\r\n\r\n${HIDDEN}`),
    "without a colon": late(`0\r\nX-Trailer\r\n\r\n${HIDDEN}`),
    "without a name": late(`0\r\n: a\r\n\r\n${HIDDEN}`),
    "with a space before the colon": late(`0\r\nX-Trailer : a\r\n\r\n${HIDDEN}`),
    "with a bare LF": late(`0\r\nX-Trailer: a\n\r\n${HIDDEN}`),
    "with a bare CR": late(`0\r\nX-Trailer: a\rb\r\n\r\n${HIDDEN}`),
    "with a NUL": late(`0\r\nX-Trailer: a\0\r\n\r\n${HIDDEN}`),
    "that are a request": late(`0\r\n${HIDDEN}`),
    "larger than a head": late(`0\r\n${"X-Trailer: aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(600)}\r\n${HIDDEN}`),
  }),
];
