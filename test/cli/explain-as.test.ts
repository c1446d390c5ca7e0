// Guards `portcullis explain --as`: it says which line would refuse whom, without sending anything and without showing the token.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { makeApiKey } from "../../src/authentication/api-key-text.ts";
import { AUDIENCE, type Claims, claimsAt, issue, ISSUER, makeKey } from "../authentication/issuer.ts";
import { folderWith } from "../configuration/folder.ts";
import { run } from "./running.ts";

const signing = await makeKey("ES256", "k1");
const other = await makeKey("ES256", "k1");
const apiKey = makeApiKey();
const JWKS = JSON.stringify({ keys: [signing.jwk] });

const DOCUMENT = `openapi: 3.1.0
info: { title: Shop, version: "1" }
paths:
  /orders/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
    get:
      operationId: getOrder
      security: [{ oauth: ["orders:read"] }, { key: ["orders:read"] }]
      responses: { default: { description: d } }
    delete:
      operationId: removeOrder
      security: [{ oauth: ["orders:admin"] }]
      responses: { default: { description: d } }
  /both:
    get: { operationId: both, security: [{ oauth: ["orders:read"], key: [] }], responses: { default: { description: d } } }
  /refunds:
    get: { operationId: refunds, security: [{ oauth: [] }], responses: { default: { description: d } } }
  /health:
    get: { operationId: health, security: [], responses: { default: { description: d } } }
components:
  securitySchemes:
    oauth: { type: http, scheme: bearer }
    key: { type: apiKey, in: header, name: X-API-Key }
`;
const text = (jwks: string) => `openapi: api.yaml
authentication:
  oauth: { issuer: "${ISSUER}", audience: "${AUDIENCE}"${jwks}, claims: { roles: [roles] } }
  key:
    keys: [{ id: ${apiKey.id}, hash: "${apiKey.hash}", name: billing, scopes: ["orders:write"] }]
authorization: { roles: { clerk: {} } }
operations:
  refunds: { authorization: { roles: [clerk] } }
`;

interface Asking {
  readonly claims?: Claims;
  readonly args?: readonly string[];
  readonly jwks?: boolean;
  readonly by?: typeof signing;
  /** The file of `authentication.denied`, where there is one. */
  readonly denied?: string;
}

const seconds = Math.floor(Date.now() / 1_000);

async function explain(
  target: readonly string[],
  { claims, args = [], jwks = true, by = signing, denied }: Asking = {},
) {
  const configuration = text(jwks ? ", jwks: jwks.json" : "");
  const naming = configuration.replace("authentication:\n", "authentication:\n  denied: denied.json\n");
  const cwd = folderWith({
    "portcullis.yaml": denied === undefined ? configuration : naming,
    "denied.json": denied ?? "",
    "api.yaml": DOCUMENT,
    "jwks.json": JWKS,
    "key.txt": `${apiKey.text}\n`,
  });
  const token = await issue(by, claimsAt(seconds, claims));
  writeFileSync(path.join(cwd, "token.jwt"), `${token}\n`);
  const ran = await run(["explain", ...args, ...target], { cwd, input: token });
  for (const part of [...token.split("."), apiKey.text]) expect(ran.out + ran.err).not.toContain(part);
  return { ...ran, said: ran.out.slice(ran.out.indexOf("\n\n", ran.out.indexOf("\n\n") + 1) + 2) };
}

const AS = ["--as", "token.jwt"];

