// A transport for Winston: an application's own lines join the record of the gate that stands before it, with the request's id.
import { Writable } from "node:stream";
import { type ApplicationLine, shownText, UNSHOWN } from "../monitoring/index.ts";
import type { ApplicationLog } from "./request-context.ts";

/** What `portcullis()` and `auditLog()` give. */
export interface Logged {
  readonly log: ApplicationLog;
}

export interface PortcullisTransportOptions {
  /** The lowest of Winston's levels that is handed over. Default: the logger's. */
  readonly level?: string;
  readonly silent?: boolean;
  /** As the events have it in `log.logger`. */
  readonly logger?: string;
}

const LEVELS: Readonly<Record<string, ApplicationLine["level"]>> = {
  emerg: "error",
  alert: "error",
  crit: "error",
  error: "error",
  warning: "warn",
  warn: "warn",
};
/** What Winston adds by itself. */
const OWN: ReadonlySet<string> = new Set(["level", "message", "stack", "timestamp"]);
/** What a stack begins with: Winston keeps no other trace of it. */
const TYPE = /^[A-Za-z_$][\w$.]{0,63}(?=: |\n|$)/;
const COLOURS = /\u001b\[\d{1,3}(?:;\d{1,3})*m/g;

/** `winston.createLogger({ transports: [portcullisTransport(gate)] })`. */
export function portcullisTransport(gate: Logged, options: PortcullisTransportOptions = {}): Writable {
  return new PortcullisTransport(gate, options);
}

/** Where Winston keeps the level that no format changed. */
const LEVEL = Symbol.for("level");

type Info = Readonly<Record<string | symbol, unknown>>;

/** Of the logger that writes into it. */
interface Source {
  readonly level?: string;
  readonly levels?: Readonly<Record<string, number>>;
}

/** What Winston asks of a transport, without loading it: a stream of objects that has a `log`. */
class PortcullisTransport extends Writable {
  readonly level: string | undefined;
  readonly #gate: Logged;
  readonly #options: PortcullisTransportOptions;
  #source: Source = {};

  constructor(gate: Logged, options: PortcullisTransportOptions) {
    super({ objectMode: true });
    this.level = options.level;
    this.#gate = gate;
    this.#options = options;
    this.on("pipe", (source: unknown) => (this.#source = source as Source));
  }

  log(info: Info, next: () => void): void {
    this.#gate.log(safeLineOf(info, this.#options.logger));
    next();
  }

  override _write(info: Info, _encoding: string, next: () => void): void {
    if (this.#isWanted(String(info[LEVEL] ?? info["level"]))) this.log(info, next);
    else next();
  }

  #isWanted(name: string): boolean {
    const { level = this.#source.level, silent = false } = this.#options;
    const { levels = {} } = this.#source;
    return !silent && (level === undefined || (levels[level] ?? Infinity) >= (levels[name] ?? 0));
  }
}

/** A stream that throws takes nothing any more: whoever sends one odd object would end the log. */
function safeLineOf(info: Info, logger: string | undefined): ApplicationLine {
  try {
    return lineOf(info, logger);
  } catch {
    return { level: "warn", message: UNSHOWN, logger };
  }
}

function lineOf(info: Info, logger: string | undefined): ApplicationLine {
  const levelName = String(info["level"]).replace(COLOURS, "");
  const fields = Object.fromEntries(Object.entries(info).filter(([name]) => !OWN.has(name)));
  const { stack } = info;
  const message = shownText(info["message"]);
  return {
    level: LEVELS[levelName] ?? "info",
    levelName,
    message,
    logger,
    error: typeof stack === "string" ? { ...typeOf(stack), message, stack } : errorAmong(info),
    fields,
  };
}

function typeOf(stack: string): { readonly type?: string } {
  const type = TYPE.exec(stack)?.[0];
  return type === undefined ? {} : { type };
}

/** As `log.error("payment failed", { error })` gives it: the only place where its stack stands. */
function errorAmong(info: Info): ApplicationLine["error"] {
  const found = Object.values(info).find((value) => value instanceof Error);
  if (found === undefined) return undefined;
  const { name, message, stack } = found;
  return { type: name, message, ...(stack === undefined ? {} : { stack }) };
}
