// A compressing middleware before or behind the gate: what is judged is what the application said, or the record says it was not.
import { gunzipSync } from "node:zlib";
import { get } from "node:http";
import type { Express, RequestHandler } from "express";
import { describe, expect, it } from "vitest";
import { compressing } from "./compressing.ts";
import { mounted } from "./mounting.ts";

type Place = (app: Express, gate: RequestHandler) => Express;

const BEFORE: Place = (app, gate) => app.use(compressing, gate);
const BEHIND: Place = (app, gate) => app.use(gate, compressing);

function items(place: Place, n: unknown, responses: string) {
  const build = (app: Express, gate: RequestHandler) => {
    place(app, gate).get("/items/:id", (_request, response) => void response.json({ n }));
  };
  return mounted(build, { text: `validation: { responses: ${responses} }\n` });
}

/** The answer to a client that takes gzip. */
function askEncoded(url: string): Promise<{ status: number | undefined; encoding: string | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    get(`${url}/items/1`, { headers: { "accept-encoding": "gzip" }, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const encoding = response.headers["content-encoding"];
        const bytes = Buffer.concat(chunks);
        const text = (encoding === undefined ? bytes : gunzipSync(bytes)).toString();
        resolve({ status: response.statusCode, encoding, text });
      });
    }).on("error", reject);
  });
}

describe.each([
  ["before", BEFORE],
  ["behind", BEHIND],
])("compression %s the gate", (where, place) => {
  it("takes place where answers are only monitored", async () => {
    const { url, nth } = await items(place, 1, "monitor");
    expect(await askEncoded(url)).toEqual({ status: 200, encoding: "gzip", text: '{"n":1}' });
    const kinds = (await nth(1)).notes.map(({ kind, text }) => `${kind} ${text ?? ""}`);
    expect(kinds).toEqual(where === "behind" ? ["not-judged encoded"] : []);
  });

  it("does not hide from the guards where answers are enforced", async () => {
    const { url } = await items(place, 1, "enforce");
    // Behind the gate it would: there it finds that nobody asks for gzip.
    const encoding = where === "behind" ? undefined : "gzip";
    expect(await askEncoded(url)).toEqual({ status: 200, encoding, text: '{"n":1}' });
    const wrong = await items(place, "secret", "enforce");
    const answer = await askEncoded(wrong.url);
    expect([answer.status, answer.text.includes("secret")]).toEqual([502, false]);
  });
});

it("an answer that is encoded unasked is refused where answers are enforced", async () => {
  const build = (app: Express, gate: RequestHandler) => {
    app.use(gate).get("/items/:id", (_request, response) => {
      response.type("json").set("Content-Encoding", "gzip").end("not to be seen through");
    });
  };
  const { url, nth } = await mounted(build, { text: "validation: { responses: enforce }\n" });
  expect((await fetch(`${url}/items/1`)).status).toBe(502);
  expect((await nth(1)).denial?.reason).toBe("validation.response-invalid");
});
