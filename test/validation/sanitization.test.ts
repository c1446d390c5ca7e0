// Sanitization through the real gateway and Express: what goes on is sanitized, judged so, and on record without a value.
import { createHash } from "node:crypto";
import type { Request, Response } from "express";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mounted } from "../adapters/mounting.ts";
import { type Bench, bench, documentOf } from "../attacks/input.ts";
import { ask } from "../gateway/harness.ts";
import { bodyCheck } from "../../src/validation/index.ts";

const SCHEMA = {
  type: "object",
  required: ["name"],
  properties: {
    name: { type: "string", minLength: 2, maxLength: 10, "x-portcullis-sanitize": ["trim", "strip-control"] },
    email: { type: "string", format: "email", "x-portcullis-sanitize": ["trim", "lowercase"] },
    bio: { type: "string", "x-portcullis-sanitize": ["html"] },
    tags: { type: "array", items: { type: "string", "x-portcullis-sanitize": ["trim"] } },
    meta: { type: "object", properties: { note: { type: "string", "x-portcullis-sanitize": ["trim"] } } },
    raw: { type: "string" },
    byMail: { type: "object", additionalProperties: { type: "string", "x-portcullis-sanitize": ["trim"] } },
  },
};
const TEXT = { type: "string", maxLength: 3, "x-portcullis-sanitize": ["trim"] };
const FORM = "application/x-www-form-urlencoded";
const MULTIPART = "multipart/form-data";
const DOCUMENT = documentOf({
  "/people": {
    post: {
      requestBody: {
        content: {
          "application/json": { schema: SCHEMA },
          [FORM]: { schema: SCHEMA },
          [MULTIPART]: { schema: SCHEMA },
          "text/plain": { schema: TEXT },
        },
      },
      responses: { default: { description: "any" } },
    },
  },
});

let gate: Bench;
let watched: Bench;

beforeAll(async () => {
  gate = await bench(DOCUMENT);
  watched = await bench(DOCUMENT, { requests: "monitor" });
});

afterAll(async () => {
  await gate.close();
  await watched.close();
});

const post = (type: string, body: string, more = {}) => ({
  target: "/people",
  fields: { "content-type": type, ...more },
  body,
});

async function arrived(through: Bench, attempt: ReturnType<typeof post>) {
  expect((await through.send(attempt)).body).toBe("{}");
  const { headers, body } = through.seen.at(-1) as Bench["seen"][number];
  return { headers, body: body.toString("utf8"), notes: through.exchanges.at(-1)?.notes };
}

const B = "b0";
const parts = (...fields: [string, string][]): string =>
  `${fields.map(([name, value]) => `--${B}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`).join("")}--${B}--\r\n`;

