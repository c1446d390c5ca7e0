// Sends a case as its own caller from its own address, and says in what the answer is not what it must be.
import type { Answer } from "./asking.ts";
import type { Contender, Issuing } from "./contenders.ts";
import { type ConformanceCase, TOKENS } from "./case.ts";
import { CASES } from "./cases.ts";

const LANES = 8;

/** Each case has a subject and a client address of its own: what one spends is not missing to another. */
export async function send(contender: Contender, one: ConformanceCase, { issuer }: Issuing): Promise<Answer> {
  const headers: Record<string, string> = { "x-forwarded-for": `203.0.113.${CASES.indexOf(one) + 1}`, ...one.fields };
  if (one.token !== undefined) {
    headers["authorization"] = `Bearer ${await issuer.sign({ subject: one.name, ...TOKENS[one.token] })}`;
  }
  const asking = { method: one.method, path: one.path, headers, body: one.body };
  for (let sent = 0; sent < (one.after ?? 0); sent += LANES) {
    const lanes = Math.min(LANES, (one.after ?? 0) - sent);
    await Promise.all(Array.from({ length: lanes }, () => contender.ask(asking)));
  }
  return contender.ask(asking);
}

/** Empty where the answer is as the case has it. */
export function mismatches(one: ConformanceCase, { status, headers, body }: Answer): string[] {
  const found: string[] = [];
  if (status !== one.status) found.push(`status ${status} instead of ${one.status}: ${body.slice(0, 300)}`);
  for (const text of [one.says, one.method === "HEAD" ? undefined : one.reason]) {
    if (text !== undefined && !body.includes(text)) found.push(`the body does not say ${text}: ${body.slice(0, 300)}`);
  }
  const [field, pattern] = one.field ?? ["x-request-id", /./];
  if (!pattern.test(String(headers[field] ?? ""))) found.push(`${field}: ${String(headers[field])}`);
  return found;
}

/** Framing and time of one hop. All other fields must be the same wherever a request is answered. */
const OF_THE_HOP = new Set(["date", "connection", "keep-alive", "transfer-encoding", "content-length"]);

/** The answer without what differs from one request to the next: its id, and how many seconds are left. */
export function comparable({ status, headers, body }: Answer): object {
  const fields = Object.entries(headers)
    .filter(([name]) => !OF_THE_HOP.has(name))
    .map(([name, value]) => [name, stable(name, String(value))] as const);
  return {
    status,
    fields: Object.fromEntries(fields.sort(([a], [b]) => a.localeCompare(b))),
    body: body
      .replace(/"requestId":"[0-9a-f-]{36}"/, '"requestId":"…"')
      .replaceAll(/"placedAt":"[^"]+"/g, '"placedAt":"…"'),
  };
}

function stable(name: string, value: string): string {
  if (name === "x-request-id") return value.replace(/^[0-9a-f-]{36}$/, "an id");
  if (name === "retry-after") return value.replace(/^[0-9]+$/, "seconds");
  if (name === "ratelimit") return value.replaceAll(/t=[0-9]+/g, "t=seconds");
  // The sample's answers hold the time at which its orders were placed.
  return name === "etag" ? value.replace(/"[^"]+"$/, '"a tag"') : value;
}
