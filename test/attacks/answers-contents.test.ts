// Attacks R01–R04 over the gateway and in Express: each answer first shown to leak where nothing guards, then in every mode.
import { describe, expect, it } from "vitest";
import { answering, type Handler, PLACES, seen, unguarded } from "./answering.ts";

const DOCUMENT = `openapi: 3.1.0
info: { title: Accounts, version: "1" }
security: []
paths:
  /accounts/{id}:
    get:
      operationId: getAccount
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses:
        "200": { description: ok, headers: { X-Total: { required: true, schema: { type: integer } } }, content: { application/json: { schema: { $ref: "#/components/schemas/Account" } } } }
        "400": { description: no, content: { application/problem+json: { schema: { type: object, properties: { title: { type: string } } } } } }
        "503": { description: later }
components:
  schemas:
    Account:
      type: object
      required: [id, password]
      properties:
        id: { type: integer }
        password: { type: string, writeOnly: true }
        iban: { type: string, x-portcullis-sensitive: true }
        owner: { type: object, properties: { name: { type: string } } }
        cards: { type: array, items: { oneOf: [{ $ref: "#/components/schemas/Credit" }, { $ref: "#/components/schemas/Gift" }] } }
    Credit: { type: object, additionalProperties: false, required: [last4], properties: { last4: { type: string } } }
    Gift: { type: object, required: [cents], properties: { cents: { type: integer }, code: { type: string, writeOnly: true } } }
`;

const mode = (responses: string) => ({ document: DOCUMENT, text: `validation: { responses: ${responses} }\n` });

/** What an API answers, as a handler. */
function says(
  status: number,
  type: string | undefined,
  body: string,
  fields: Record<string, string | string[]> = {},
): Handler {
  return (_request, response) => {
    response.writeHead(status, { "X-Total": "1", ...(type === undefined ? {} : { "Content-Type": type }), ...fields });
    response.end(body);
  };
}

const json = (body: string, fields?: Record<string, string>) => says(200, "application/json", body, fields);

