// What an operation of the shop is given and what it answers.
import type { IncomingHttpHeaders } from "node:http";
import type { Flaws } from "./flaws.ts";
import type { Shop } from "./shop.ts";

/** Nobody has the empty name. */
export interface Caller {
  readonly user: string;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** A digest of the token: what signing out ends. */
  readonly token: string;
}

export const NOBODY: Caller = { user: "", scopes: [], roles: [], token: "" };

export interface Call {
  readonly flaws: Flaws;
  readonly shop: Shop;
  readonly method: string;
  /** As it came, without the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly caller: Caller;
  /** Of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly text: string;
  /** JSON, judged by the document; undefined where there is none. */
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  /** JSON; a string of another type where `type` says so. */
  readonly body?: unknown;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The whole message, in place of all others. */
  readonly raw?: string;
}

export type Operation = (call: Call) => Answer | Promise<Answer>;

export function problem(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body: { message }, headers };
}

export const NOT_FOUND: Answer = problem(404, "There is no such thing.");
