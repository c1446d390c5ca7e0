// Guards what a run knows of people: whom a path names is asked of the API, and what others read of them is told only where it is theirs.
import { describe, expect, it } from "vitest";
import { answerProperties } from "../../../src/security-testing/dynamic/probes/answer-properties.ts";
import { objectDelete } from "../../../src/security-testing/dynamic/probes/object-change.ts";
import { objectRead } from "../../../src/security-testing/dynamic/probes/object-read.ts";
import { fires, isSilent } from "./shown.ts";
import { found, probed, tiny } from "./tiny.ts";
import type { Asked, Routes } from "./tiny-api.ts";

const get = (id: string, more = "") =>
  `get: { operationId: ${id}, ${more}responses: { "200": { description: ok, content: { application/json: { schema: { type: object, properties: { id: { type: string }, name: { type: string }, email: { type: string } } } } } } } }`;
const NAMED = `parameters: [{ name: userId, in: path, required: true, schema: { type: string } }]\n    `;
const document = (self = "/users/me", more = "") => `paths:
  ${self}:
    ${get("me")}
  /users/{userId}:
    ${NAMED}${get("getUser")}
    delete: { operationId: deleteUser, responses: { "204": { description: gone } } }
${more}`;

const person = (sub: string) => ({ id: `id-of-${sub}`, name: sub });
const self = ({ who }: Asked) => ({ body: person(who?.sub ?? "") });

/** People by what \`show\` says of them to whoever asks. */
function people(show: (user: { id: string; name: string }, asked: Asked) => object | undefined): Routes {
  const seen = new Map<string, { id: string; name: string }>();
  const meet = (asked: Asked) => {
    const { who } = asked;
    if (who !== undefined) seen.set(`id-of-${who.sub}`, person(who.sub));
  };
  return {
    "GET /users/me": (asked) => (meet(asked), self(asked)),
    "GET /auth/me": (asked) => (meet(asked), self(asked)),
    "GET /users/{userId}": (asked) => {
      meet(asked);
      const user = seen.get(asked.path["userId"] ?? "");
      const shown = user && show(user, asked);
      return shown === undefined ? { status: 404, body: {} } : { body: shown };
    },
    "GET /users/{userId}/orders": (asked) => {
      const user = seen.get(asked.path["userId"] ?? "");
      return user === undefined ? { status: 404, body: {} } : { body: [{ of: user.id, cents: 100, when: "today" }] };
    },
    "DELETE /users/{userId}": () => ({ status: 204 }),
  };
}

const withMail = (user: { id: string; name: string }) => ({ ...user, email: `${user.name}@example.com` });
const READ = "dynamic.object-read-by-another GET /users/{userId} path userId";

describe("what the API keeps of a person", () => {
  it.each(["/users/me", "/auth/me"])("is read by another where it is private: known by %s", async (at) => {
    const findings = await found(objectRead, { document: document(at), api: people(withMail) });
    expect(findings).toEqual([READ]);
    fires(findings, "dynamic.object-read-by-another");
  });

  it("is tentative: it may be meant so", async () => {
    const { findings } = await probed(objectRead, await tiny({ document: document(), api: people(withMail) }));
    expect(findings).toMatchObject([
      { confidence: "tentative", message: expect.stringContaining("what the API keeps of user A") },
    ]);
  });

  it.each<[string, Routes]>([
    ["it is a name that all may see", people((user) => user)],
    [
      "what is private is left out for others",
      people((user, { who }) => (who?.sub === user.name ? withMail(user) : user)),
    ],
    ["others are refused", people((user, { who }) => (who?.sub === user.name ? withMail(user) : undefined))],
  ])("is no finding where %s", async (_how, api) => {
    const findings = await found(objectRead, { document: document(), api });
    expect(findings).toEqual([]);
    isSilent(findings, "dynamic.object-read-by-another");
  });

  it("is a finding whatever it holds where it hangs on a person", async () => {
    const orders = `  /users/{userId}/orders:\n    ${NAMED}get: { operationId: orders, responses: { "200": { description: ok } } }\n`;
    const findings = await found(objectRead, { document: document("/users/me", orders), api: people((user) => user) });
    expect(findings).toEqual(["dynamic.object-read-by-another GET /users/{userId}/orders path userId"]);
  });

  it("is looked at for what its answer does not declare", async () => {
    const api = people((user) => ({ ...user, passwordHash: "5f4dcc3b" }));
    expect(await found(answerProperties, { document: document(), api })).toContainEqual(
      expect.stringContaining("GET /users/{userId} answer /passwordHash"),
    );
  });

  it("is not deleted: the run did not make it", async () => {
    const asked: string[] = [];
    const api: Routes = {
      ...people(withMail),
      "DELETE /users/{userId}": ({ path }) => {
        asked.push(path["userId"] ?? "");
        return { status: 204 };
      },
    };
    await probed(objectDelete, await tiny({ document: document(), api }));
    expect(asked).toEqual([]);
  });
});
