// Guards what a record says of a bug or outage: where and of what kind, never another's message, which may quote a request.
import { basename, dirname, join } from "node:path";
import { quoted } from "./escaping.ts";
import { masked } from "./masking.ts";

/** Our words for the codes of Node and undici. A code that is not listed is shown without words. */
const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was reset",
  ECONNABORTED: "the connection was aborted",
  EPIPE: "the other end closed the connection",
  ETIMEDOUT: "the connection timed out",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ENOTFOUND: "the host name is unknown",
  EAI_AGAIN: "the host name could not be looked up",
  ENOSPC: "no space is left on the device",
  EMFILE: "too many files are open",
  EACCES: "access was denied",
  CERT_HAS_EXPIRED: "the certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "a certificate of the chain is self-signed",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the certificate is not trusted",
  ERR_TLS_CERT_ALTNAME_INVALID: "the certificate is for another name",
  UND_ERR_CONNECT_TIMEOUT: "connecting took too long",
  UND_ERR_HEADERS_TIMEOUT: "the answer did not begin in time",
  UND_ERR_BODY_TIMEOUT: "the answer's body stalled",
  UND_ERR_SOCKET: "the connection broke",
  UND_ERR_HEADERS_OVERFLOW: "the answer's header fields are too large",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "the answer is too large",
  UND_ERR_DESTROYED: "the connection pool was closed",
  UND_ERR_ABORTED: "the request was aborted",
  HPE_INVALID_CONSTANT: "the answer is not HTTP",
};

const CLASS_NAME = /^[A-Za-z_$][\w$]{0,63}$/;
const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;
const FRAMES_MAX = 6;

/** The member `error` as JSON with a comma after it. Costs what it costs: faults are rare. */
export function faultJson(fault: unknown, by: string | undefined): string {
  const type = className(fault);
  const code = codeOf(fault);
  const words = code === undefined ? ownWords(fault) : SENTENCES[code];
  const message = `${by ?? "unknown"}: ${words ?? type}`;
  const stack = frames(fault);
  return (
    `"error":{"type":${quoted(type, 64)},"message":${quoted(masked(message), 256)}` +
    (code === undefined ? "" : `,"code":"${code}"`) +
    (stack === "" ? "" : `,"stack_trace":${quoted(stack, 1024)}`) +
    "},"
  );
}

/** The one message of the core's own that is worth repeating. */
function ownWords(fault: unknown): string | undefined {
  return fault instanceof Error && fault.message === "late" ? "no answer in time" : undefined;
}

function className(fault: unknown): string {
  if (typeof fault !== "object" || fault === null) return typeof fault;
  const name = (fault as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === "string" && CLASS_NAME.test(name) ? name : "Error";
}

/** The code of the fault, or of what caused it. */
export function codeOf(fault: unknown): string | undefined {
  let at = fault;
  for (let depth = 0; depth < 3 && typeof at === "object" && at !== null; depth += 1) {
    const { code } = at as { code?: unknown };
    if (typeof code === "string" && CODE.test(code)) return code;
    at = (at as { cause?: unknown }).cause;
  }
  return undefined;
}

/** A path may have blanks where one can see that it is a path. */
const FRAME =
  /^ {4}at (?:async )?(?:([\w$.<> [\]#]{1,100}) \()?(?:file:\/\/)?((?:\/|[A-Z]:\\)[^()]{1,400}|[^()\s]{1,400}):(\d{1,7}):(\d{1,7})\)?$/;

/** The top of the stack: function, folder, file and line. The message is taken off first, as it may look like frames. */
function frames(fault: unknown): string {
  if (!(fault instanceof Error) || typeof fault.stack !== "string") return "";
  const begin = fault.message === "" ? 0 : fault.stack.indexOf(fault.message);
  if (begin < 0) return "";
  const lines = fault.stack.slice(begin + fault.message.length).split("\n");
  const kept: string[] = [];
  for (const line of lines) {
    const found = FRAME.exec(line);
    if (found === null) continue;
    const file = found[2] as string;
    kept.push(`${found[1] ?? "-"} ${join(basename(dirname(file)), basename(file))}:${found[3]}`);
    if (kept.length === FRAMES_MAX) break;
  }
  return kept.join(" < ");
}
