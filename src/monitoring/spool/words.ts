// What the spool says of itself, as events.
import type { SystemEvent } from "../../core/record.ts";
import { spelledHash } from "./chain.ts";
import type { WhenFull } from "./spool-port.ts";
import type { Beginning, LackedRange } from "./state-file.ts";
import type { Range } from "./ranges.ts";

const SINK = "spool";
/** What the verifier of the chain looks for. */
export const DROPPED = "monitoring.events-dropped";
export const SINK_BEGAN = "monitoring.sink-began";
export const RETENTION = "monitoring.retention";

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

export function fullEvent(whenFull: "block" | "drop-newest", bytes: number, isDiskFull: boolean): SystemEvent {
  const what = whenFull === "block" ? "Requests are refused with 503" : "New events are dropped";
  const message = isDiskFull
    ? `The disk of the spool is full. ${what} until it has room.`
    : `The spool has no room for more events. ${what} until destinations took some.`;
  return { action: "monitoring.spool-full", level: "error", message, data: { sink: SINK, bytes } };
}

export function roomEvent(whenFull: WhenFull, count: number): SystemEvent {
  const what = whenFull === "block" ? "requests were refused without an event of their own" : "events were dropped";
  return {
    action: DROPPED,
    level: "error",
    message: `The spool has room again. ${count} ${what} meanwhile.`,
    data: { sink: SINK, count },
  };
}

/** What one destination lacks. */
export interface Drop {
  readonly sink: string;
  /** Removed now; undefined where the event that said it was removed itself. */
  readonly range: Range | undefined;
  /** All that it lacks around that. */
  readonly gap: LackedRange;
}

export function droppedOldestEvent({ sink, range, gap }: Drop): SystemEvent {
  const [first, last] = range ?? [gap.first, gap.last];
  const count = last - first + 1;
  const again = range === undefined ? ", which was said before in an event that is removed too" : "";
  return {
    action: DROPPED,
    level: "error",
    message: `The spool removed the events ${first} to ${last} to make room: ${sink} is never offered these ${count}${again}.`,
    data: {
      sink,
      count,
      first,
      last,
      since: gap.first,
      ...(gap.previous === undefined ? {} : { previous: spelledHash(gap.previous) }),
      ...(range === undefined ? { again: true } : {}),
    },
  };
}

/** Why a destination has nothing of what was recorded before, or not all of it, and what earlier events say of it. */
export function sinkBeganEvent({
  name: sink,
  generation,
  since,
  previous,
  first,
  until,
  formerly,
}: Beginning): SystemEvent {
  const goesOn = since < first ? `has events up to ${since - 1}, and gets those from ${first} on` : "goes on";
  const was = formerly === undefined ? "is there again" : `was named ${formerly}`;
  return {
    action: SINK_BEGAN,
    level: "info",
    message:
      since === 1 ? `${sink} is new: it gets the events from ${first} on.` : `${sink} ${was}: its record ${goesOn}.`,
    data: {
      sink,
      generation,
      since,
      first,
      until,
      ...(previous === undefined ? {} : { previous: spelledHash(previous) }),
      ...(formerly === undefined ? {} : { formerly }),
    },
  };
}

/** What a file loses by its own rule: said before it is done. */
export function retentionEvent(sink: string, last: number, files: number): SystemEvent {
  return {
    action: RETENTION,
    level: "info",
    message: `Retention removes the oldest ${files === 1 ? "file" : `${files} files`} of ${sink}, with what there is of events up to ${last}.`,
    data: { sink, last, files },
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
