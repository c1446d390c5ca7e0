// G08 to G12: fields that ask for another target or method, claim to come from a proxy or the gate, or come twice.
import type { Express, Request } from "express";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isAlias, spelledWithHyphens } from "../../src/transport/request-field-rules.ts";
import { type Api, type Protected, unguarded, WAYS } from "./protected.ts";

const ANY = "responses: { default: { description: any } }";
const DOCUMENT = `openapi: 3.1.0
info: { title: Fields, version: "1" }
paths:
  /public:
    get: { operationId: public, security: [], ${ANY} }
    post:
      operationId: send
      security: []
      requestBody: { content: { application/json: {}, application/x-www-form-urlencoded: { schema: { type: object } } } }
      ${ANY}
  /admin: { get: { operationId: admin, security: [{ oauth: [] }], ${ANY} } }
components:
  securitySchemes: { oauth: { type: http, scheme: bearer } }
`;
const CONFIGURATION = `authentication: { oauth: { issuer: "https://i.example/", audience: a } }
rateLimiting: { addressCeiling: { limit: 100000, window: 1m }, limits: [{ name: few, limit: 100000, window: 1h, key: address }] }
`;

const SECRET = "the administrator's page";

/** An API that believes what it is told: each of these is what some framework or some team does. */
const BELIEVERS: Readonly<Record<string, (request: Request) => boolean>> = {
  target: ({ originalUrl, headers }) => {
    const told = ["x-original-url", "x-rewrite-url", "x-original-uri", "x-original-path", "x-envoy-original-path"];
    return [originalUrl, ...told.map((name) => headers[name])].includes("/admin");
  },
  method: ({ method, headers, query, body }) =>
    [
      method,
      headers["x-http-method-override"],
      headers["x-http-method"],
      headers["x-method-override"],
      query["_method"],
      (body as { _method?: string } | undefined)?._method,
    ].some((told) => String(told).toUpperCase() === "DELETE"),
  middleware: ({ headers }) => headers["x-middleware-subrequest"] !== undefined,
  /** CGI, WSGI, PHP and Rack: what is no letter or digit is an underscore. */
  cgi: ({ rawHeaders }) => cgiNames(rawHeaders).get("HTTP_X_FORWARDED_FOR") === "10.0.0.1",
  cgiHost: ({ rawHeaders }) => cgiNames(rawHeaders).get("HTTP_X_FORWARDED_HOST") === "evil.example",
  cgiUser: ({ rawHeaders }) => cgiNames(rawHeaders).get("HTTP_X_REMOTE_USER") === "admin",
  cgiToken: ({ rawHeaders }) => cgiNames(rawHeaders).get("HTTP_AUTHORIZATION") === "Bearer forged",
  cgiOwn: ({ rawHeaders }) => cgiNames(rawHeaders).get("HTTP_X_PORTCULLIS_SUBJECT") === "admin",
  address: ({ headers }) =>
    [
      "x-forwarded-for",
      "x-real-ip",
      "x-client-ip",
      "x-cluster-client-ip",
      "true-client-ip",
      "cf-connecting-ip",
      "fastly-client-ip",
      "x-originating-ip",
      "x-remote-ip",
      "x-remote-addr",
      "forwarded-for",
    ].some((name) => String(headers[name] ?? "").startsWith("10.0.0.1")),
  forwarded: ({ headers }) => /for="?10\.0\.0\.1|host=evil/.test(String(headers["forwarded"] ?? "")),
  host: ({ headers }) =>
    [headers["x-forwarded-host"], headers["x-host"], headers["forwarded-host"]].includes("evil.example"),
  scheme: ({ headers }) =>
    [headers["x-forwarded-proto"], headers["x-forwarded-scheme"], headers["x-scheme"], headers["front-end-https"]].some(
      (told) => told === "https" || told === "on",
    ),
  via: ({ headers }) => headers["via"] !== undefined,
  prefix: ({ headers }) => headers["x-forwarded-prefix"] !== undefined || headers["x-forwarded-port"] !== undefined,
  certificate: ({ headers }) =>
    Object.keys(headers).some((name) => /client-?cert|client-?verify|client-(?:s-)?dn|^ssl-/.test(name)),
  user: ({ headers }) =>
    [
      "remote-user",
      "x-remote-user",
      "x-remote-group",
      "x-webauth-user",
      "x-auth-request-user",
      "x-auth-request-email",
      "x-authenticated-userid",
      "x-consumer-id",
      "x-consumer-username",
      "x-userinfo",
      "x-goog-authenticated-user-email",
      "x-ms-client-principal",
      "x-amzn-oidc-identity",
    ].some((name) => headers[name] === "admin"),
  requestId: ({ headers }) => headers["x-request-id"] === "forged",
  trace: ({ headers }) => String(headers["traceparent"] ?? "").includes("00f067aa0ba902b7"),
  own: ({ headers }) => Object.keys(headers).some((name) => name.startsWith("x-portcullis-")),
};

