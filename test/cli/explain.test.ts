// Guards `portcullis explain`: what a request matches, guard by guard with the lines behind, and what would be denied.
import { describe, expect, it } from "vitest";
import { DOCUMENT, OAUTH } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { run } from "./running.ts";

const TEXT = `openapi: api.yaml
${OAUTH}rateLimiting: [{ limit: 5, window: 1m }]
operations:
  getOrder: { validation: { responses: off } }
`;

async function explain(...args: string[]): Promise<string> {
  const cwd = folderWith({ "portcullis.yaml": TEXT, "api.yaml": DOCUMENT });
  const { code, out, err } = await run(["explain", ...args], { cwd });
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out.replaceAll(/ +/g, " ");
}

describe("explain", () => {
  it("shows match, parameters and every guard with the line behind it", async () => {
    expect(await explain("GET", "/orders/7")).toBe(
      `GET /orders/7
 matches getOrder: GET /orders/{id} api.yaml:5:5
 id = 7

 head rate-limiting.address-ceiling enforce at most 1000 in 1 minute: requests of an address, over all operations
 by default
 head rate-limiting.failed-authentication enforce at most 20 in 15 minutes: failed authentications of an address
 by default
 head authentication.credentials enforce asks for oauth (read)
 api.yaml:8:7, portcullis.yaml:3:3
 head rate-limiting.subject enforce at most 5 in 1 minute for each subject, else address
 portcullis.yaml:4:16
 head authorization.scopes enforce asks for the scopes of oauth (read)
 api.yaml:8:7
 head validation.parameters enforce checks id (path)
 api.yaml:5:5, portcullis.yaml:6:15
 head validation.body-unexpected enforce takes no body
 api.yaml:5:5, portcullis.yaml:6:15
 head validation.injection monitor looks for code in texts that the document leaves free
 api.yaml:5:5, portcullis.yaml:6:15
 response transport.answer enforce takes out what tells about the API behind and adds the security fields
 by default
 response transport.cors enforce lets no page of another origin read the answer, and drops what the API says of it
 by default
 response rate-limiting.fields enforce tells the client where its limits stand
 portcullis.yaml:4:1

without credentials denied by authentication.credentials: 401 authentication.credentials-missing
 Authentication is required.
 The client sent no credentials of a kind that this operation accepts. Send \`Authorization: Bearer <token>\`, or \`DPoP <token>\` with its proof.
with credentials that hold it goes on, as far as limits and authorization allow
`,
    );
  });

  it("says which parameter does not fit", async () => {
    const shown = await explain("get", "/orders/seven");
    expect(shown).toContain(
      "with credentials that hold denied by validation.parameters: 400 validation.request-invalid",
    );
    expect(shown).toContain("path id: id must be an integer");
  });

  it("takes GET where only a target is given, and judges no body", async () => {
    expect(await explain("/health")).toMatch(/matches health: GET \/health[^]*\nit goes on, as far as limits allow\n$/);
    expect(await explain("PUT", "/orders/7")).toMatch(/\nwith credentials that hold it goes on, [^\n]*\n$/);
  });

  it("works for what is not declared, a wrong method, and what is refused before any guard", async () => {
    expect(await explain("GET", "/no")).toMatch(
      /matches no operation of the document[^]*\ndenied by validation.operation-undeclared: 404 /,
    );
    expect(await explain("DELETE", "/health")).toMatch(
      /a path that takes GET, HEAD only[^]*\ndenied by validation.method-undeclared: 405 /,
    );
    expect(await explain("GET", "/a/%2e%2e/b")).toContain("refused before any guard: 400 transport.target-invalid");
    expect(await explain("TRACE", "/health")).toContain("refused before any guard: 501 transport.method-not-supported");
  });

  it("names the base path that was left out", async () => {
    const document = DOCUMENT.replace("paths:", "servers: [{ url: /v2 }]\npaths:");
    const cwd = folderWith({ "portcullis.yaml": TEXT, "api.yaml": document });
    const shown = async (target: string) => (await run(["explain", "GET", target], { cwd })).out;
    expect(await shown("/orders/7")).toContain(
      "matches no operation of the document; its servers put /v2 before the paths: /v2/orders/7\n",
    );
    expect(await shown("/v2/orders/7")).toContain("matches getOrder: GET /v2/orders/{id}");
    expect(await shown("/no")).toContain("matches no operation of the document\n");
  });

  it("says how limits slow down, whom they count together, and how many pass at once", async () => {
    const text = `openapi: api.yaml
${OAUTH}rateLimiting:
  limits:
    - { limit: 60, window: 1m, key: [subject, operation], delayAfter: 30, delay: 200ms, delayMax: 5s }
    - { name: tenant, limit: 9, window: 1h, key: claim, claim: [org, id], fallback: none }
  concurrency: [{ limit: 200 }, { limit: 5, key: api-key, queue: 2, timeout: 3s }]
operations: { getOrder: { rateLimiting: { concurrency: { limit: 1, key: operation } } } }
`;
    const cwd = folderWith({ "portcullis.yaml": text, "api.yaml": DOCUMENT });
    const shown = (await run(["explain", "GET", "/orders/7"], { cwd })).out.replaceAll(/ +/g, " ");
    const said = [
      "subject-operation enforce at most 60 in 1 minute for each subject and operation, else address; beyond 30 each waits 200 ms longer than the one before, at most 5 seconds\n portcullis.yaml:6:7",
      "tenant enforce at most 9 in 1 hour for each claim org.id\n portcullis.yaml:7:7",
      "operation-concurrency-operation enforce at most 1 at once for each operation\n portcullis.yaml:9:43",
      "concurrency-api-key enforce at most 5 at once for each api key, else address; 2 more wait, at most 3 seconds\n portcullis.yaml:8:33",
      "concurrency enforce at most 200 at once all together\n portcullis.yaml:8:17",
    ];
    const at = said.map((line) => shown.indexOf(`head rate-limiting.${line}`));
    expect(at).toEqual(at.toSorted((a, b) => a - b));
    expect(at).not.toContain(-1);
    expect(shown.indexOf("head validation.parameters")).toBeLessThan(at[2] as number);
    expect((await run(["explain", "/nothing"], { cwd })).out).toContain("at most 60 in 1 minute for each address;");
  });

  it("with --observe says that it is let through", async () => {
    const shown = await explain("--observe", "GET", "/orders/7");
    expect(shown).toContain("without credentials noted by authentication.credentials and let through: 401 ");
  });

  it.each([
    ["require", "; only tokens bound to a key, with their DPoP proof"],
    ["off", "; none that is bound to a key"],
    ["{ nonce: true }", "; bound tokens with their DPoP proof and a nonce of the gate"],
  ])("says how tokens that are bound to a key are taken: %s", async (dpop, said) => {
    const text = `openapi: api.yaml\nauthentication:\n  oauth: { issuer: https://i.example/, audience: a, dpop: ${dpop} }\n`;
    const cwd = folderWith({ "portcullis.yaml": text, "api.yaml": DOCUMENT });
    expect((await run(["explain", "GET", "/orders/7"], { cwd })).out).toContain(`asks for oauth (read)${said}\n`);
  });

  it("says which credentials the API does not get", async () => {
    const shown = async (forward: string, target: string) => {
      const text = `openapi: api.yaml\nauthentication:\n  oauth: { issuer: https://i.example/, audience: a }\n${forward}`;
      const cwd = folderWith({ "portcullis.yaml": text, "api.yaml": DOCUMENT });
      return (await run(["explain", "GET", target], { cwd })).out;
    };
    const drop = "  forward: { credentials: drop }\n";
    expect(await shown(drop, "/orders/7")).toContain(
      "\n  the API does not get authorization, dpop  portcullis.yaml:4:14\n",
    );
    expect(await shown(drop, "/health")).toContain("the API does not get authorization");
    expect(await shown("", "/orders/7")).not.toContain("does not get");
    expect(await shown("", "/health")).toMatch(/the API does not get authorization, dpop {2}api\.yaml:\d+:\d+\n/);
    expect(await shown("  mode: monitor\n", "/health")).not.toContain("does not get");
    expect(await shown(`${drop}  mode: monitor\n`, "/orders/7")).not.toContain("does not get");
  });

  it("says of OPTIONS what a preflight gets, and what any other gets", async () => {
    const cors = `transport: { cors: { origins: ["https://a.example"] } }\noperations: { putOrder: { transport: { cors: off } } }\n`;
    const shown = async (text: string, ...args: string[]) => {
      const cwd = folderWith({ "portcullis.yaml": `openapi: api.yaml\n${OAUTH}${text}`, "api.yaml": DOCUMENT });
      return (await run(["explain", "OPTIONS", ...args], { cwd })).out;
    };
    const said = await shown(cors, "/orders/7");
    expect(said).toContain(
      "\n  preflight for GET  enforce  lets pages of https://a.example read the answer, and answers their preflights  portcullis.yaml:4:14\n",
    );
    expect(said).not.toContain("preflight for PUT");
    expect(said).toContain("is answered by the gate: 204 for those pages, else 403. Any other OPTIONS:\n");
    expect(said).toMatch(/\ndenied by validation\.method-undeclared: 405 /);
    expect(await shown(cors, "/no")).not.toContain("preflight for");
    expect(await shown("", "/orders/7")).not.toContain("a preflight");
    expect(await shown(cors, "/orders/7", "--observe")).toMatch(
      /preflight for GET {2}monitor[^]*goes to the API, and would be answered: 204/,
    );
  });
});
