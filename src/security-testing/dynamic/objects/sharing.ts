// Whether objects are everybody's by design: what all see in one list, or without credentials, is nobody's own.
import type { ProbeContext } from "../probe.ts";
import type { Subject } from "../subject.ts";
import { haveCommon, listed } from "./lists.ts";
import { lookBy } from "./made.ts";
import { isSuccess } from "./reading.ts";
import { collectionOf, isForStaff } from "./staff.ts";

/** `apart`: a list shows each caller others; `unknown`: there is no such list. */
export type Sharing = "shared" | "apart" | "unknown";

const known = new WeakMap<ProbeContext, Map<string, Promise<Sharing>>>();

/** Asked once for each collection, after `a` made something in it. */
export function sharingOf(context: ProbeContext, subject: Subject): Promise<Sharing> {
  const template = collectionOf(subject.operation.template);
  const ofContext = known.get(context) ?? new Map<string, Promise<Sharing>>();
  known.set(context, ofContext);
  const before = ofContext.get(template);
  if (before !== undefined) return before;
  const found = compare(context, template);
  ofContext.set(template, found);
  return found;
}

export function listOf({ subjects }: ProbeContext, template: string): Subject | undefined {
  return subjects.find(({ operation }) => operation.method === "GET" && operation.template === template);
}

async function compare(context: ProbeContext, template: string): Promise<Sharing> {
  const { subjects, client, requests, callers } = context;
  const isObject = (one: string) => one.startsWith(`${template}/{`) && !one.slice(template.length + 1).includes("/");
  const reader = subjects.find(({ operation }) => operation.method === "GET" && isObject(operation.template));
  const list = listOf(context, template);
  if (reader?.isPublic === true || list?.isPublic === true) return "shared";
  // What only some may list says nothing about what all may see.
  const look = list === undefined || isForStaff(context, list) ? undefined : lookBy(list, {});
  if (look === undefined) return "unknown";
  const seen: (readonly unknown[])[] = [];
  for (const user of ["a", "b"] as const) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other: politeness
    const caller = await callers.allowed(look.reader.operation.id, user);
    if (caller === undefined) return "unknown";
    // oxlint-disable-next-line no-await-in-loop
    const { reply } = await client.send(requests.wire(look.reader, look.values, caller));
    if (!isSuccess(reply)) return "unknown";
    seen.push(listed(reply));
  }
  const [ofA = [], ofB = []] = seen;
  if (haveCommon(ofA, ofB)) return "shared";
  return ofA.length > 0 ? "apart" : "unknown";
}
