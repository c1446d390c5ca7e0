// Guards that a report on --observe tells what the written settings would do: `strip` cuts, and unknownParameters: enforce refuses.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type Api, type ExchangeEvent, type Protected, WAYS } from "../attacks/protected.ts";
import { folderWith } from "../configuration/folder.ts";
import { run } from "./running.ts";

const DOCUMENT = `openapi: 3.1.0
info: { title: Users, version: "1" }
security: []
paths:
  /users:
    get:
      operationId: users
      responses: { "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/User" } } } } }
  /odd:
    get:
      operationId: odd
      responses: { "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/User" } } } } }
components:
  schemas:
    User: { type: object, properties: { name: { type: string }, password: { type: string, writeOnly: true } } }
`;

const USER = { name: "ann", password: "hidden", inner: 1 };

function api(validation: string, observe: boolean): Api {
  return {
    document: DOCUMENT,
    configuration: `validation: { ${validation} }\n`,
    observe,
    handle: (app) => {
      app.get("/users", (_request, response) => void response.json(USER));
      app.get("/odd", (_request, response) => void response.json({ name: 5 }));
    },
  };
}

type Notes = ExchangeEvent & { readonly portcullis: { readonly notes?: readonly { kind: string; text?: string }[] } };

interface Row {
  readonly operation: string;
  readonly reason: string;
}

async function reported(gate: Protected): Promise<{ wouldDeny: readonly Row[] }> {
  const cwd = folderWith({ "api.yaml": DOCUMENT });
  writeFileSync(
    path.join(cwd, "audit.ndjson"),
    gate
      .events()
      .map((event) => `${JSON.stringify(event)}\n`)
      .join(""),
  );
  const { out } = await run(["report", "--openapi", "api.yaml", "--format", "json", "audit.ndjson"], { cwd });
  return JSON.parse(out) as { wouldDeny: readonly Row[] };
}

const get = (target: string) => ({ method: "GET", path: target, headers: {} });

describe.each(Object.entries(WAYS))("over %s, --observe", (_way, protect) => {
  it("foretells what strip cuts, and that it refuses nothing of it", async () => {
    const observed = await protect(api("responses: strip", true));
    expect(JSON.parse((await observed.ask(get("/users"))).body)).toEqual(USER);
    expect((await observed.ask(get("/odd"))).status).toBe(200);
    const [users, odd] = observed.events() as readonly Notes[];
    expect(users?.portcullis.notes?.map(({ kind, text }) => `${kind} ${text}`)).toContain(
      "would-replace stripped: /password, /inner",
    );
    expect(odd?.portcullis.notes?.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      "noticed would go out though it does not fit: /name",
    ]);
    expect((await reported(observed)).wouldDeny).toEqual([]);
    await observed.close();

    const enforced = await protect(api("responses: strip", false));
    const answer = await enforced.ask(get("/users"));
    expect([answer.status, answer.body]).toEqual([200, '{"name":"ann"}']);
    expect((await enforced.ask(get("/odd"))).status).toBe(200);
    await enforced.close();
  });

  it("foretells that an answer which enforce refuses is refused", async () => {
    const observed = await protect(api("responses: enforce", true));
    await observed.ask(get("/users"));
    expect((await reported(observed)).wouldDeny).toMatchObject([
      { operation: "users", reason: "validation.response-invalid" },
    ]);
    await observed.close();
  });

  it.each([
    ["enforce", [{ operation: "users", reason: "validation.request-invalid" }], 400],
    ["monitor", [], 200],
  ])("foretells what unknownParameters: %s refuses", async (mode, rows, status) => {
    const settings = `unknownParameters: ${mode}, responses: off`;
    const observed = await protect(api(settings, true));
    expect((await observed.ask(get("/users?page=1"))).status).toBe(200);
    expect((await reported(observed)).wouldDeny).toMatchObject(rows);
    await observed.close();
    const enforced = await protect(api(settings, false));
    expect((await enforced.ask(get("/users?page=1"))).status).toBe(status);
    await enforced.close();
  });
});
