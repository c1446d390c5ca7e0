// A stream for pino: an application's own lines join the record of the gate that stands before it, with the request's id.
import { type ApplicationLine, shownText } from "../monitoring/index.ts";
import type { ApplicationLog } from "./request-context.ts";

/** What `portcullis()` and `auditLog()` give. */
export interface Logged {
  readonly log: ApplicationLog;
}

export interface PortcullisStreamOptions {
  /** As the events have it in `log.logger`. */
  readonly logger?: string;
  /** Where the line has its text, as pino's `messageKey`. */
  readonly messageKey?: string;
  /** Where it has an error, as pino's `errorKey`. */
  readonly errorKey?: string;
}

const NAMES: Readonly<Record<number, string>> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};
const WARN = 40;
const ERROR = 50;
/** What pino adds by itself. */
const OWN = ["level", "time", "pid", "hostname", "name"];

/** `pino(options, portcullisStream(gate))`, or one of `pino.multistream`. In this process: lines of a worker thread have no request. */
export function portcullisStream(gate: Logged, options: PortcullisStreamOptions = {}): { write(line: string): void } {
  return {
    write: (line) => gate.log(lineOf(line, options)),
  };
}

function lineOf(
  text: string,
  { logger, messageKey = "msg", errorKey = "err" }: PortcullisStreamOptions,
): ApplicationLine {
  const written = read(text);
  if (written === undefined) return { level: "info", message: text, logger };
  const { level, name } = written;
  const message = written[messageKey];
  const own = new Set([...OWN, messageKey, errorKey]);
  const severity = typeof level === "number" ? level : severityOf(level);
  return {
    level: severity >= ERROR ? "error" : severity >= WARN ? "warn" : "info",
    levelName: NAMES[severity] ?? String(level),
    message: shownText(message),
    logger: logger ?? (typeof name === "string" ? name : undefined),
    error: errorOf(written[errorKey]),
    fields: Object.fromEntries(Object.entries(written).filter(([member]) => !own.has(member))),
  };
}

/** Where a formatter writes the name in the number's place. */
function severityOf(name: unknown): number {
  const found = Object.entries(NAMES).find(([, known]) => known === name);
  return found === undefined ? 0 : Number(found[0]);
}

function read(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const written: unknown = JSON.parse(text);
    return typeof written === "object" && written !== null ? (written as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function errorOf(written: unknown): ApplicationLine["error"] {
  if (typeof written !== "object" || written === null) return undefined;
  const { type, message, stack } = written as Record<string, unknown>;
  return {
    ...(typeof type === "string" ? { type } : {}),
    ...(typeof message === "string" ? { message } : {}),
    ...(typeof stack === "string" ? { stack } : {}),
  };
}
