// F12 to F17 as bytes: methods, upgrades, expectations, connection options, sizes and request lines.
import { LIMITS } from "../../src/transport/limits.ts";
import { post } from "./length-cases.ts";
import { type Attack, attacks } from "./refusal.ts";
import { HOST, wire } from "./wire.ts";

const HIDDEN = `GET /evil HTTP/1.1\r\n${HOST}\r\n`;

const line = (text: string): Buffer => wire(`${text}\r\n${HOST}\r\n`);
const method = (name: string): Buffer => line(`${name} /evil HTTP/1.1`);
const fields = (text: string, behind = ""): Buffer => wire(`GET /evil HTTP/1.1\r\n${HOST}${text}\r\n${behind}`);
const connection = (value: string): Buffer => fields(`Authorization: Bearer x\r\nConnection: ${value}\r\n`);
const many = (count: number): Buffer => fields(Array.from({ length: count - 1 }, (_, i) => `X-F${i}: v\r\n`).join(""));

/** Methods that Node's parser knows and an API behind could, too. */
const KNOWN = ["TRACE", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "SEARCH", "PURGE", "LINK"];
const KNOWN_MORE = [
  "SOURCE",
  "REPORT",
  "MERGE",
  "CHECKOUT",
  "M-SEARCH",
  "NOTIFY",
  "SUBSCRIBE",
  "BIND",
  "ACL",
  "UNLINK",
];
const UNKNOWN = ["TRACK", "DEBUG", "FOO", "get", "Get", "GETX", "GE", "G", "PRI", "DESCRIBE", "G@T", "GET,POST"];

const named = (names: readonly string[], make: (name: string) => Buffer): Record<string, Buffer> =>
  Object.fromEntries(names.map((name) => [name, make(name)]));

/** Fields that the gate judges, sets or stands on. */
const RELIED_ON = ["authorization", "Authorization", "host", "content-length", "transfer-encoding", "content-type"];
const RELIED_ON_MORE = ["cookie", "x-api-key", "x-forwarded-for", "x-forwarded-host", "x-request-id", "origin"];
const INVENTED = ["x-portcullis-subject", "traceparent", "dpop", "x-anything", "expect", "via"];

