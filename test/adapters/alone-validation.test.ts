// Guards validateBody() alone: what was judged is what the handler gets, byte for byte.
import { Agent, request as httpRequest } from "node:http";
import { connect } from "node:net";
import express, { type RequestHandler } from "express";
import { afterEach, describe, expect, it } from "vitest";
import { keepBytes, validateBody } from "../../src/adapters/express-validation.ts";
import { ask, postJson, serve, type Served } from "./alone-harness.ts";

const SCHEMA = {
  type: "object",
  required: ["email", "password"],
  properties: { email: { type: "string", format: "email" }, password: { type: "string", minLength: 12 } },
};
const account = (password: string, more = "") => `{"email":"a@example.com","password":"${password}"${more}}`;
const echo: RequestHandler = (request, response) => void response.json({ got: request.body as unknown });
let served: Served;
afterEach(() => served.close());

const register = (...before: RequestHandler[]) =>
  serve((app) => void app.post("/api/register", ...before, validateBody(SCHEMA, { bodyBytesMax: 200 }), echo));

describe("validateBody()", () => {
  it("lets a password of 12 pass and gives the handler the value", async () => {
    served = await register();
    const answer = await ask(served, "/api/register", postJson(account("123456789012")));
    expect(answer).toMatchObject({ status: 200, body: { got: { password: "123456789012" } } });
  });

  it("refuses a password of 11 in a sentence without the value, which express.json() lets pass", async () => {
    served = await serve((app) => {
      app.post("/open", express.json(), echo);
      app.post("/api/register", validateBody(SCHEMA), echo);
    });
    const short = postJson(account("Tr0ub4dor&3"));
    expect((await ask(served, "/open", short)).status).toBe(200);
    const { status, headers, body } = await ask(served, "/api/register", short);
    expect([status, body["reason"]]).toEqual([400, "validation.request-invalid"]);
    expect(body["errors"]).toEqual([
      { in: "body", at: "/password", message: "password must be at least 12 characters" },
    ]);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(JSON.stringify(body)).not.toContain("Tr0ub4dor");
  });

  it("refuses a member that comes twice, of which express.json() shows the last only", async () => {
    served = await serve((app) => {
      app.post("/open", express.json(), echo);
      app.post("/api/register", validateBody(SCHEMA), echo);
    });
    const twice = postJson(account("123456789012", ',"password":"x"'));
    expect((await ask(served, "/open", twice)).body).toEqual({ got: { email: "a@example.com", password: "x" } });
    expect((await ask(served, "/api/register", twice)).body).toMatchObject({
      reason: "validation.body-malformed",
      detail: "A member name occurs twice in one object.",
    });
  });

  it.each([
    ["no body", { method: "POST" }, 400, "validation.body-missing"],
    [
      "text",
      { method: "POST", body: account("123456789012"), headers: { "content-type": "text/plain" } },
      415,
      "validation.media-type-unsupported",
    ],
    [
      "an encoded body",
      postJson(account("123456789012"), { "content-encoding": "gzip" }),
      415,
      "validation.content-encoding-unsupported",
    ],
    ["what is no JSON", postJson("{"), 400, "validation.body-malformed"],
    ["a __proto__", postJson(account("123456789012", ',"__proto__":{}')), 400, "validation.body-malformed"],
  ] as [string, RequestInit, number, string][])("refuses %s", async (_name, init, status, reason) => {
    served = await register();
    expect(await ask(served, "/api/register", init)).toMatchObject({ status, body: { reason } });
  });

  it("takes a body of the limit and refuses one byte more, declared or not", async () => {
    served = await register();
    const ofBytes = (bytes: number) => {
      const text = account("123456789012");
      return text + " ".repeat(bytes - text.length);
    };
    expect((await ask(served, "/api/register", postJson(ofBytes(200)))).status).toBe(200);
    expect((await ask(served, "/api/register", postJson(ofBytes(201)))).body["reason"]).toBe(
      "validation.body-too-large",
    );
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const chunked = httpRequest(`${served.origin}/api/register`, {
        method: "POST",
        headers: { "content-type": "application/json" },
      });
      chunked.on("response", (answer) => resolve(answer.resume().statusCode)).on("error", reject);
      chunked.write(ofBytes(150));
      chunked.end(" ".repeat(51));
    });
    expect(status).toBe(413);
  });
});

describe("a client that goes on sending", () => {
  it("sees the answer and is cut off", async () => {
    served = await register();
    const { hostname, port } = new URL(served.origin);
    const socket = connect(Number(port), hostname);
    const head =
      "POST /api/register HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    socket.write(head + `100\r\n${" ".repeat(256)}\r\n`);
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString("latin1")));
    const goOn = (error?: Error | null) => {
      if (!error) socket.write(`400\r\n${" ".repeat(1_024)}\r\n`, (failed) => void setImmediate(goOn, failed));
    };
    goOn();
    await new Promise((resolve) => socket.on("error", () => undefined).once("close", resolve));
    expect(answer).toContain("HTTP/1.1 413 ");
  });

  it("keeps its connection where the rest is short", async () => {
    served = await register();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const send = (spaces: number) =>
      new Promise<[number | undefined, boolean]>((resolve, reject) => {
        const init = { agent, method: "POST", headers: { "content-type": "application/json" } };
        const sent = httpRequest(`${served.origin}/api/register`, init, (answer) => {
          answer.resume().on("end", () => resolve([answer.statusCode, sent.reusedSocket]));
        });
        sent.on("error", reject).end(account("123456789012") + " ".repeat(spaces));
      });
    expect(await send(300)).toEqual([413, false]);
    expect(await send(0)).toEqual([200, true]);
    agent.destroy();
  });
});

describe("validateBody() among other body parsers", () => {
  it("refuses to judge a value whose bytes are gone, and says what to do", async () => {
    served = await register(express.json());
    const { status, body } = await ask(served, "/api/register", postJson(account("123456789012")));
    expect(status).toBe(500);
    expect(body["thrown"]).toContain("Mount validateBody() before express.json(), or keep them");
  });

  it("judges the bytes behind express.json({ verify: keepBytes })", async () => {
    served = await register(express.json({ verify: keepBytes }));
    expect((await ask(served, "/api/register", postJson(account("123456789012")))).status).toBe(200);
    const twice = await ask(served, "/api/register", postJson(account("123456789012", ',"password":"x"')));
    expect(twice.body["reason"]).toBe("validation.body-malformed");
    expect((await ask(served, "/api/register", postJson(account("123456789012") + " ".repeat(200)))).status).toBe(413);
  });

  it("leaves express.json() after it nothing to do, and can be asked twice", async () => {
    const more = { required: ["email"], properties: { email: { maxLength: 13 } } };
    served = await serve(
      (app) => void app.post("/api/register", validateBody(SCHEMA), express.json(), validateBody(more), echo),
    );
    const answer = await ask(served, "/api/register", postJson(account("123456789012")));
    expect(answer).toMatchObject({ status: 200, body: { got: { email: "a@example.com" } } });
  });
});
