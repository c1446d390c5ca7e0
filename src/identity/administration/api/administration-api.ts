// The administration over HTTP: finds what is asked for, who asks, and answers as data/administration.openapi.yaml says.
import type { IncomingMessage, ServerResponse } from "node:http";
import { type ReasonCode, REASONS } from "../../../core/reasons/registry.ts";
import { TOLD_REFUSAL } from "../../../http/told-refusal.ts";
import { PROBLEM_MEDIA_TYPE, problemBody } from "../../../http/problem.ts";
import { UnstorableTextError } from "../../../stores/unstorable-text.ts";
import { readJson } from "../../server/form.ts";
import { sendJson } from "../../server/send.ts";
import { READ_SCOPE, WRITE_SCOPE } from "../../roles/administration-scopes.ts";
import type { Administration } from "../administration.ts";
import { isRefusal } from "../refusal.ts";
import type { Callers } from "./caller.ts";
import { catalogueRoutes } from "./catalogue-routes.ts";
import { clientRoutes } from "./client-routes.ts";
import type { Answer, ApiRequest, Route } from "./route.ts";
import { userRoutes } from "./user-routes.ts";

export class AdministrationApi {
  readonly callers: Callers;
  readonly #routes: readonly Route[];
  readonly #failed: (what: string, error: unknown) => void;

  constructor(
    administration: Administration,
    callers: Callers,
    keysReplaced: () => Promise<void>,
    failed: (what: string, error: unknown) => void,
  ) {
    this.callers = callers;
    this.#failed = failed;
    this.#routes = [
      ...userRoutes(administration.users),
      ...clientRoutes(administration.clients),
      ...catalogueRoutes(administration, keysReplaced),
    ];
  }

  /** `path`: below the path of the administration. */
  async answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const { method = "", headers } = request;
    const requestId = typeof headers["x-request-id"] === "string" ? headers["x-request-id"] : "";
    const refused = (reason: ReasonCode, detail?: string): void => sendProblem(response, reason, requestId, detail);
    try {
      const scope = method === "GET" ? READ_SCOPE : WRITE_SCOPE;
      const actor = await this.callers.identify(headers.authorization, scope);
      if (typeof actor === "string") return refused(actor);
      const found = this.#find(method, path);
      if (found === undefined) return refused("identity.resource-unknown");
      const body = await readBody(request);
      if (body === "broken") return refused("identity.request-invalid", "The body is no JSON object.");
      const asked: ApiRequest = {
        actor,
        parameters: found.parameters,
        body,
        version: versionIn(headers["if-match"]),
        query: queryOf(request),
      };
      const answer = await found.route.answer(asked);
      if (isRefusal(answer)) return refused(answer.refused, answer.detail);
      return sendAnswer(response, answer);
    } catch (error) {
      if (error instanceof UnstorableTextError)
        return refused("identity.request-invalid", `${error.error_description}.`);
      this.#failed("administration", error);
      if (response.headersSent) response.destroy();
      else refused("identity.failed");
    }
  }

  #find(method: string, path: string): { route: Route; parameters: readonly string[] } | undefined {
    const given = path.split("/").slice(1);
    for (const route of this.#routes) {
      const wanted = route.path.split("/").slice(1);
      if (route.method !== method || wanted.length !== given.length) continue;
      if (!wanted.every((segment, i) => segment === "*" || segment === given[i])) continue;
      const parameters = given.filter((_, i) => wanted[i] === "*").map(decoded);
      if (!parameters.includes(undefined)) return { route, parameters: parameters as string[] };
    }
    return undefined;
  }
}

async function readBody(request: IncomingMessage): Promise<ApiRequest["body"] | "broken"> {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  if (encoding === undefined && (length === undefined || length === "0")) return {};
  const body = await readJson(request);
  return body ?? "broken";
}

function versionIn(field: string | undefined): string | undefined {
  return field === undefined ? undefined : field.replace(/^"(.*)"$/, "$1");
}

function queryOf(request: IncomingMessage): ReadonlyMap<string, string> {
  return new Map(new URL(request.url ?? "/", "http://localhost").searchParams);
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function sendAnswer(response: ServerResponse, { status, value, version }: Answer): void {
  if (version !== undefined) response.setHeader("ETag", `"${version}"`);
  if (value !== undefined) return sendJson(response, status, value);
  response.statusCode = status;
  response.setHeader("Cache-Control", "no-store");
  response.end();
}

function sendProblem(
  response: ServerResponse,
  reason: ReasonCode,
  requestId: string,
  detail: string | undefined,
): void {
  const { status, title } = REASONS[reason];
  if (!response.req.complete) response.setHeader("Connection", "close");
  if (status === 401) response.setHeader("WWW-Authenticate", "Bearer");
  if (status === 401 || status === 403) response.setHeader(TOLD_REFUSAL, reason);
  response.statusCode = status;
  response.setHeader("Content-Type", PROBLEM_MEDIA_TYPE);
  response.setHeader("Cache-Control", "no-store");
  response.end(problemBody({ status, title, reason, requestId, detail }));
}
