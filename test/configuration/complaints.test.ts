// Guards what stops the start once document and configuration meet, with the line and the remedy; and what is only said.
import { describe, expect, it } from "vitest";
import { complaints, composed, DOCUMENT, memorySink, OAUTH, WITH_SILENT } from "./composing.ts";

const KEY_SCHEMES = `${DOCUMENT}    cookie: { type: apiKey, in: cookie, name: sid }
    basic: { type: http, scheme: basic }
    old: { type: apiKey, in: header, name: Authorization }
    mutual: { type: mutualTLS }
`;
const asking = (scheme: string) => KEY_SCHEMES.replace("security: []", `security: [{ ${scheme}: [] }]`);

it("a proxy's network that is none is told at its key", async () => {
  expect(await complaints(`${OAUTH}transport: { trustedProxies: [10.0.0.0/33] }\n`)).toEqual([
    'error portcullis.yaml:4 The prefix of "10.0.0.0/33" must be a number from 1 to 32. | List in transport.trustedProxies the addresses or networks of the proxies in front, and of nobody else.',
  ]);
});

describe("a security scheme", () => {
  it("that nobody configured stops the start with the document's line", async () => {
    expect(await complaints("")).toEqual([
      'error api.yaml:25 nothing verifies the security scheme "oauth" (oauth2) | Configure `authentication.oauth` with issuer and audience, or start with --issuer and --audience.',
    ]);
  });

  it.each([
    ["cookie", "apiKey in cookie"],
    ["basic", "http basic"],
  ])("%s needs checkedByUpstream, which --issuer does not give", async (scheme, words) => {
    const every = 'authentication:\n  "*": { issuer: https://i.example/, audience: a }\n';
    const said = `error api.yaml:${scheme === "cookie" ? 26 : 27} nothing verifies the security scheme "${scheme}" (${words}) | If the API checks it itself, set \`authentication.${scheme}: { checkedByUpstream: true }\`.`;
    expect(await complaints(every, { document: asking(scheme) })).toEqual([said]);
    expect(
      await complaints(`${every}  ${scheme}: { checkedByUpstream: true }\n`, { document: asking(scheme) }),
    ).toEqual([]);
  });

  it("that is an API key cannot be an issuer's, unless it is the Authorization field", async () => {
    const entry = (name: string) => `${OAUTH}  ${name}: { issuer: https://i.example/, audience: a }\n`;
    expect(await complaints(entry("cookie"), { document: asking("cookie") })).toEqual([
      'error portcullis.yaml:4 "cookie" is apiKey in cookie: an issuer\'s tokens come as Bearer in Authorization | Set `checkedByUpstream: true` where the API checks it, or declare the scheme as http bearer.',
    ]);
    expect(await complaints(entry("old"), { document: asking("old") })).toEqual([]);
  });

  it("by client certificate is not supported, and says so", async () => {
    expect(await complaints(OAUTH, { document: asking("mutual") })).toEqual([
      'error api.yaml:29 nothing verifies the security scheme "mutual" (mutualTLS) | Client certificates are not supported: take the scheme out of `security`.',
    ]);
  });

  it("that is configured and not declared is a slip", async () => {
    expect(await complaints(`${OAUTH}  oauht: { issuer: https://i.example/, audience: a }\n`)).toEqual([
      'error portcullis.yaml:4 the document declares no security scheme "oauht" | Did you mean "oauth"?',
    ]);
  });

  it("cannot have the name of another setting", async () => {
    const document = DOCUMENT.replaceAll("oauth:", "default:");
    expect(await complaints("", { document })).toEqual([
      'error api.yaml:25 a security scheme cannot be called "default": under `authentication` that key means something else | Rename it in the document.',
    ]);
  });

  it("is not needed where no operation asks for it", async () => {
    expect(await complaints(OAUTH, { document: KEY_SCHEMES })).toEqual([]);
  });

  it("has one source of keys for each issuer", async () => {
    const document = KEY_SCHEMES.replace("security: []", "security: [{ old: [] }]");
    const text =
      'authentication:\n  "*": { issuer: https://i.example/, audience: a }\n  old: { issuer: https://i.example/, audience: b }\n';
    expect((await composed(text, { document })).keySources.map(({ name }) => name)).toEqual(["https://i.example/"]);
  });

  it.each([
    ["secret: short", /^error portcullis.yaml:3 the shared secret has 5 bytes/],
    ["algorithms: [HS256]", /^error portcullis.yaml:3 HS256 cannot be verified with these keys/],
    ["jwks: keys.json", /^error portcullis.yaml:3 .*keys.json: it cannot be read: ENOENT/],
    ["jwks: http://keys.example/", /^error portcullis.yaml:3 .*http/],
  ])("with %s stops the start at its line", async (option, said) => {
    const [first, ...more] = (
      await complaints(`authentication:\n  oauth: { issuer: https://i.example/, audience: a, ${option} }\n`)
    ).filter((line) => line.startsWith("error"));
    expect(first).toMatch(said);
    expect(more).toEqual([]);
  });
});

