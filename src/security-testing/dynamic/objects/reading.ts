// What an answer says about an object, taken apart: two answers are compared by their single values.
import { isObject, pointerTo } from "../../../openapi/pointer.ts";
import { jsonOf, type Reply } from "../wire.ts";

/** JSON Pointer to the value there, as JSON writes it. A body that is no JSON is one text at "". */
export type Reading = ReadonlyMap<string, string>;

const LEAVES_MAX = 2000;

export function isSuccess(reply: Reply | undefined): reply is Reply {
  return reply !== undefined && reply.status >= 200 && reply.status < 300;
}

/** Undefined where the answer is no success, or has nothing in it. */
export function readingOf(reply: Reply | undefined): Reading | undefined {
  if (!isSuccess(reply) || reply.body.length === 0) return undefined;
  const json = jsonOf(reply);
  if (json === undefined) return new Map([["", JSON.stringify(reply.body.toString("latin1"))]]);
  const leaves = leavesOf(json);
  return leaves.size === 0 ? undefined : leaves;
}

export function leavesOf(value: unknown): Map<string, string> {
  const leaves = new Map<string, string>();
  const walk = (value: unknown, at: string): void => {
    if (leaves.size >= LEAVES_MAX) return;
    if (Array.isArray(value)) for (const [i, item] of value.entries()) walk(item, pointerTo(at, i));
    else if (isObject(value)) for (const name of Object.keys(value)) walk(value[name], pointerTo(at, name));
    else leaves.set(at, JSON.stringify(value));
  };
  walk(value, "");
  return leaves;
}

/** What both say: times, counters of views and whatever else changes by itself is left out. */
export function steadyPart(first: Reading, second: Reading): Reading {
  return new Map([...first].filter(([at, value]) => second.get(at) === value));
}

/** Without what the request itself had told: whoever asks for an id learns nothing from that id. */
export function beyond(reading: Reading, told: readonly unknown[]): Reading {
  const texts = new Set(told.map(String));
  return new Map([...reading].filter(([, value]) => !texts.has(String(JSON.parse(value)))));
}

/** How much of `reading` the other says, too: 0 to 1. */
export function likeness(reading: Reading, other: Reading): number {
  if (reading.size === 0) return 0;
  return steadyPart(reading, other).size / reading.size;
}

/** Whether the object is another than `before` said: a value changed, went or came. */
export function hasChanged(steady: Reading, before: Reading, after: Reading): boolean {
  if ([...steady].some(([at, value]) => after.get(at) !== value)) return true;
  return [...after.keys()].some((at) => !before.has(at));
}

/** Whether some single value is, or contains, that text. */
export function mentions(reading: Reading, text: string): boolean {
  const inside = JSON.stringify(text).slice(1, -1);
  return [...reading.values()].some((value) => value.includes(inside));
}
