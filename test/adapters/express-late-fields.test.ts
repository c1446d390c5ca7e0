// Guards middlewares behind the gate that set fields when the head goes out, as sessions do; and that a status line says nothing else.
import { connect } from "node:net";
import type { RequestHandler, Response } from "express";
import { describe, expect, it } from "vitest";
import { talk } from "../attacks/wire.ts";
import { ask } from "../gateway/harness.ts";
import { mounted } from "./mounting.ts";

const ENFORCED = "validation: { responses: enforce }\n";
const ITEM = '{"n":1}';

/** Wraps `writeHead`, as `on-headers` does for express-session, cookie-session and response-time. */
const withCookie: RequestHandler = (_request, response, next) => {
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => Response;
  let isFirst = true;
  response.writeHead = ((...args: unknown[]) => {
    if (isFirst) response.setHeader("Set-Cookie", "sid=1");
    isFirst = false;
    return writeHead(...args);
  }) as never;
  next();
};

const FORMS: readonly (readonly [string, number, (response: Response) => unknown])[] = [
  ["json", 200, (response) => response.json({ n: 1 })],
  ["one end", 200, (response) => response.type("json").end(ITEM)],
  ["pieces", 200, (response) => void (response.type("json").write(ITEM.slice(0, 3)), response.end(ITEM.slice(3)))],
  ["a head first", 200, (response) => response.writeHead(200, { "Content-Type": "application/json" }).end(ITEM)],
  ["a flushed head", 200, (response) => void (response.type("json").flushHeaders(), response.end(ITEM))],
  ["a redirect", 302, (response) => response.redirect("/there")],
  ["nothing", 204, (response) => response.status(204).end()],
];

describe.each(["", ENFORCED])("with %j", (text) => {
  it.each(FORMS)("a cookie of a middleware behind the gate goes out with %s", async (_name, status, answer) => {
    const { url } = await mounted(
      (app, gate) => app.use(gate, withCookie).get("/items/:id", (_request, response) => void answer(response)),
      { text },
    );
    const { headers, ...got } = await ask(`${url}/items/1`);
    expect(got.status).toBe(status);
    expect(headers["set-cookie"]).toEqual(["sid=1"]);
  });

  it("a whole body still says its length, and one that keeps the head to itself keeps nothing back", async () => {
    const keeping: RequestHandler = (_request, response, next) => {
      response.writeHead = (() => response) as never;
      next();
    };
    for (const middleware of [withCookie, keeping]) {
      const { url } = await mounted(
        (app, gate) =>
          app.use(gate, middleware).get("/items/:id", (_request, response) => void response.json({ n: 1 })),
        { text },
      );
      const { headers, body } = await ask(`${url}/items/1`);
      expect([headers["content-length"], body]).toEqual(["7", ITEM]);
    }
  });

  it.each([
    ["/items/1", "200 OK"],
    ["/items/2", text === "" ? "200 OK" : "502 Bad Gateway"],
  ])("R04 what the application makes of the reason is not said: %s", async (path, said) => {
    const { port } = await mounted(
      (app, gate) =>
        app.use(gate).get("/items/:id", ({ params }, response) => {
          response.statusMessage = "SQLITE_ERROR hunter2";
          response.json(params["id"] === "1" ? { n: 1 } : { n: 1, undeclared: true });
        }),
      { text },
    );
    const request = `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
    const { starts } = await talk(connect(port, "127.0.0.1"), request);
    expect(starts).toEqual([`HTTP/1.1 ${said}`]);
  });
});
