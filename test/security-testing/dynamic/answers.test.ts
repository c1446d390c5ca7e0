// Guards the probes of answers, entities of XML and polluted prototypes: each finds the flaw in a few lines, and nothing in the same lines mended.
import { describe, expect, it } from "vitest";
import { answers } from "../../../src/security-testing/dynamic/probes/answers.ts";
import { prototypePollution } from "../../../src/security-testing/dynamic/probes/prototype-pollution.ts";
import { xmlEntities } from "../../../src/security-testing/dynamic/probes/xml-entities.ts";
import { found, probed, tiny } from "./tiny.ts";

describe("answers", () => {
  const PARCEL = `paths:
  /parcel:
    get:
      operationId: parcel
      parameters: [{ name: by, in: query, required: true, schema: { type: string, maxLength: 40, example: post } }]
      responses:
        "200": { description: ok, content: { application/json: { schema: { type: object, required: [status], properties: { status: { enum: [packed, sent] } } } } } }
`;
  const answering = (body: unknown, status = 200) => ({ "GET /parcel": () => ({ status, body }) });

  it.each([
    ["a value that is not declared", { status: "lost" }, ["dynamic.answer-undeclared GET /parcel answer /status"]],
    ["a member too few", {}, ["dynamic.answer-undeclared GET /parcel answer /status"]],
    ["text in place of JSON", "packed", ["dynamic.answer-undeclared GET /parcel answer Content-Type"]],
    ["what is declared", { status: "sent" }, []],
    ["a member too many, which another rule is about", { status: "sent", door: 4711 }, []],
  ])("are found with %s", async (_name, body, findings) => {
    expect(await found(answers, { document: PARCEL, api: answering(body) })).toEqual(findings);
    expect(await found(answers, { document: PARCEL, api: answering(body), layer: "gate" })).toEqual(findings);
  });

  it("are found where something odd breaks the API, and not where it is refused", async () => {
    const by = (status: number, body: unknown) => ({
      "GET /parcel": ({ query }: { query: URLSearchParams }) =>
        query.get("by") === "post" ? { body: { status: "sent" } } : { status, body },
    });
    expect(await found(answers, { document: PARCEL, api: by(500, { error: "oh" }) })).toEqual([
      "dynamic.answer-undeclared GET /parcel query by",
    ]);
    expect(await found(answers, { document: PARCEL, api: by(400, { error: "no carrier" }) })).toEqual([]);
    const { stack } = new TypeError("no comparison is named x");
    const verbose = ["dynamic.error-verbose GET /parcel query by"];
    expect(await found(answers, { document: PARCEL, api: by(500, { message: stack }) })).toEqual(verbose);
    expect(await found(answers, { document: PARCEL, api: by(500, { message: stack }), layer: "gate" })).toEqual(
      verbose,
    );
  });
});

describe("a member __proto__", () => {
  const PREFERENCES = `paths:
  /me:
    patch:
      operationId: change
      requestBody: { required: true, content: { application/json: { schema: { type: object, example: { theme: dark } } } } }
      responses: { "204": { description: ok } }
    get:
      operationId: read
      responses: { "200": { description: ok, content: { application/json: {} } } }
`;
  /** As the prototype of all objects would be, in an object of the test's. */
  const api = (isCareful: boolean) => {
    const everybodys: Record<string, unknown> = {};
    return {
      reset: () => Object.keys(everybodys).forEach((name) => delete everybodys[name]),
      everybodys,
      routes: {
        "PATCH /me": ({ json }: { json: Record<string, unknown> }) => {
          if (!isCareful && Object.hasOwn(json, "__proto__"))
            Object.assign(everybodys, Object.getOwnPropertyDescriptor(json, "__proto__")?.value);
          return { status: 204 };
        },
        "GET /me": () => ({ body: { theme: "light", ...everybodys } }),
      },
    };
  };

  it("is found where another caller sees it, cleaned up, stopped by the gate, and not found where it is skipped", async () => {
    const flawed = api(false);
    const options = { document: PREFERENCES, api: flawed.routes, reset: flawed.reset };
    expect(await found(prototypePollution, options)).toEqual(["dynamic.prototype-pollution PATCH /me body"]);
    expect(flawed.everybodys).toEqual({});
    expect(await found(prototypePollution, { ...options, layer: "gate" })).toEqual([]);
    expect(await found(prototypePollution, { document: PREFERENCES, api: api(true).routes })).toEqual([]);
  });
});

describe("entities of XML", () => {
  const IMPORT = `paths:
  /import:
    post:
      operationId: take
      requestBody: { required: true, content: { application/xml: { schema: { type: object }, example: "<a><note>hello</note></a>" } } }
      responses: { "200": { description: ok, content: { application/json: {} } } }
`;
  const noteOf = (text: string) => ({ body: { note: /<note>([^<]*)/.exec(text)?.[1] } });
  const expanding = (file: (name: string) => string) => ({
    "POST /import": ({ text }: { text: string }) => {
      const [, isFile, value = ""] = /<!ENTITY \w+ (SYSTEM )?"([^"]*)"/.exec(text) ?? [];
      return noteOf(text.replaceAll("&portcullis;", () => (isFile === undefined ? value : file(value))));
    },
  });

  it("are found by a file, by their text alone, and not where document types are refused or echoed", async () => {
    const finding = ["dynamic.xml-external-entity POST /import body"];
    const files = expanding((name) => (name === "file:///etc/passwd" ? "root:x:0:0:root:/root:/bin/sh" : ""));
    expect(await found(xmlEntities, { document: IMPORT, api: files })).toEqual(finding);
    expect(await found(xmlEntities, { document: IMPORT, api: files, layer: "gate" })).toEqual(finding);
    const { findings } = await probed(xmlEntities, await tiny({ document: IMPORT, api: expanding(() => "") }));
    expect(findings.map(({ severity }) => severity)).toEqual(["medium"]);
    const echo = { "POST /import": ({ text }: { text: string }) => ({ body: { text } }) };
    expect(await found(xmlEntities, { document: IMPORT, api: echo })).toEqual([]);
    const refusing = {
      "POST /import": ({ text }: { text: string }) => (text.includes("<!DOCTYPE") ? { status: 422 } : noteOf(text)),
    };
    expect(await found(xmlEntities, { document: IMPORT, api: refusing })).toEqual([]);
  });

  it("are found by a listener that is asked", async () => {
    const fetching = {
      "POST /import": async ({ text }: { text: string }) => {
        const url = /SYSTEM "(http:[^"]*)"/.exec(text)?.[1];
        if (url !== undefined) await fetch(url);
        return { body: {} };
      },
    };
    const { findings } = await probed(xmlEntities, await tiny({ document: IMPORT, api: fetching }));
    expect(findings.map(({ message }) => message)).toEqual([
      "POST /import: an entity of the XML is fetched from any address",
    ]);
  });
});