describe("silence about security", () => {
  it("stops the start and names the flag", async () => {
    expect(await complaints(OAUTH, { document: WITH_SILENT })).toEqual([
      "error api.yaml:24 silent says nothing about security, and nothing says what they ask for | Start with --issuer and --audience, or set `authentication.default`, or write `security: []` in the document where an operation is public.",
    ]);
  });

  it("cannot be answered with a scheme that nobody knows", async () => {
    expect(await complaints(`${OAUTH}  default: [oauht]\n`, { document: WITH_SILENT })).toEqual([
      'error portcullis.yaml:4 authentication.default names the security scheme "oauht", which nobody declares | Did you mean "oauth"?',
    ]);
  });
});

describe("an entry of operations", () => {
  it.each([
    ["getOrdr", 'Did you mean "getOrder"?'],
    ["delete /orders/{id}", 'Did you mean "GET /orders/{id}"?'],
    ["get /orders/{id}", 'Did you mean "GET /orders/{id}"?'],
    [
      "GET /nothing/at/all",
      "Write an operationId, a tag, a method and path such as `DELETE /orders/{id}`, or all below a path: `/admin/*`.",
    ],
  ])("%s that means no operation says what was meant", async (selector, remedy) => {
    expect(await complaints(`${OAUTH}operations:\n  ${selector}: {}\n`)).toEqual([
      `error portcullis.yaml:5 no operation of the document is "${selector}" | ${remedy}`,
    ]);
  });

  it("that is both an operation and a tag is ambiguous", async () => {
    const document = DOCUMENT.replace("operationId: health", "operationId: orders");
    expect(await complaints(`${OAUTH}operations: { orders: {} }\n`, { document })).toEqual([
      'error portcullis.yaml:4 "orders" is both an operationId and a tag | Name the operation by method and path, such as `GET /orders`.',
    ]);
  });

  it("whose limit has the name of another one says so", async () => {
    const text = `${OAUTH}operations: { orders: { rateLimiting: [{ name: subject, limit: 1, window: 1m }] } }\n`;
    expect(await complaints(text)).toEqual([
      'error portcullis.yaml:4 another limit of getOrder is called "subject" too | Give one of them a `name` of its own.',
    ]);
  });
});

describe("places of all together", () => {
  const shared = "{ limit: 9 }";
  const own = "{ limit: 2, key: subject }";
  const advice = async (text: string) =>
    (await composed(OAUTH + text)).notices
      .filter(({ rule }) => rule === "configuration.places-shared")
      .map(({ severity, position, message, remedy }) => [severity, position?.line, message, remedy]);
  const remedy = "Give each a limit of its own beside it, such as `{ limit: 10, key: subject }`.";

  it.each([
    ["where nobody has only some", `rateLimiting: { concurrency: ${shared} }\n`, "concurrency", "getOrder"],
    [
      "of one operation",
      `operations: { health: { rateLimiting: { concurrency: ${shared} } } }\n`,
      "operation-concurrency",
      "health",
    ],
  ])("%s can be taken by one caller", async (_what, text, name, id) => {
    expect(await advice(text)).toEqual([
      ["advice", 4, `one caller can take all 9 places of "${name}" at ${id}`, remedy],
    ]);
  });

  it.each([
    `rateLimiting: { concurrency: [${shared}, ${own}] }\n`,
    `rateLimiting: { concurrency: ${own} }\noperations: { health: { rateLimiting: { concurrency: ${shared} } } }\n`,
  ])("beside a limit of each are well: %s", async (text) => {
    expect(await advice(text)).toEqual([]);
  });
});

