// A sink for standard output: readable lines on a terminal, JSON lines elsewhere. A reader that is slow or gone stops nothing.
import { write as writeFile } from "node:fs";
import { isatty } from "node:tty";
import { Batch, type BatchOptions } from "./batch.ts";
import type { Level } from "./classification.ts";
import { consoleLine } from "./console-line.ts";
import { codeOf } from "./fault-fields.ts";
import type { EventView, Sink, SinkListener } from "./sink.ts";

const STANDARD_OUTPUT = 1;

export interface ConsoleSinkOptions {
  /** `auto`: readable on a terminal, JSON elsewhere. */
  readonly format?: "auto" | "readable" | "json";
  /** The lowest level that is shown. */
  readonly level?: Level;
  /** By default on a terminal only, and not where NO_COLOR is set (no-color.org) or TERM is `dumb`. */
  readonly colour?: boolean;
  /** File descriptor to write to; standard output by default. */
  readonly descriptor?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** For tests. */
  readonly batch?: Partial<BatchOptions>;
}

/** Shows events where the process runs. */
export function consoleSink(options: ConsoleSinkOptions = {}): Sink {
  const descriptor = options.descriptor ?? STANDARD_OUTPUT;
  const { format = "auto", level = "info", env = process.env } = options;
  const isTerminal = isatty(descriptor);
  const batch = new Batch({ append: appendTo(descriptor), ...options.batch });
  const sink: Sink = {
    name: "console",
    level,
    connect: (listener: SinkListener) => batch.connect(listener),
    write: (line: string) => batch.write(line),
    writeBytes: (bytes: Buffer, length: number) => batch.writeBytes(bytes, length),
    flush: () => batch.flush(),
    close: () => batch.close(),
  };
  if (format === "json" || (format === "auto" && !isTerminal)) return sink;
  const coloured = options.colour ?? (isTerminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb");
  return { ...sink, render: (view: EventView) => consoleLine(view, coloured) };
}

/**
 * Writes through the thread pool: `process.stdout` writes to pipes and terminals synchronously, so that a reader that
 * pauses (Ctrl-S, `less`) would stop the gate.
 */
function appendTo(descriptor: number): (chunk: Uint8Array, offset: number) => Promise<number> {
  let isGone = false;
  return (chunk, offset) =>
    new Promise((resolve, reject) => {
      // Nobody reads any more: there is nothing to wait for, and nothing to tell.
      if (isGone) return resolve(chunk.length - offset);
      writeFile(descriptor, chunk, offset, chunk.length - offset, null, (error, bytes) => {
        if (error === null) return resolve(bytes);
        const code = codeOf(error);
        if (code === "EPIPE" || code === "EBADF" || code === "EIO") {
          isGone = true;
          return resolve(chunk.length - offset);
        }
        // A pipe that another process made non-blocking is full for the moment.
        if (code === "EAGAIN") return void setTimeout(() => resolve(0), 20);
        reject(error);
      });
    });
}