describe.each(PLACES)("in %s", (place) => {
  describe.each([
    ["R01 an undeclared member", '{ "id": 9007199254740993, "hash": "hunter2" }', '{ "id": 9007199254740993 }'],
    ["R01 in an object", '{"id":1,"owner":{"ssn":"hunter2","name":"Ann"}}', '{"id":1,"owner":{"name":"Ann"}}'],
    [
      "R01 in items, where the schema closes itself",
      '{"id":1,"cards":[{"last4":"1","pan":"hunter2"}]}',
      '{"id":1,"cards":[{"last4":"1"}]}',
    ],
    [
      "R01 in an item of another alternative",
      '{"id":1,"cards":[{"cents":5,"last4":4242}]}',
      '{"id":1,"cards":[{"cents":5}]}',
    ],
    ["R02 a writeOnly member", '{"password":"hunter2","id":1}', '{"id":1}'],
    ["R02 a sensitive member", '{"id":1,"iban":"hunter2"}', '{"id":1}'],
    [
      "R02 a writeOnly member in an item",
      '{"id":1,"cards":[{"code":"hunter2","cents":5}]}',
      '{"id":1,"cards":[{"cents":5}]}',
    ],
  ])("%s", (name, body, left) => {
    it(`${name}: leaks unguarded, is cut by strip`, async () => {
      expect((await unguarded(json(body), "/accounts/1")).body).toBe(body);
      const { ask, nth } = await answering(place, json(body), mode("strip"));
      const answer = await ask("/accounts/1");
      expect(answer).toMatchObject({ status: 200, body: left, headers: { "content-length": String(left.length) } });
      expect((await nth(1)).notes).toMatchObject([{ guard: "validation.responses", kind: "replaced" }]);
    });

    it(`${name}: noted by monitor; what is forbidden is refused by enforce`, async () => {
      const monitored = await answering(place, json(body), mode("monitor"));
      expect((await monitored.ask("/accounts/1")).body).toBe(body);
      // What some branch declares is not noted, whichever the value fits.
      expect((await monitored.nth(1)).notes.length > 0).toBe(!name.includes("alternative"));
      const enforced = await answering(place, json(body), mode("enforce"));
      const isForbidden = name.startsWith("R02") || name.includes("closes");
      expect((await enforced.ask("/accounts/1")).status).toBe(isForbidden ? 502 : 200);
    });
  });

  it("R01 R02 an answer without them goes as it came, in each mode", async () => {
    const body = ' {"id" : 1.0, "owner":null,\n"cards":[ {"cents":1e2} ]}\n';
    for (const responses of ["strip", "enforce", "monitor", "off"]) {
      const { ask, nth } = await answering(place, json(body.replace("null", "{}"), { ETag: '"7"' }), mode(responses));
      expect(await ask("/accounts/1")).toMatchObject({
        status: 200,
        body: body.replace("null", "{}"),
        headers: { etag: '"7"' },
      });
      expect((await nth(1)).notes).toEqual([]);
    }
  });

  it("R01 R02 R03 R04 all of it leaves where the guard is off", async () => {
    const leaks = [
      json('{"id":1,"hash":"hunter2"}'),
      json('{"id":1,"password":"hunter2"}'),
      says(202, "text/html", "hunter2"),
      says(500, "text/plain", "hunter2"),
    ];
    for (const handler of leaks) {
      const { ask } = await answering(place, handler, mode("off"));
      expect((await ask("/accounts/1")).body).toContain("hunter2");
    }
  });

  it("R01 is noted under --observe whatever the configuration says", async () => {
    const body = '{"id":1,"hash":"hunter2"}';
    const { ask, nth } = await answering(place, json(body), { ...mode("strip"), observe: true });
    expect((await ask("/accounts/1")).body).toBe(body);
    expect((await nth(1)).notes).toMatchObject([
      { guard: "validation.responses", kind: "noticed" },
      { guard: "validation.responses", kind: "would-replace", text: "stripped: /hash" },
    ]);
  });

  describe("R03", () => {
    it.each([
      ["R03 an undeclared success", says(202, "application/json", '{"token":"hunter2"}'), "status 202 is not declared"],
      [
        "R03 an undeclared redirect",
        says(302, "text/plain", "hunter2", { Location: "http://10.0.0.7/hunter2" }),
        "status 302 is not declared",
      ],
      [
        "R03 another media type",
        says(200, "text/html", "<b>hunter2</b>"),
        "the media type is not declared for status 200",
      ],
      [
        "R03 JSON by another name",
        says(200, "text/json", '{"hash":"hunter2"}'),
        "the media type is not declared for status 200",
      ],
      ["R03 no media type", says(200, undefined, "hunter2"), "the media type is missing"],
      ["R03 no JSON under its name", says(200, "application/json", "hunter2"), "The answer is not valid JSON."],
      [
        "R03 a member twice",
        says(200, "application/json", '{"id":1,"owner":{"ssn":"hunter2"},"owner":{}}'),
        "A member name occurs twice in one object.",
      ],
      [
        "R03 encoded",
        says(200, "application/json", "hunter2", { "Content-Encoding": "br" }),
        "encoded text cannot be judged",
      ],
      [
        "R03 a part",
        says(206, "application/json", '"hunter2"', { "Content-Range": "bytes 5-13/40" }),
        "part of a text cannot be judged",
      ],
      ["R03 a text for an object", says(200, "application/json", '"hunter2"'), /^is a single value|must be an object$/],
    ])("%s", async (_name, handler, message) => {
      expect(seen(await unguarded(handler, "/accounts/1"))).toContain("hunter2");
      for (const responses of ["strip", "enforce"]) {
        const { ask, nth } = await answering(place, handler, mode(responses));
        const answer = await ask("/accounts/1");
        expect(answer.status).toBe(502);
        expect(seen(answer)).not.toContain("hunter2");
        const { denial } = await nth(1);
        expect(denial?.reason).toMatch(/^validation\.response-(undeclared|invalid)$/);
        expect(denial?.violations?.[0]?.message).toMatch(message);
      }
      const { ask, nth } = await answering(place, handler, mode("monitor"));
      expect(seen(await ask("/accounts/1"))).toContain("hunter2");
      expect((await nth(1)).notes).not.toEqual([]);
    });

    it("R03 two media types: clients differ on which counts", async () => {
      const handler = says(200, undefined, '{"id":1}', { "Content-Type": ["application/json", "text/html"] });
      expect((await unguarded(handler, "/accounts/1")).status).toBe(200);
      for (const responses of ["strip", "enforce"]) {
        const { ask } = await answering(place, handler, mode(responses));
        expect((await ask("/accounts/1")).status).toBe(502);
      }
    });

    it("R03 a required field of the head: refused by enforce, noted by strip and monitor", async () => {
      const handler: Handler = (_request, response) =>
        void response.setHeader("Content-Type", "application/json").end('{"id":1}');
      expect((await unguarded(handler, "/accounts/1")).headers).not.toHaveProperty("x-total");
      const { ask, nth } = await answering(place, handler, mode("enforce"));
      expect((await ask("/accounts/1")).status).toBe(502);
      expect((await nth(1)).denial?.violations).toEqual([
        { in: "answer", at: "x-total", message: "the field x-total is required" },
      ]);
      for (const responses of ["strip", "monitor"]) {
        const noting = await answering(place, handler, mode(responses));
        expect((await noting.ask("/accounts/1")).status).toBe(200);
        expect((await noting.nth(1)).notes).toMatchObject([
          { kind: "would-deny", denial: { violations: [{ at: "x-total" }] } },
        ]);
      }
    });
  });

  describe("R04", () => {
    const TRACE = "Error: hunter2\n    at query (/srv/app/db.js:42:7)";
    const LEAKS: readonly (readonly [string, number, string, string])[] = [
      ["R04 a stack trace in a page", 500, "text/html", `<pre>${TRACE}</pre>`],
      ["R04 a stack trace in JSON", 500, "application/json", JSON.stringify({ stack: TRACE })],
      ["R04 an SQL error", 500, "text/plain", "ERROR: syntax error at or near 'hunter2' LINE 1: SELECT * FROM users"],
      ["R04 an inner address", 502, "text/plain", "connect ECONNREFUSED 10.0.0.5:5432 hunter2"],
      ["R04 where the document declares the status without a body", 503, "text/html", `<pre>${TRACE}</pre>`],
      ["R04 in an undeclared client error", 404, "text/html", "No static resource /srv/app/hunter2"],
      ["R04 in a declared error, by another name", 400, "text/html", TRACE],
      ["R04 in a declared error, in place of its object", 400, "application/problem+json", JSON.stringify(TRACE)],
    ];

    it.each(LEAKS)("%s", async (_name, status, type, body) => {
      const handler = says(status, type, body, {
        "Retry-After": "7",
        "WWW-Authenticate": "Basic",
        "X-Error-File": "/srv/hunter2",
      });
      expect(await unguarded(handler, "/accounts/1")).toMatchObject({ status, body });
      const stripped = await answering(place, handler, mode("strip"));
      const answer = await stripped.ask("/accounts/1");
      expect(answer).toMatchObject({
        status,
        headers: { "content-type": "application/problem+json", "retry-after": "7", "www-authenticate": "Basic" },
      });
      expect(JSON.parse(answer.body)).toMatchObject({
        reason: "validation.error-hidden",
        status,
        title: "The service behind this gateway reported an error.",
      });
      expect(seen(answer)).not.toContain("hunter2");
      expect(await stripped.nth(1)).toMatchObject({
        answerStatus: status,
        denial: { reason: "validation.error-hidden" },
      });

      const enforced = await answering(place, handler, mode("enforce"));
      const refused = await enforced.ask("/accounts/1");
      expect(refused.status).toBe(502);
      expect(seen(refused)).not.toContain("hunter2");

      const monitored = await answering(place, handler, mode("monitor"));
      expect((await monitored.ask("/accounts/1")).body).toBe(body);
      expect((await monitored.nth(1)).notes).toMatchObject([{ guard: "validation.responses", kind: "would-deny" }]);
    });

    it("R04 a declared error is cut like any other answer", async () => {
      const handler = says(400, "application/problem+json", JSON.stringify({ title: "No.", stack: TRACE }));
      expect((await unguarded(handler, "/accounts/1")).body).toContain("hunter2");
      const { ask } = await answering(place, handler, mode("strip"));
      expect(await ask("/accounts/1")).toMatchObject({ status: 400, body: '{"title":"No."}' });
    });

    it("R04 an error without a body has nothing to hide", async () => {
      const handler: Handler = (_request, response) =>
        response.writeHead(503, { "Content-Length": "0", "Retry-After": "7" }).end();
      const { ask } = await answering(place, handler, mode("strip"));
      expect(await ask("/accounts/1")).toMatchObject({ status: 503, body: "", headers: { "retry-after": "7" } });
    });

    it("R04 a HEAD tells what a GET would", async () => {
      const handler = says(500, "text/html", "hunter2", { "X-Error-File": "hunter2" });
      const { ask } = await answering(place, handler, mode("strip"));
      const answer = await ask("/accounts/1", { method: "HEAD" });
      expect(answer).toMatchObject({ status: 500, body: "", headers: { "content-type": "application/problem+json" } });
      expect(seen(answer)).not.toContain("hunter2");
    });
  });
});