describe("authorization", () => {
  const ROLES = "authorization: { roles: { clerk: { permissions: [refund] } } }\n";
  const asks = (what: string) => `${OAUTH}${ROLES}operations: { getOrder: { authorization: ${what} } }\n`;
  const errors = async (text: string, more = {}) =>
    (await complaints(text, more)).filter((line) => line.startsWith("error"));

  it("enforced over monitored authentication is refused, at the setting that asks for it", async () => {
    expect(await errors(`${OAUTH}  mode: monitor\nauthorization: { mode: enforce }\n`)).toEqual(
      ["getOrder", "putOrder"].map(
        (id) =>
          `error portcullis.yaml:5 ${id}: authorization is enforced while authentication is only monitored, so everybody unknown is refused after all | Set both to monitor, or both to enforce.`,
      ),
    );
    expect(await errors(`${OAUTH}  mode: monitor\n`)).toEqual([]);
  });

  it("asks only for roles and permissions that exist", async () => {
    expect(await errors(asks("{ roles: [clrk] }"))).toEqual([
      'error portcullis.yaml:5 getOrder asks for the role "clrk", which authorization.roles does not declare | Did you mean "clerk"?',
    ]);
    expect(await errors(asks("{ permissions: [refnd] }"))).toEqual([
      'error portcullis.yaml:5 getOrder asks for the permission "refnd", which no role has | Did you mean "refund"?',
    ]);
  });

  it("cannot ask a public operation's callers for roles", async () => {
    const [said] = await errors(`${OAUTH}${ROLES}operations: { health: { authorization: { roles: [clerk] } } }\n`);
    expect(said).toMatch(/^error portcullis.yaml:5 health is public in the document/);
  });

  it("stops at a cycle of roles", async () => {
    const [said] = await errors(`${OAUTH}authorization:\n  roles: { a: { includes: [b] }, b: { includes: [a] } }\n`);
    expect(said).toMatch(/^error portcullis.yaml:5 .*a.*b/);
  });

  it("warns where no token carries roles", async () => {
    const rules = async (claims: string) => {
      const text = asks("{ roles: [clerk] }").replace("audience: a", `audience: a${claims}`);
      return (await composed(text)).notices.map(({ rule }) => rule);
    };
    expect(await rules("")).toEqual(["configuration.roles-unasserted"]);
    expect(await rules(", claims: { roles: [roles] }")).toEqual([]);
    expect(await rules(", preset: keycloak")).toEqual([]);
  });
});

describe("the document", () => {
  it("that is not there stops the start at the key that names it", async () => {
    const [said, ...more] = await complaints(OAUTH, { files: { "portcullis.yaml": `openapi: other.yaml\n${OAUTH}` } });
    expect(said).toMatch(/^error portcullis.yaml:1 .*other.yaml/);
    expect(more).toEqual([]);
  });

  it("with a pattern that cannot be linear stops the start with its line", async () => {
    const document = DOCUMENT.replace("schema: { type: object }", 'schema: { type: string, pattern: "(?=a)b" }');
    const [said] = await complaints(OAUTH, { document });
    expect(said).toMatch(/^error api.yaml:10 .*look/);
    expect(
      await complaints(`${OAUTH}operations: { getOrder: { validation: { responses: off } } }\n`, { document }),
    ).toEqual([]);
  });

  it("with templates that cross and ask for different things is advised about", async () => {
    const document = DOCUMENT.replace(
      "  /health:",
      "  /orders/all:\n    get: { operationId: all, security: [], responses: { default: { description: none } } }\n  /health:",
    );
    const { notices } = await composed(OAUTH, { document });
    expect(notices.map(({ severity, rule, position }) => [severity, rule, position?.line])).toEqual([
      ["advice", "configuration.routes-cross", 19],
    ]);
    const same = document.replace(
      "security: [], responses: { default: { description: none } } }",
      "security: [{ oauth: [read] }], responses: { default: { description: none } } }",
    );
    expect((await composed(OAUTH, { document: same })).notices).toEqual([]);
  });
});

describe("header parameters", () => {
  const declaring = (...names: string[]) => {
    const list = names.map((name) => `{ name: ${name}, in: header, schema: { type: string } }`).join(", ");
    return DOCUMENT.replace("operationId: health", `parameters: [${list}]\n      operationId: health`);
  };

  it("that never reach the API are warned of, once each", async () => {
    const { notices } = await composed(OAUTH, {
      document: declaring("X-Remote-User", "X-Script-Name", "X_Remote_User"),
    });
    expect(notices.map(({ severity, rule, message }) => [severity, rule, message.split(" ")[3]])).toEqual([
      ["warning", "configuration.parameter-withheld", "x-remote-user"],
      ["warning", "configuration.parameter-withheld", "x-script-name"],
      ["warning", "configuration.parameter-withheld", "x_remote_user"],
    ]);
  });

  it("that the gate says itself, or that go on, are not", async () => {
    const { notices } = await composed(OAUTH, { document: declaring("X-Request-Id", "X-Tenant", "api_key") });
    expect(notices).toEqual([]);
  });
});

describe("sinks", () => {
  it("that cannot be opened stop the start at their line, and nothing stays open", async () => {
    const closed: string[] = [];
    const ports = {
      createSink: (sink: { kind: string }) => {
        if (sink.kind === "file") throw Object.assign(new Error("secret path"), { code: "EACCES" });
        return { ...memorySink([]), close: () => Promise.resolve(void closed.push(sink.kind)) };
      },
    };
    const text = `${OAUTH}monitoring:\n  sinks:\n    - console\n    - file: /nowhere/audit.ndjson\n`;
    expect(await complaints(text, { ports })).toEqual([
      "error portcullis.yaml:7 /nowhere/audit.ndjson cannot be opened: EACCES | Make its folder, writable by this user.",
    ]);
    expect(closed).toEqual(["console"]);
  });
});