function cgiNames(raw: readonly string[]): Map<string, string> {
  const names = new Map<string, string>();
  for (let i = 0; i < raw.length; i += 2) {
    names.set(`HTTP_${(raw[i] as string).toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`, raw[i + 1] as string);
  }
  return names;
}

interface Told {
  readonly fields: Record<string, string | string[]>;
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
}

const dropped = (id: string, who: keyof typeof BELIEVERS, fields: Record<string, string>) =>
  Object.entries(fields).map(([name, value]) => [`${id} ${name}`, who, { fields: { [name]: value } }] as const);

/** Taken as if they were not there. */
const DROPPED: readonly (readonly [title: string, who: string, told: Told])[] = [
  ...dropped("G08", "target", {
    "X-Original-URL": "/admin",
    "X-Rewrite-URL": "/admin",
    "X-Original-URI": "/admin",
    "X-Original-Path": "/admin",
    "X-Envoy-Original-Path": "/admin",
    "x-original-url": "/admin",
  }),
  ...dropped("G08", "middleware", { "X-Middleware-Subrequest": "middleware:middleware" }),
  ...dropped("G10", "address", {
    "X-Forwarded-For": "10.0.0.1",
    "x-forwarded-for": "10.0.0.1, 203.0.113.1",
    "X-Real-IP": "10.0.0.1",
    "X-Client-IP": "10.0.0.1",
    "X-Cluster-Client-IP": "10.0.0.1",
    "True-Client-IP": "10.0.0.1",
    "CF-Connecting-IP": "10.0.0.1",
    "Fastly-Client-IP": "10.0.0.1",
    "X-Originating-IP": "10.0.0.1",
    "X-Remote-IP": "10.0.0.1",
    "X-Remote-Addr": "10.0.0.1",
    "Forwarded-For": "10.0.0.1",
  }),
  ...dropped("G10", "forwarded", {
    Forwarded: 'for="10.0.0.1";proto=https',
    forwarded: "for=10.0.0.1;host=evil.example",
  }),
  ...dropped("G10", "host", {
    "X-Forwarded-Host": "evil.example",
    "X-Host": "evil.example",
    "Forwarded-Host": "evil.example",
  }),
  ...dropped("G10", "scheme", {
    "X-Forwarded-Scheme": "https",
    "X-Scheme": "https",
    "Front-End-Https": "on",
  }),
  ...dropped("G10", "prefix", { "X-Forwarded-Prefix": "/evil", "X-Forwarded-Port": "1" }),
  ...dropped("G10", "via", { Via: "1.1 evil" }),
  ...dropped("G10", "certificate", {
    "Client-Cert": ":MIIB:",
    "Client-Cert-Chain": ":MIIB:",
    "X-Client-Cert": "MIIB",
    "X-Client-Verify": "SUCCESS",
    "X-Client-DN": "CN=admin",
    "X-SSL-Client-Cert": "MIIB",
    "X-SSL-Client-Verify": "SUCCESS",
    "X-SSL-Client-S-DN": "CN=admin",
    "SSL-Client-Cert": "MIIB",
    "X-ARR-ClientCert": "MIIB",
    "X-Amzn-Mtls-Clientcert": "MIIB",
    "X-Forwarded-Client-Cert": "By=spiffe://admin",
  }),
  ...dropped("G10", "user", {
    "Remote-User": "admin",
    "X-Remote-User": "admin",
    "X-Remote-Group": "admin",
    "X-WEBAUTH-USER": "admin",
    "X-Auth-Request-User": "admin",
    "X-Auth-Request-Email": "admin",
    "X-Authenticated-Userid": "admin",
    "X-Consumer-ID": "admin",
    "X-Consumer-Username": "admin",
    "X-Userinfo": "admin",
    "X-Goog-Authenticated-User-Email": "admin",
    "X-MS-Client-Principal": "admin",
    "X-Amzn-Oidc-Identity": "admin",
  }),
  ...dropped("G11", "requestId", { "X-Request-Id": "forged" }),
  ...dropped("G11", "trace", { Traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" }),
  ...dropped("G11", "own", {
    "X-Portcullis-Subject": "admin",
    "X-Portcullis-Roles": "admin",
    "X-Portcullis-Token": "e30.e30.e30",
    "x-portcullis-anything": "1",
  }),
];

const post = (more: Partial<Told>): Told => ({
  method: "POST",
  ...more,
  fields: { "content-type": "application/json", ...more.fields },
  body: more.body ?? "{}",
});

/** Refused: without them the request would be another one than its sender meant. */
const REFUSED: readonly (readonly [title: string, who: string, told: Told])[] = [
  ...["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "x-http-method-override"].map(
    (name) => [`G08 ${name}`, "method", post({ fields: { [name]: "DELETE" } })] as const,
  ),
  ["G08 _method in the query", "method", post({ path: "/public?_method=DELETE" })],
  ["G08 _method behind another", "method", post({ path: "/public?a=1&_method=delete" })],
  ["G08 _method percent-encoded", "method", post({ path: "/public?%5fmethod=DELETE" })],
  ["G08 _method fully encoded", "method", post({ path: "/public?%5F%6D%65%74%68%6F%64=DELETE" })],
  [
    "G08 _method in a form",
    "method",
    post({ fields: { "content-type": "application/x-www-form-urlencoded" }, body: "a=1&_method=DELETE" }),
  ],
  ["G09 X_Forwarded_For", "cgi", { fields: { X_Forwarded_For: "10.0.0.1" } }],
  ["G09 x_forwarded-for", "cgi", { fields: { "x_forwarded-for": "10.0.0.1" } }],
  ["G09 X.Forwarded.For", "cgi", { fields: { "X.Forwarded.For": "10.0.0.1" } }],
  ["G09 X~Forwarded!For", "cgi", { fields: { "X~Forwarded!For": "10.0.0.1" } }],
  ["G09 X_Forwarded_Host", "cgiHost", { fields: { X_Forwarded_Host: "evil.example" } }],
  ["G09 X_Remote_User", "cgiUser", { fields: { X_Remote_User: "admin" } }],
  ["G12 two Authorization", "pair", { fields: { Authorization: ["Bearer a", "Bearer forged"] } }],
  ["G12 two Authorization of unlike schemes", "pair", { fields: { authorization: ["Basic YTpi", "Bearer forged"] } }],
  ["G12 two Cookie fields", "pair", { fields: { Cookie: ["session=a", "session=admin"] } }],
  ["G12 two Content-Type", "pair", post({ fields: { "content-type": ["application/json", "text/plain"] } as never })],
  [
    "G12 two Content-Type alike",
    "pair",
    post({ fields: { "content-type": ["application/json", "application/json"] } as never }),
  ],
];

function apiOf(who: string): Api {
  const handle = (app: Express) =>
    void app.use((request, response) => {
      const answer = () => {
        const isPair = who === "pair" && hasPair(request.rawHeaders);
        const believes = isPair || BELIEVERS[who]?.(request) === true;
        response.send(believes ? SECRET : "public");
      };
      if (who !== "method" || request.body !== undefined) {
        answer();
        return;
      }
      let text = "";
      request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      request.on("end", () => {
        request.body = Object.fromEntries(new URLSearchParams(text));
        answer();
      });
    });
  return { document: DOCUMENT, configuration: CONFIGURATION, handle };
}

/** Two of a name that has one value: servers take the first, the last or both. */
function hasPair(raw: readonly string[]): boolean {
  const names = raw.filter((_text, i) => i % 2 === 0).map((name) => name.toLowerCase());
  return ["authorization", "cookie", "content-type"].some((name) => names.filter((one) => one === name).length > 1);
}

const asking = ({ fields, method = "GET", path = "/public", body }: Told) => ({
  method,
  path,
  headers: fields as Record<string, string>,
  body,
});

describe.each(Object.entries(WAYS))("over %s", (way, protect) => {
  const gates = new Map<string, Protected>();
  const bare = new Map<string, Protected>();
  const all = [...new Set([...DROPPED, ...REFUSED].map(([, who]) => who))];
  beforeAll(async () => {
    for (const who of all) {
      bare.set(who, await unguarded(apiOf(who)));
      gates.set(who, await protect(apiOf(who)));
    }
  }, 60_000);
  afterAll(async () => {
    for (const one of [...gates.values(), ...bare.values()]) await one.close();
  });
  const works = async (who: string, told: Told) =>
    expect((await (bare.get(who) as Protected).ask(asking(told))).body).toBe(SECRET);
  /** Over HTTP/2 cookies may come in crumbs (RFC 9113 8.2.3): that is one field. */
  const isCrumbs = (told: Told) => way === "HTTP/2" && Object.hasOwn(told.fields, "Cookie");

  it.each(DROPPED)("%s changes nothing", async (_title, who, told) => {
    await works(who, told);
    const answer = await (gates.get(who) as Protected).ask(asking(told));
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: "public" });
  });

  it.each(REFUSED)("%s is refused", async (_title, who, told) => {
    await works(who, told);
    if (isCrumbs(told)) return;
    const gate = gates.get(who) as Protected;
    const answer = await gate.ask(asking(told)).catch(() => undefined);
    if (answer !== undefined) {
      expect(answer.status).toBe(400);
      expect(answer.body).not.toContain(SECRET);
    }
    const event = gate.events().at(-1);
    if (event !== undefined) expect(event.event.reason).toMatch(/^(transport|validation)\./);
  });

  it("G09 other names with underscores do not go on, and declared ones would", async () => {
    const fields = { Authorization_: "Bearer forged", Some_Other: "1" };
    const gate = gates.get("cgi") as Protected;
    expect((await gate.ask(asking({ fields }))).body).toBe("public");
    expect(Object.keys(fields).every((name) => isAlias(name.toLowerCase()))).toBe(true);
    expect(spelledWithHyphens("some_other")).toBe("some-other");
  });
});
