// Records one exchange and gives its event, its line, and the line that a terminal would show.
import type { Exchange } from "../../src/core/exchange.ts";
import { type AuditEvent, createRecorder, type RecorderOptions } from "../../src/monitoring/index.ts";
import { consoleLine } from "../../src/monitoring/console-line.ts";
import { clock, MemorySink } from "./exchanges.ts";

export interface Recorded {
  readonly event: AuditEvent;
  readonly line: string;
  readonly text: string;
  readonly coloured: string;
}

export function record(exchange: Exchange, options: Partial<RecorderOptions> = {}): Recorded {
  const json = new MemorySink();
  const text = Object.assign(new MemorySink(), { render: (view: never) => consoleLine(view, false) });
  const coloured = Object.assign(new MemorySink(), { render: (view: never) => consoleLine(view, true) });
  const recorder = createRecorder({ clock, ...options, sinks: [json, text, coloured] });
  recorder.exchange(exchange);
  return {
    event: json.events()[0] as AuditEvent,
    line: json.lines[0] as string,
    text: text.lines[0] as string,
    coloured: coloured.lines[0] as string,
  };
}
