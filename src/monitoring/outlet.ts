// One sink as the recorder sees it: how much is missing from it, whether it can be written to, and the words for both.
import { write } from "node:fs";
import type { Exchange } from "../core/exchange.ts";
import type { SystemEvent } from "../core/record.ts";
import type { LineBytes } from "./line-bytes.ts";
import type { Level, Sink } from "./sink.ts";

const STANDARD_ERROR = 2;

export interface Outlet {
  readonly sink: Sink;
  readonly label: string;
  readonly level: Level;
  written: number;
  dropped: number;
  /** Dropped since the last announcement. */
  unannounced: number;
  failing: boolean;
  /** How often the sink threw, which none may. */
  faults: number;
}

export function outletOf(sink: Sink, index: number): Outlet {
  const label = `${index}:${sink.name}`;
  return {
    sink,
    label,
    level: sink.level ?? "info",
    written: 0,
    dropped: 0,
    unannounced: 0,
    failing: false,
    faults: 0,
  };
}

/** Whether it was taken; else it is counted as dropped. */
export function handLine(outlet: Outlet, line: string): boolean {
  let taken = false;
  try {
    taken = outlet.sink.write(line);
  } catch {
    outlet.faults += 1;
  }
  return counted(outlet, taken);
}

/** The same for a line as bytes, to a sink that takes them. */
export function handBytes(outlet: Outlet, line: LineBytes): void {
  let taken = false;
  try {
    taken = outlet.sink.writeBytes?.(line.bytes, line.length) === true;
  } catch {
    outlet.faults += 1;
  }
  counted(outlet, taken);
}

function counted(outlet: Outlet, taken: boolean): boolean {
  if (taken) outlet.written += 1;
  else {
    outlet.dropped += 1;
    outlet.unannounced += 1;
  }
  return taken;
}

export function droppedEvent({ label }: Outlet, count: number): SystemEvent {
  return {
    action: "monitoring.events-dropped",
    level: "error",
    message: `${count} events were dropped here, as they could not be written in time.`,
    data: { sink: label, count },
  };
}

export function failingEvent({ sink, label }: Outlet, code: string): SystemEvent {
  return {
    action: "monitoring.sink-failing",
    level: "error",
    message: `Events cannot be written to the sink ${sink.name} (${code}). They are kept in memory as long as there is room.`,
    data: { sink: label, code },
  };
}

export function workingEvent({ sink, label, unannounced: count }: Outlet): SystemEvent {
  return {
    action: "monitoring.sink-working",
    level: "warn",
    message: `Events are written to the sink ${sink.name} again; ${count} were dropped meanwhile.`,
    data: { sink: label, count },
  };
}

export function unrotatedEvent(name: string, label: string, code: string): SystemEvent {
  return {
    action: "monitoring.sink-failing",
    level: "error",
    message: `The file of the sink ${name} cannot be rotated (${code}): it grows.`,
    data: { sink: label, code },
  };
}

/** Counts them too. */
export function lostSentence(outlet: Outlet, count: number): string {
  outlet.dropped += count;
  return `${outlet.dropped} events are missing in the sink ${outlet.sink.name}: it could not be written to the end.`;
}

/** In the place of an exchange's own event. */
export function unmadeEvent({ id, answerStatus }: Exchange): SystemEvent {
  return {
    action: "monitoring.event-failed",
    level: "error",
    message: "The event of an exchange could not be made: this is a bug in Portcullis.",
    data: { request_id: id, status_code: answerStatus },
  };
}

/** Past the stream: one that nobody reads any more would end the process, and one that is read slowly would hold it up. */
export function tellOperator(line: string): void {
  write(STANDARD_ERROR, `portcullis: ${line}\n`, () => undefined);
}
