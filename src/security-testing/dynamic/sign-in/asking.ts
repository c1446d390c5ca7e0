// Requests that sign somebody in: to the places that the owner wrote down, with no redirect followed unseen.
import { getCACertificates } from "node:tls";
import { Agent, request } from "undici";

export interface Answered {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Asked {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type Ask = (url: string, asked?: Asked) => Promise<Answered>;

const TIMEOUT_MS = 15_000;

/** `ca`: PEM, beside the authorities that are trusted anyway: the gate's certificate may be private, the issuer's public. */
export function openAsking(ca: string | undefined): { readonly ask: Ask; readonly close: () => Promise<void> } {
  const agent = new Agent({
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    ...(ca === undefined ? {} : { connect: { ca: [...getCACertificates("default"), ca] } }),
  });
  const ask: Ask = async (url, { method = "GET", headers = {}, body } = {}) => {
    const answer = await request(url, { method, headers: { ...headers }, body: body ?? null, dispatcher: agent });
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  };
  return { ask, close: () => agent.close() };
}

export function form(values: Readonly<Record<string, string | undefined>>): Pick<Asked, "method" | "headers" | "body"> {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) body.set(name, value);
  return { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: body.toString() };
}

/** `undefined` where the text is no JSON object. */
export function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