describe("explain --as", () => {
  it("says that a caller passes, as whom", async () => {
    const { said } = await explain(["GET", "/orders/7"], { args: AS });
    expect(said).toBe(
      "as user user-1; client app-1; scopes orders:read orders:write\nit goes on, as far as limits allow\n",
    );
  });

  it("says which guard and which line refuse for a missing scope", async () => {
    const { said } = await explain(["DELETE", "/orders/7"], { args: AS });
    expect(said).toMatch(
      /^as user user-1;.*\ndenied by authorization\.scopes: 403 authorization\.scope-insufficient\n/,
    );
    expect(said).toMatch(/because of api\.yaml:12:7\n$/);
  });

  it("says which guard and which line refuse for a missing role, and whom they let pass", async () => {
    const without = await explain(["GET", "/refunds"], { args: AS });
    expect(without.said).toMatch(/denied by authorization\.roles: 403 authorization\.role-missing\n/);
    expect(without.said).toMatch(/because of portcullis\.yaml:8:14\n$/);
    const with_ = await explain(["GET", "/refunds"], { args: AS, claims: { roles: ["clerk"] } });
    expect(with_.said).toContain("roles clerk\nit goes on");
  });

  it("judges a token that is bound to a key, and says that its proof is not there", async () => {
    const cnf = { jkt: "A".repeat(43) };
    for (const jwks of [true, false]) {
      const { said } = await explain(["GET", "/orders/7"], { args: AS, claims: { cnf }, jwks });
      expect(said).toMatch(/^as user user-1; client app-1; /);
      expect(said).toContain("its proof was not checked: the client makes one for each request, with its key");
      expect(said).toContain("it goes on");
    }
    const certificate = await explain(["GET", "/orders/7"], { args: AS, claims: { cnf: { "x5t#S256": cnf.jkt } } });
    expect(certificate.said).toContain("authentication.proof-required");
  });

  it("says why a token is none, with what only the owner may know", async () => {
    for (const [claims, reason, why] of [
      [{ aud: "account" }, "audience-rejected", `aud is "account", not "${AUDIENCE}"`],
      [{ exp: seconds - 5 }, "token-expired", "exp has passed"],
      [{ iss: ISSUER.slice(0, -1) }, "issuer-rejected", "iss differs in the slash at its end"],
      [{ at_hash: "x" }, "token-type-rejected", "has the claim at_hash"],
    ] as const) {
      const { said } = await explain(["GET", "/orders/7"], { args: AS, claims });
      expect(said).toMatch(/^as the bearer of the token\ndenied by authentication\.credentials: 401 /);
      expect(said).toContain(`authentication.${reason}\n`);
      expect(said).toContain(`\n  ${why}\n`);
      expect(said).toContain("because of api.yaml:8:7, portcullis.yaml:3:3, portcullis.yaml:4:3\n");
    }
  });

  it("checks the signature by keys at hand, and says where it could not", async () => {
    const forged = await explain(["GET", "/orders/7"], { args: AS, by: other });
    expect(forged.said).toContain("authentication.signature-invalid");
    const named = await explain(["GET", "/orders/7"], { args: [...AS, "--keys", "jwks.json"], jwks: false });
    expect(named.said).toContain("\nit goes on");
    expect(named.said).not.toContain("not checked");
    const lying = await explain(["GET", "/orders/7"], { args: [...AS, "--keys", "jwks.json"], jwks: false, by: other });
    expect(lying.said).toContain("authentication.signature-invalid");
    const blind = await explain(["GET", "/orders/7"], { args: AS, jwks: false, by: other });
    expect(blind.said).toContain("the signature was not checked");
    expect(blind.said).toContain("\nit goes on");
  });

  it("judges all but the signature where no keys are at hand", async () => {
    const { said } = await explain(["GET", "/orders/7"], { args: AS, jwks: false, claims: { aud: "account" } });
    expect(said).toContain("authentication.audience-rejected");
    const scope = await explain(["DELETE", "/orders/7"], { args: AS, jwks: false });
    expect(scope.said).toContain("authorization.scope-insufficient");
  });

  it("knows what was taken back, also where no keys are at hand", async () => {
    const claims = { jti: "leaked" };
    const denied = JSON.stringify({ denied: [{ issuer: ISSUER, token: "leaked" }] });
    for (const jwks of [true, false]) {
      const { said } = await explain(["GET", "/orders/7"], { args: AS, jwks, claims, denied });
      expect(said).toMatch(/denied by authentication\.credentials: 401 authentication\.token-revoked\n/);
      const other = await explain(["GET", "/orders/7"], { args: AS, jwks, claims: { jti: "other" }, denied });
      expect(other.said).not.toContain("revoked");
    }
  });

  it("takes the token from standard input, and an API key as well", async () => {
    expect((await explain(["GET", "/orders/7"], { args: ["--as", "-"] })).said).toContain("as user user-1");
    const { said } = await explain(["GET", "/orders/7"], { args: ["--as-key", "key.txt"] });
    expect(said).toMatch(
      new RegExp(`^as key ${apiKey.id} of billing; scopes orders:write\ndenied by authorization.scopes: 403 `),
    );
    const piped = await explain(["GET", "/orders/7"], { args: ["--as-key", "-"] });
    expect(piped.said).toContain("authentication.api-key-rejected"); // a token is no key
  });

  it("takes both where the document asks for both together", async () => {
    const both = await explain(["GET", "/both"], { args: [...AS, "--as-key", "key.txt"] });
    expect(both.said).toMatch(/^as .*\nit goes on, as far as limits allow\n$/);
    for (const args of [AS, ["--as-key", "key.txt"]]) {
      const { said } = await explain(["GET", "/both"], { args });
      expect(said).toContain("denied by authentication.credentials: 401 authentication.credentials-missing");
    }
    const expired = await explain(["GET", "/both"], {
      args: [...AS, "--as-key", "key.txt"],
      claims: { exp: seconds - 5 },
    });
    expect(expired.said).toMatch(/^as the bearer of the token and the key\ndenied by .*\.token-expired\n/);
    expect((await explain(["GET", "/health"], { args: [...AS, "--as-key", "key.txt"] })).said).toMatch(
      /^the token and the key are not looked at/,
    );
  });

  it("judges what else is known of the request, and leaves public operations alone", async () => {
    expect((await explain(["GET", "/orders/seven"], { args: AS })).said).toContain("validation.request-invalid");
    expect((await explain(["GET", "/health"], { args: AS })).said).toBe(
      "the token is not looked at: the operation asks nobody\nit goes on, as far as limits allow\n",
    );
  });

  it("with --observe says what would be noted, all of it that can be judged", async () => {
    const { said } = await explain(["GET", "/orders/seven"], { args: [...AS, "--observe"], claims: { aud: "x" } });
    expect(said).toContain("noted by authentication.credentials and let through: 401");
    expect(said).toContain("noted by validation.parameters and let through: 400");
    expect(said).not.toContain("authorization.scopes");
    expect(said).toMatch(/it goes on, as far as limits allow\n$/);
  });

  it.each([
    [["--as", "absent.jwt"], "cannot be read: there is no such file"],
    [["--as", "-", "--as-key", "-"], "standard input holds one credential"],
    [["--keys", "jwks.json"], "--keys checks the token of --as"],
    [["--as", "token.jwt", "--keys", "api.yaml"], "api.yaml"],
    [["--as", "token.jwt", "--keys", "absent.json"], "absent.json cannot be read"],
  ])("says what is wrong with %j", async (args, said) => {
    const { code, err } = await explain(["GET", "/orders/7"], { args });
    expect(code).toBe(2);
    expect(err).toContain(said);
  });
});
