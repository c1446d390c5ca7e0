// Attacks I15 with operators of NoSQL: members and brackets where a value was meant.
import { describe, expect, it } from "vitest";
import { answering, type Handler, PLACES, unguarded } from "./answering.ts";
import { body, protectedBy, textOf } from "./injecting.ts";
import * as naive from "./naive-interpreters.ts";
import { SECRET } from "./naive-interpreters.ts";

describe("I15 nosql", () => {
  const login: Handler = (request, response) => {
    void textOf(request).then((value) => response.setHeader("Content-Type", "text/plain").end(naive.nosql(value)));
  };
  const ATTACKS = [{ $ne: "" }, { $gt: "" }];
  const schema = "{ type: string, maxLength: 40 }";

  it("I15 nosql: the attacks work on careless code", async () => {
    for (const value of ATTACKS) expect((await unguarded(login, ...body("free", value))).body).toContain(SECRET);
  });

  describe.each(PLACES)("in %s", (place) => {
    it("I15 nosql: refused by a closed schema, by detection in an open one, noted by default", async () => {
      const { ask, nth } = await answering(place, login, protectedBy(schema));
      let count = 0;
      for (const value of ATTACKS) {
        const [narrow, free] = [await ask(...body("narrow", value)), await ask(...body("free", value))];
        count += 2;
        expect([narrow.status, free.status]).toEqual([400, 400]);
        expect(await nth(count - 1)).toMatchObject({ denial: { reason: "validation.request-invalid" } });
        expect(await nth(count)).toMatchObject({
          denial: {
            reason: "validation.injection-detected",
            violations: [{ in: "body", at: `/q/${Object.keys(value)[0]}` }],
          },
        });
        const noted = await ask(...body("noted", value));
        count += 1;
        expect(noted.body).toContain(SECRET);
        expect((await nth(count)).notes).toMatchObject([{ guard: "validation.injection", kind: "would-deny" }]);
      }
    });

    it("I15 nosql: brackets in a query, of a declared parameter and of one that nobody declares", async () => {
      const { ask } = await answering(place, login, protectedBy(schema));
      for (const target of ["/free?q[$ne]=1", "/free?q%5B%24gt%5D=", "/free?x[a][$where]=1", "/free?x.$ne=1"]) {
        expect((await ask(target)).status).toBe(400);
      }
    });

    it.each([{ $schema: "x" }, { $ref: "#/a" }, { price: "$ne 5" }])(
      "I15 nosql: a harmless twin passes: %j",
      async (value) => {
        const { ask } = await answering(place, login, protectedBy(schema));
        expect(await ask(...body("free", value))).toMatchObject({ status: 200, body: "[]" });
      },
    );
  });
});
