// What the tests of single practices share: an Express application that listens, and an audit log to look into.
import type { AddressInfo } from "node:net";
import { createHmac } from "node:crypto";
import express, { type ErrorRequestHandler, type Express } from "express";
import type { Sink } from "../../src/monitoring/index.ts";

export interface Served {
  readonly origin: string;
  close(): Promise<void>;
}

/** Listens with `build`'s middlewares; what they throw is answered as 500 with its message. */
export async function serve(build: (app: Express) => void | Promise<void>): Promise<Served> {
  const app = express();
  await build(app);
  const told: ErrorRequestHandler = (error: Error, _request, response, _next) => {
    response.status(500).json({ thrown: error.message });
  };
  app.use(told);
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export async function ask(served: Served, path: string, init: RequestInit = {}): Promise<Asked> {
  const answer = await fetch(served.origin + path, init);
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: text === "" ? {} : (JSON.parse(text) as Asked["body"]),
  };
}

export function postJson(body: string, more: Record<string, string> = {}): RequestInit {
  return { method: "POST", body, headers: { "content-type": "application/json", ...more } };
}

/** Events in memory; `nth` resolves once as many were recorded. */
export function eventLog(): Sink & { nth(count: number): Promise<Readonly<Record<string, unknown>>>; lines: string[] } {
  const lines: string[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  return {
    name: "memory",
    lines,
    write(line) {
      lines.push(line);
      for (const { count, resolve } of waiting) if (lines.length >= count) resolve();
      return true;
    },
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
    async nth(count) {
      if (lines.length < count) await new Promise<void>((resolve) => waiting.push({ count, resolve }));
      return JSON.parse(lines[count - 1] as string) as Readonly<Record<string, unknown>>;
    },
  };
}

export const SECRET = "a secret of more than thirty-two bytes, for tests";
export const ISSUER = "https://login.example.com/";
export const AUDIENCE = "https://api.example.com";

/** A token as `jsonwebtoken` makes it, by hand, so that wrong ones can be made too. */
export function token(
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  secret = SECRET,
): string {
  const now = Math.floor(Date.now() / 1000);
  const payload = { iss: ISSUER, aud: AUDIENCE, sub: "ada", iat: now, exp: now + 600, ...claims };
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT", ...header })}.${part(payload)}`;
  return `${signed}.${header["alg"] === "none" ? "" : createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

export const bearer = (value: string): RequestInit => ({ headers: { authorization: `Bearer ${value}` } });
