// An object that one caller made in this run, and another of equal rights who has no business with it.
import type { Untested } from "../../finding.ts";
import type { Caller } from "../callers.ts";
import type { ProbeContext } from "../probe.ts";
import { namesIn } from "../requests/connections.ts";
import type { RequestValues } from "../requests.ts";
import type { Subject } from "../subject.ts";
import { sharingOf } from "./sharing.ts";
import { isForStaff } from "./staff.ts";

export interface Owned {
  readonly a: Caller;
  readonly b: Caller;
  /** Of a request for the operation, naming what `a` made. */
  readonly values: RequestValues;
  /** The last parameter of the path: what it names is the object. */
  readonly parameter: string;
  /** A list shows that such objects are kept apart by caller. */
  readonly isApart: boolean;
  /** It is `a` as the API knows them, and was not made in this run. */
  readonly isSelf: boolean;
}

/** Undefined where the operation is about nobody's own object. */
export async function ownedFor(context: ProbeContext, subject: Subject): Promise<Owned | Untested | undefined> {
  const { operation } = subject;
  const parameter = namesIn(operation.template).at(-1);
  const { callers, requests } = context;
  // That is said of the whole run.
  if (parameter === undefined || callers.isAlone || subject.isPublic || isForStaff(context, subject)) return undefined;
  const [a, b] = [await callers.allowed(operation.id, "a"), await callers.allowed(operation.id, "b")];
  const what = `${operation.id}: objects of others`;
  if (a === undefined || b === undefined || a.subject === b.subject) {
    return context.untested(what, "there are no two callers of equal rights");
  }
  const values = await requests.prepare(subject, a);
  if ("why" in values) return context.untested(what, values.why);
  const isMade = requests.isOwn(subject, values);
  const isSelf = !isMade && subject.isSafe && requests.isSelf(subject, values);
  if (!isMade && !isSelf) {
    const why = requests.hindered(subject);
    // An object that document or test file name, and no operation makes, is nobody's of this run.
    if (why === undefined) return context.untested(what, "no operation makes what its path names", true);
    return context.untested(what, why);
  }
  const sharing = await sharingOf(context, subject);
  return sharing === "shared" ? undefined : { a, b, values, parameter, isApart: sharing === "apart", isSelf };
}

/** The other one's own path, which ends in what `a` made. Undefined where there is no such path. */
export async function mixedFor(
  { requests }: ProbeContext,
  subject: Subject,
  { b, values, parameter }: Owned,
): Promise<RequestValues | undefined> {
  if (namesIn(subject.operation.template).length < 2) return undefined;
  const ofB = await requests.prepare(subject, b);
  if ("why" in ofB || !requests.isOwn(subject, ofB)) return undefined;
  return { ...ofB, path: { ...ofB.path, [parameter]: values.path[parameter] } };
}
