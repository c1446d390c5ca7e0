// Proves, before anything is measured, that a contender does what it is measured for.
import type { Contender } from "./contenders/contender.ts";
import type { Refused, Workload } from "./workload/requests.ts";

/** Right answers to right requests; and from those who guard, the right refusals. Throws at the first that is not. */
export async function checkContender(
  contender: Contender,
  url: string,
  workloads: readonly Workload[],
  refusals: readonly Refused[],
): Promise<void> {
  for (const workload of workloads) {
    const [status, text] = await ask(url, workload, workload.path, workload.tokens[0], workload.body);
    if (status !== workload.status || text !== workload.answer) {
      throw new Error(`${contender.name} answered ${workload.name} with ${status}: ${text.slice(0, 500)}`);
    }
  }
  if (!contender.guards) return;
  for (const { what, workload, path, token, body, status } of refusals) {
    const [actual, text] = await ask(url, workload, path, token, body);
    if (actual !== status) {
      throw new Error(`${contender.name} answered ${actual}, not ${status}, to ${what}: ${text.slice(0, 500)}`);
    }
  }
}

async function ask(
  url: string,
  workload: Workload,
  path: string,
  token: string | undefined,
  body: string | undefined,
): Promise<[number, string]> {
  const headers: Record<string, string> = {};
  if (token !== undefined) headers["Authorization"] = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(url + path, { method: workload.method, headers, body: body ?? null });
  return [answer.status, await answer.text()];
}
