// What delivery says of itself, as events.
import type { SystemEvent } from "../../core/record.ts";

export function undeliveredEvent(sink: string, reason: string): SystemEvent {
  return {
    action: "monitoring.sink-failing",
    level: "error",
    message: `Events cannot be delivered to ${sink}: ${reason}. They wait in the spool.`,
    data: { sink },
  };
}

export function deliveringEvent(sink: string): SystemEvent {
  return {
    action: "monitoring.sink-working",
    level: "warn",
    message: `Events are delivered to ${sink} again.`,
    data: { sink },
  };
}

export function deadEvent(sink: string, count: number, id: string, reason: string): SystemEvent {
  const others = count === 1 ? "" : ` and ${count - 1} more`;
  return {
    action: "monitoring.dead-lettered",
    level: "error",
    message: `${sink} refused the event ${id}${others} for good: ${reason}. See portcullis audit dead list.`,
    data: { sink, count, event: id },
  };
}

export function lostEvent(sink: string, first: number, last: number, segment: string | undefined): SystemEvent {
  const where = segment === undefined ? "their file is no longer there" : `${segment} is damaged`;
  return {
    action: "monitoring.spool-damaged",
    level: "error",
    message: `The events ${first} to ${last} cannot be read for ${sink}: ${where}.`,
    data: { sink, first, last, ...(segment === undefined ? {} : { segment }) },
  };
}
