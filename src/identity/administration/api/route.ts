// One operation of the administration, and what it is asked and answers.
import type { Actor } from "../../changes/change-log.ts";
import { type Refusal, refuse } from "../refusal.ts";
import { versionOf } from "../version-of.ts";

export interface ApiRequest {
  readonly actor: Actor;
  /** For each `*` of the path, in order. */
  readonly parameters: readonly string[];
  readonly query: ReadonlyMap<string, string>;
  /** An empty object where there is none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Of `If-Match`. */
  readonly version: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly value?: object;
  /** For `ETag`. */
  readonly version?: string;
}

export interface Route {
  readonly method: string;
  /** Below the path of the administration; `*` stands for one segment. */
  readonly path: string;
  readonly answer: (request: ApiRequest) => Promise<Answer | Refusal>;
}

export function ok(value: object): Answer {
  return { status: 200, value };
}

/** With the name of its state, for a change from there. */
export function versioned(value: object, status = 200): Answer {
  return { status, value, version: versionOf(value) };
}

export function text(body: ApiRequest["body"], name: string): string | undefined {
  const value = body[name];
  return typeof value === "string" ? value : undefined;
}

/** The gate has judged what it is; whoever came beside it gets no further than this. */
export function texts(body: ApiRequest["body"], name: string): readonly string[] | undefined {
  const value = body[name];
  return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : undefined;
}

export function objects(
  body: ApiRequest["body"],
  name: string,
): readonly Readonly<Record<string, unknown>>[] | undefined {
  const value = body[name];
  const isList = Array.isArray(value) && value.every((one) => typeof one === "object" && one !== null);
  return isList ? (value as Record<string, unknown>[]) : undefined;
}

const PAGE_DEFAULT = 50;
const PAGE_MAX = 200;

export function limitOf(query: ApiRequest["query"]): number {
  const limit = Number(query.get("limit") ?? PAGE_DEFAULT);
  return Number.isSafeInteger(limit) && limit > 0 ? Math.min(limit, PAGE_MAX) : PAGE_DEFAULT;
}

/** Work that replaces what others may change at the same time. */
export function fromVersion(answer: Route["answer"]): Route["answer"] {
  return async (request) => (request.version === undefined ? refuse("identity.version-missing") : answer(request));
}
