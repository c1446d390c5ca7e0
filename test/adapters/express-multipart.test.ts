// Multipart bodies inside Express: judged first, then in the request's stream again, whole, for whatever parser the application has.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import type { Express, NextFunction, Request, Response } from "express";
import { describe, expect, it } from "vitest";
import { ask } from "../gateway/harness.ts";
import { mounted } from "./mounting.ts";

const DOCUMENT = `openapi: 3.1.0
info: { title: Photos, version: "1" }
security: []
paths:
  /photos:
    post:
      operationId: addPhoto
      requestBody: { required: true, content: { multipart/form-data: { schema: { $ref: "#/components/schemas/Photo" } } } }
      responses: { "200": { description: added } }
components:
  schemas:
    Photo:
      type: object
      required: [title]
      additionalProperties: false
      properties: { title: { type: string, minLength: 3 }, photo: { type: string, format: binary } }
`;

const B = "----b";
const TYPE = { "content-type": `multipart/form-data; boundary=${B}` };
const bodyOf = (title: string, bytes = "\0\xff"): Buffer =>
  Buffer.from(
    `--${B}\r\nContent-Disposition: form-data; name="title"\r\n\r\n${title}\r\n` +
      `--${B}\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n${bytes}\r\n--${B}--\r\n`,
    "latin1",
  );

/** As multer does it: the request itself is read, and parsed by somebody else. */
function parse(request: Request, response: Response, next: NextFunction): void {
  expect(request.body).toBeUndefined();
  const whole = new globalThis.Response(Readable.toWeb(request) as ReadableStream, { headers: TYPE });
  whole.formData().then((form) => {
    const photo = form.get("photo") as File;
    response.json({ title: form.get("title"), name: photo.name, size: photo.size });
  }, next);
}

const app = (application: Express, gate: Parameters<Parameters<typeof mounted>[0]>[1]) =>
  void application.use(gate).post("/photos", parse);

async function open(port: number, length: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(
    `POST /photos HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${TYPE["content-type"]}\r\nContent-Length: ${length}\r\n\r\n`,
  );
  return socket;
}

async function answerOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe("a multipart body inside Express", () => {
  it("is read by the application once it was judged, whether it comes at once or in pieces", async () => {
    const { url, port, nth } = await mounted(app, { document: DOCUMENT });
    const body = bodyOf("sea");
    const added = '{"title":"sea","name":"a","size":2}';
    expect(await ask(`${url}/photos`, { method: "POST", headers: TYPE, body })).toMatchObject({ body: added });
    expect(await nth(1)).toMatchObject({ requestBytes: body.length, answerStatus: 200 });
    const socket = await open(port, body.length);
    for (const byte of body) {
      socket.write(Buffer.from([byte]));
      await setImmediate();
    }
    expect(await answerOf(socket)).toContain(added);
    const large = bodyOf("sea", "x".repeat(900_000));
    const answer = await ask(`${url}/photos`, { method: "POST", headers: TYPE, body: large });
    expect(answer.body).toBe('{"title":"sea","name":"a","size":900000}');
  });

  it("reaches no handler where it does not fit, is cut short, or is too large", async () => {
    let reached = false;
    const { url, port, nth } = await mounted(
      (application, gate) => application.use(gate).post("/photos", () => (reached = true)),
      { document: DOCUMENT },
    );
    const refused = await ask(`${url}/photos`, { method: "POST", headers: TYPE, body: bodyOf("xy") });
    expect([refused.status, refused.body.includes("title must be at least 3 characters")]).toEqual([400, true]);
    const large = await ask(`${url}/photos`, {
      method: "POST",
      headers: TYPE,
      body: bodyOf("sea", "x".repeat(2 ** 20)),
    });
    expect(large.status).toBe(413);
    const socket = await open(port, 1_000);
    socket.write(bodyOf("sea"));
    socket.destroy();
    expect((await nth(3)).ended).toBe("client-left");
    expect(reached).toBe(false);
  });

  it("that is only observed goes on whole, however large", async () => {
    const text = "validation: { requests: monitor }\n";
    const { url, nth } = await mounted(app, { document: DOCUMENT, text });
    const headers = TYPE;
    const bad = await ask(`${url}/photos`, { method: "POST", headers, body: bodyOf("xy") });
    expect(bad.body).toBe('{"title":"xy","name":"a","size":2}');
    const large = await ask(`${url}/photos`, { method: "POST", headers, body: bodyOf("sea", "x".repeat(2 ** 21)) });
    expect(large.body).toBe(`{"title":"sea","name":"a","size":${2 ** 21}}`);
    expect((await nth(1)).notes[0]).toMatchObject({ kind: "would-deny", guard: "validation.body" });
    expect((await nth(2)).notes[0]).toMatchObject({ kind: "would-deny", guard: "validation.body-length" });
  });
});