describe("in the gateway", () => {
  it("JSON: only the marked texts change; length is right, digests of what came are gone", async () => {
    const body = '{ "raw":" x ", "name":" An\\u0000n ","n":9007199254740991, "bio":"<b>"}';
    const digest = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
    const fields = {
      "content-digest": digest,
      "repr-digest": digest,
      digest: "x",
      "content-md5": "x",
      "x-other": "stays",
    };
    const { headers, ...seen } = await arrived(gate, post("application/json", body, fields));
    const out = '{ "raw":" x ", "name":"Ann","n":9007199254740991, "bio":"&lt;b&gt;"}';
    expect(seen.body).toBe(out);
    expect(headers["content-length"]).toBe(String(Buffer.byteLength(out)));
    expect(["content-digest", "repr-digest", "digest", "content-md5"].filter((name) => name in headers)).toEqual([]);
    expect(headers["x-other"]).toBe("stays");
    expect(seen.notes).toContainEqual({
      guard: "validation.sanitization",
      kind: "replaced",
      text: "sanitized /name, /bio",
    });
    expect(JSON.stringify(seen.notes)).not.toContain("Ann");
  });

  it("nothing to change: the bytes go on as they came, with what the client said of them, and no note", async () => {
    const body = '{"name":"Ann" , "bio":"a \\u0026amp; b"}';
    const { headers, ...seen } = await arrived(gate, post("application/json", body, { "content-digest": "x" }));
    expect(seen).toEqual({
      body,
      notes: [],
    });
    expect(headers["content-digest"]).toBe("x");
  });

  it.each([
    [
      "a form",
      FORM,
      "name=+Ann%00&raw=+x&tags=a+&tags=b&email=ANN%40X.ORG&bio=%3C",
      "name=Ann&raw=+x&tags=a&tags=b&email=ann%40x.org&bio=%26lt%3B",
      "/name, /tags, /email, /bio",
    ],
    [
      "JSON in a form",
      FORM,
      "name=Ann&meta=%7B%22note%22:+%22+a%22%7D",
      "name=Ann&meta=%7B%22note%22%3A+%22a%22%7D",
      "/meta/note",
    ],
    [
      "a multipart form",
      `${MULTIPART}; boundary=${B}`,
      parts(["name", " Ann "], ["raw", " x"], ["tags", "a "], ["meta", '{"note":" a"}']),
      parts(["name", "Ann"], ["raw", " x"], ["tags", "a"], ["meta", '{"note":"a"}']),
      "/name, /tags, /meta/note",
    ],
    [
      "a member whose name is data",
      "application/json",
      '{"name":"Ann","byMail":{"ann@example.com":" a","ben@example.com":"b "}}',
      '{"name":"Ann","byMail":{"ann@example.com":"a","ben@example.com":"b"}}',
      "/byMail/*",
    ],
    ["a text", "text/plain", "  abc ", "abc", "the body"],
  ])("%s", async (_title, type, body, out, at) => {
    const seen = await arrived(gate, post(type, body));
    expect(seen.body).toBe(out);
    expect(seen.headers["content-length"]).toBe(String(Buffer.byteLength(out)));
    expect(seen.notes).toContainEqual({ guard: "validation.sanitization", kind: "replaced", text: `sanitized ${at}` });
  });

  it("what is judged is what goes on: too short once trimmed, fitting once trimmed", async () => {
    const refused = await gate.send(post("application/json", '{"name":"  a     "}'));
    expect([refused.status, refused.body.includes("name must be at least 2 characters")]).toEqual([400, true]);
    await arrived(gate, post("application/json", `{"name":"${" ".repeat(20)}Ann"}`));
    await arrived(gate, post("application/json", '{"name":"Ann","email":" ANN@EXAMPLE.COM"}'));
  });

  it.each([
    ["malformed JSON", "application/json", '{"name":" Ann ","name":"b"}'],
    ["a boundary that comes to be", `${MULTIPART}; boundary=${B}`, parts(["name", `Ann\r\n--\u0000${B}--\r\n`])],
  ])("%s is refused and reaches nobody", async (_title, type, body) => {
    const before = gate.seen.length;
    expect((await gate.send(post(type, body))).status).toBe(400);
    expect(gate.seen.length).toBe(before);
  });

  it("explain tells of it, before the check", () => {
    const body = gate.plan("POST /people")?.filter(({ phase }) => phase === "body");
    expect(body?.slice(0, 2).map(({ guard, mode }) => `${guard} ${mode}`)).toEqual([
      "validation.sanitization enforce",
      "validation.body enforce",
    ]);
    expect(body?.[0]?.summary).toBe("sanitizes the texts that the schema marks, before they are checked");
  });

  it("with requests off nothing is changed, and nothing is asked", async () => {
    const off = await bench(DOCUMENT, { requests: "off" });
    const { body, notes } = await arrived(off, post("application/json", '{"name":" Ann "}'));
    await off.close();
    expect({ body, notes }).toEqual({ body: '{"name":" Ann "}', notes: [] });
  });

  it("in monitor nothing is changed, and it is noted what would have been", async () => {
    const seen = await arrived(watched, post("application/json", '{"name":" Ann "}'));
    expect(seen.body).toBe('{"name":" Ann "}');
    expect(seen.notes).toContainEqual({
      guard: "validation.sanitization",
      kind: "would-replace",
      text: "sanitized /name",
    });
  });
});

describe("in Express", () => {
  it("req.body, the stream of a multipart body and the length are the sanitized ones", async () => {
    const seen: unknown[] = [];
    const { url } = await mounted(
      (app, handler) => {
        app.use(handler).post("/people", (request: Request, response: Response) => {
          const { body, headers } = request as { body: unknown; headers: Record<string, unknown> };
          const told = { body, length: headers["content-length"], digest: headers["digest"] };
          const chunks: Buffer[] = [];
          const end = () => {
            seen.push({ ...told, stream: Buffer.concat(chunks).toString() });
            response.end();
          };
          request.on("data", (chunk: Buffer) => chunks.push(chunk));
          if (request.readableEnded) end();
          else request.on("end", end);
          request.resume();
        });
      },
      { document: DOCUMENT },
    );
    const send = ({ fields, body }: ReturnType<typeof post>) =>
      ask(`${url}/people`, { method: "POST", headers: fields, body });
    await send(post("application/json", '{"name":" Ann "}', { digest: "x" }));
    await send(post(`${MULTIPART}; boundary=${B}`, parts(["name", " Ann "])));
    const out = parts(["name", "Ann"]);
    expect(seen).toEqual([
      { body: { name: "Ann" }, length: "14", digest: undefined, stream: "" },
      { body: undefined, length: String(out.length), digest: undefined, stream: out },
    ]);
  });

  it("alone: the value that is read is sanitized", () => {
    const check = bodyCheck(SCHEMA);
    expect(check.read(Buffer.from('{"name":" Ann "}'))).toEqual({ value: { name: "Ann" } });
    expect(check.read(Buffer.from('{"name":"  a  "}'))).toMatchObject({ kind: "deny" });
  });
});
