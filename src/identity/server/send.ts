// Sends pages and answers with the fields that keep them from being framed, cached, sniffed or leaked (A14).
import type { ServerResponse } from "node:http";
import { type Style, styleWith } from "../pages/style.ts";

export interface PageNeeds {
  /** Where a form's answer may lead to, since Chromium holds redirects to `form-action` as well. */
  readonly formTarget?: string | undefined;
  /** Hash of the one script that may run. Left out: none may. */
  readonly script?: string | undefined;
}

/** Which sheet the pages of an answer have. */
const sources = new WeakMap<ServerResponse, string>();
const USUAL_SOURCE = styleWith(undefined).source;

export function noteStyle(response: ServerResponse, { source }: Style): void {
  sources.set(response, source);
}

export function setPageFields(response: ServerResponse, { formTarget, script = "'none'" }: PageNeeds = {}): void {
  const target = formTarget === undefined ? "" : ` ${formTarget}`;
  response.setHeader(
    "Content-Security-Policy",
    `default-src 'none'; style-src ${sources.get(response) ?? USUAL_SOURCE}; script-src ${script}; img-src 'self'; form-action 'self'${target}; frame-ancestors 'none'; base-uri 'none'`,
  );
  response.setHeader("X-Frame-Options", "DENY");
  response.setHeader("X-Content-Type-Options", "nosniff");
  // Not `no-referrer`: a browser would then say `Origin: null` of our own forms.
  response.setHeader("Referrer-Policy", "same-origin");
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
}

/** Of a page that the core made: its form may lead on to `target`, and the script that the core has named is the only one. */
export function openForm(response: ServerResponse, target: string | undefined): void {
  const policy = String(response.getHeader("Content-Security-Policy")).replace("script-src 'none' ", "script-src ");
  const opened = target === undefined ? policy : policy.replace("form-action 'self'", `form-action 'self' ${target}`);
  response.setHeader("Content-Security-Policy", opened);
}

/** Whoever sends more than was read is told, and let go: what follows on the connection would be taken for a request. */
function closeBehindUnread(response: ServerResponse): void {
  if (!response.req.complete) response.setHeader("Connection", "close");
}

export function sendPage(response: ServerResponse, status: number, page: string, needs?: PageNeeds): void {
  setPageFields(response, needs);
  closeBehindUnread(response);
  response.statusCode = status;
  response.setHeader("Content-Type", "text/html; charset=utf-8");
  response.end(page);
}

/** After a form: whoever loads the page anew sends nothing twice (A18). */
export function seeOther(response: ServerResponse, location: string): void {
  setPageFields(response);
  response.statusCode = 303;
  response.setHeader("Location", location);
  response.end();
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  closeBehindUnread(response);
  response.statusCode = status;
  response.setHeader("Content-Type", status >= 400 ? "application/problem+json" : "application/json");
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.end(JSON.stringify(value));
}

/** For a browser to keep, never to show: as a page of ours it would be read by whatever it holds. */
export function sendJsonFile(response: ServerResponse, name: string, value: unknown): void {
  setPageFields(response);
  response.setHeader("Content-Type", "application/json; charset=utf-8");
  response.setHeader("Content-Disposition", `attachment; filename="${name}"`);
  response.end(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** The origin of a redirect URI as `form-action` names it, or its scheme where an application has one of its own. */
export function redirectOrigin(uri: unknown): string | undefined {
  const url = typeof uri === "string" ? URL.parse(uri) : null;
  if (url === null) return undefined;
  return url.origin === "null" ? url.protocol : url.origin;
}
