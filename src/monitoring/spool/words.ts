// What the spool says of itself, as events.
import type { SystemEvent } from "../../core/record.ts";

const SINK = "spool";

export function failingEvent(code: string): SystemEvent {
  return {
    action: "monitoring.sink-failing",
    level: "error",
    message: `Events cannot be written to the spool (${code}). They are kept in memory as long as there is room.`,
    data: { sink: SINK, code },
  };
}

export function workingEvent(): SystemEvent {
  return {
    action: "monitoring.sink-working",
    level: "warn",
    message: "Events are written to the spool again.",
    data: { sink: SINK },
  };
}

export function fullEvent(whenFull: "block" | "drop-newest", bytes: number): SystemEvent {
  const what = whenFull === "block" ? "Requests are refused with 503" : "New events are dropped";
  return {
    action: "monitoring.spool-full",
    level: "error",
    message: `The spool has no room for more events. ${what} until destinations took some.`,
    data: { sink: SINK, bytes },
  };
}

export function roomEvent(whenFull: "block" | "drop-newest", count: number): SystemEvent {
  const what = whenFull === "block" ? "requests were refused without an event of their own" : "events were dropped";
  return {
    action: "monitoring.events-dropped",
    level: "error",
    message: `The spool has room again. ${count} ${what} meanwhile.`,
    data: { sink: SINK, count },
  };
}

export function droppedOldestEvent(count: number): SystemEvent {
  return {
    action: "monitoring.events-dropped",
    level: "error",
    message: `The oldest ${count} events of the spool were removed to make room: no destination that lacks them gets them.`,
    data: { sink: SINK, count },
  };
}

export function tornEvent(bytes: number): SystemEvent {
  return {
    action: "monitoring.spool-torn",
    level: "warn",
    message: `The last write to the spool never ended: ${bytes} bytes that are no whole event were cut off.`,
    data: { sink: SINK, bytes },
  };
}

export function damagedEvent(what: string): SystemEvent {
  return {
    action: "monitoring.spool-damaged",
    level: "error",
    message: `The spool is damaged: ${what}.`,
    data: { sink: SINK },
  };
}