export const REQUEST_ATTACKS: readonly Attack[] = [
  ...attacks("F12", [400, 501], {
    "CONNECT to a host": wire("CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n"),
    "CONNECT to a path": method("CONNECT"),
    "CONNECT in HTTP/1.0": wire("CONNECT evil.test:443 HTTP/1.0\r\n\r\n"),
    "CONNECT with a request behind": wire(`CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test\r\n\r\n${HIDDEN}`),
    "CONNECT with a length": wire(`CONNECT evil.test:443 HTTP/1.1\r\nHost: evil\r\nContent-Length: 9\r\n\r\n${HIDDEN}`),
    "TRACE with Max-Forwards": wire(`TRACE /evil HTTP/1.1\r\n${HOST}Max-Forwards: 0\r\n\r\n`),
    ...named([...KNOWN, ...KNOWN_MORE, ...UNKNOWN], method),
    "no method": line(" /evil HTTP/1.1"),
    "a method of 20,000 letters": method("A".repeat(20_000)),
    "GET *": line("GET * HTTP/1.1"),
    "OPTIONS *": wire(`OPTIONS * HTTP/1.1\r\n${HOST}X-Evil: evil\r\n\r\n`),
    "POST *": line("POST * HTTP/1.1"),
    "the preface of HTTP/2 in clear": wire(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${HIDDEN}`),
  }),
  ...attacks("F13", [400, 501], {
    h2c: fields("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"),
    "h2c without its settings": fields("Connection: Upgrade\r\nUpgrade: h2c\r\n"),
    "h2c that Connection does not name": fields("Upgrade: h2c\r\n"),
    "h2c in capitals": fields("connection: upgrade\r\nUPGRADE: H2C\r\n"),
    "h2c in a list": fields("Connection: Upgrade\r\nUpgrade: foo, h2c\r\n"),
    "h2c in two lines": fields("Connection: Upgrade\r\nUpgrade: foo\r\nUpgrade: h2c\r\n"),
    "h2c with a preface behind": fields(
      "Connection: Upgrade\r\nUpgrade: h2c\r\n",
      `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${HIDDEN}`,
    ),
    "h2c for a POST": post("Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 4\r\n", "HTTP/1.1", `evil${HIDDEN}`),
    "settings of HTTP/2 alone": fields("Connection: HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"),
    websocket: fields(
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
    ),
    "websocket of a wrong version": fields(
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 777\r\n",
      HIDDEN,
    ),
    TLS: fields("Connection: Upgrade\r\nUpgrade: TLS/1.2, HTTP/1.1\r\n"),
    "HTTP/2.0": fields("Connection: Upgrade\r\nUpgrade: HTTP/2.0\r\n"),
    "an unknown one": fields("Connection: Upgrade\r\nUpgrade: evil/1\r\n", HIDDEN),
    "an empty one": fields("Connection: Upgrade\r\nUpgrade: \r\n", HIDDEN),
    "with a body by length": post(
      `Connection: Upgrade\r\nUpgrade: evil/1\r\nContent-Length: ${HIDDEN.length}\r\n`,
      "HTTP/1.1",
      HIDDEN,
    ),
    "with a body in chunks": post("Connection: Upgrade\r\nUpgrade: evil/1\r\nTransfer-Encoding: chunked\r\n"),
    "with an expectation": fields("Connection: Upgrade\r\nUpgrade: h2c\r\nExpect: 100-continue\r\n"),
    "in HTTP/1.0": wire(`GET /evil HTTP/1.0\r\n${HOST}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`),
  }),
  ...attacks("F14", [417], {
    "another word": fields("Expect: evil\r\n"),
    "200-ok": fields("Expect: 200-ok\r\n"),
    empty: fields("Expect: \r\n"),
    "a suffix": fields("Expect: 100-continues\r\n"),
    "a suffix behind a hyphen": fields("Expect: 100-continue-evil\r\n"),
    "a prefix": fields("Expect: x-100-continue\r\n"),
    "a parameter": fields("Expect: 100-continue;q=1\r\n"),
    "a list": fields("Expect: 100-continue, evil\r\n"),
    "a comma": fields("Expect: 100-continue,\r\n"),
    quotes: fields('Expect: "100-continue"\r\n'),
    "in a second line": fields("Expect: 100-continue\r\nExpect: evil\r\n"),
    "with a body": post("Expect: evil\r\nTransfer-Encoding: chunked\r\n"),
    "with a body and a list": post("Expect: 100-continue, evil\r\nTransfer-Encoding: chunked\r\n"),
    "in HTTP/1.0": wire(`GET /evil HTTP/1.0\r\n${HOST}Expect: evil\r\n\r\n`),
  }),
  ...attacks("F15", [400], {
    ...named([...RELIED_ON, ...RELIED_ON_MORE, ...INVENTED], connection),
    "beside close": connection("close, authorization"),
    "behind empty elements": connection(", ,authorization"),
    "in a second line": connection("close\r\nConnection: authorization"),
    "behind a tab": connection("keep-alive,\tauthorization"),
    "in capitals": connection("AUTHORIZATION"),
    "two words": connection("close authorization"),
    quotes: connection('"authorization"'),
    "a parameter": connection("close;authorization"),
    "in HTTP/1.0": wire(`GET /evil HTTP/1.0\r\n${HOST}Authorization: Bearer x\r\nConnection: authorization\r\n\r\n`),
    "by Proxy-Connection's alias": fields("Proxy_Connection: authorization\r\n"),
  }),
  ...attacks("F16", [431], {
    "one field of 17 KB": fields(`X-Field: ${"a".repeat(17 * 1024)}\r\n`),
    "one field of 1 MB": fields(`X-Field: ${"a".repeat(1_000_000)}\r\n`),
    "a name of 17 KB": fields(`X-${"a".repeat(17 * 1024)}: 1\r\n`),
    "many fields of 17 KB in all": fields(`X-Field: ${"a".repeat(400)}\r\n`.repeat(42)),
    "a head that never ends": wire(`GET /evil HTTP/1.1\r\n${HOST}${"X-Field: aaaaaaaaaaaaaaaa\r\n".repeat(2_000)}`),
    "a cookie of 17 KB": fields(`Cookie: ${"a=b; ".repeat(3_500)}\r\n`),
    "one field more than allowed": many(LIMITS.fieldsMax + 1),
    "1,000 fields": many(1_000),
    "2,001 fields, behind which Node would stop collecting": fields(
      `${"a:\r\n".repeat(2_001)}Transfer-Encoding: chunked\r\n`,
    ),
    "4,000 fields without a value": fields("a:\r\n".repeat(4_000)),
  }),
  ...attacks("F16", [414, 431], {
    "one character more than a target may have": line(`GET /evil${"a".repeat(LIMITS.targetLengthMax - 4)} HTTP/1.1`),
    "a query of 10 KB": line(`GET /evil?${"a".repeat(10_240)} HTTP/1.1`),
    "a target of 1 MB": line(`GET /evil${"a".repeat(1_000_000)} HTTP/1.1`),
    "a target that never ends": wire(`GET /evil${"a".repeat(40_000)}`),
  }),
  ...attacks("F17", [400, 414, 501, 505], {
    "a tab behind the method": line("GET\t/evil HTTP/1.1"),
    "a tab behind the target": line("GET /evil\tHTTP/1.1"),
    "a tab and a space": line("GET \t/evil HTTP/1.1"),
    "a vertical tab": line("GET\x0b/evil\x0bHTTP/1.1"),
    "a no-break space": line("GET\xa0/evil\xa0HTTP/1.1"),
    "a space before": line(" GET /evil HTTP/1.1"),
    "a space behind": line("GET /evil HTTP/1.1 "),
    "a tab behind": line("GET /evil HTTP/1.1\t"),
    "a space in the target": line("GET /evil /good HTTP/1.1"),
    "two targets with versions": line("GET /good HTTP/1.1 /evil HTTP/1.1"),
    "no version": line("GET /evil"),
    "no version, and a space": line("GET /evil "),
    "no version, and nothing behind": wire("GET /evil\r\n\r\n"),
    "no target": line("GET HTTP/1.1"),
    "only a method": line("GET"),
    "a version without numbers": line("GET /evil HTTP"),
    "a version without its end": line("GET /evil HTTP/1."),
    "HTTP/1.2": line("GET /evil HTTP/1.2"),
    "HTTP/1.9": line("GET /evil HTTP/1.9"),
    "HTTP/0.9": line("GET /evil HTTP/0.9"),
    "HTTP/2.0": line("GET /evil HTTP/2.0"),
    "HTTP/3.0": line("GET /evil HTTP/3.0"),
    "HTTP/1.10": line("GET /evil HTTP/1.10"),
    "HTTP/01.1": line("GET /evil HTTP/01.1"),
    "HTTP/11": line("GET /evil HTTP/11"),
    "HTTP/1": line("GET /evil HTTP/1"),
    "HTTP/1,1": line("GET /evil HTTP/1,1"),
    "HTTP/+1.1": line("GET /evil HTTP/+1.1"),
    "http/1.1": line("GET /evil http/1.1"),
    "HTTQ/1.1": line("GET /evil HTTQ/1.1"),
    "HTTP /1.1": line("GET /evil HTTP /1.1"),
    "RTSP/1.0": line("DESCRIBE /evil RTSP/1.0"),
    "ICE/1.0": line("SOURCE /evil ICE/1.0"),
    "an answer": wire(`HTTP/1.1 200 OK\r\n${HOST}X-Evil: evil\r\n\r\n`),
    "bytes of TLS": wire("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 evil\r\n\r\n"),
  }),
];
