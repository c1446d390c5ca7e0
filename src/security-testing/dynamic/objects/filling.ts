// Puts something into a list that is empty: what it would show is not seen otherwise.
import type { ProbeContext } from "../probe.ts";
import type { RequestValues } from "../requests.ts";
import type { Subject } from "../subject.ts";
import { jsonOf, type Reply } from "../wire.ts";
import { isSuccess } from "./reading.ts";

export function isEmptyList(reply: Reply | undefined): boolean {
  if (!isSuccess(reply)) return false;
  const json = jsonOf(reply);
  return Array.isArray(json) && json.length === 0;
}

/** By the POST at the same path, as its user A. False where there is none, or it is refused. */
export async function addTo(
  { subjects, callers, requests, client }: ProbeContext,
  { operation: { template } }: Subject,
  { path }: RequestValues,
): Promise<boolean> {
  const maker = subjects.find(({ operation }) => operation.method === "POST" && operation.template === template);
  const owner = maker && (await callers.allowed(maker.operation.id, "a"));
  if (maker === undefined || owner === undefined) return false;
  const values = await requests.prepare(maker, owner);
  if ("why" in values) return false;
  return isSuccess((await client.send(requests.wire(maker, { ...values, path }, owner))).reply);
}
