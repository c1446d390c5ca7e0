// What APIs believe of a request's fields that only others may say, and the fields that say it (G08 to G12).
import type { Request } from "express";
import { OTHER_PROXIES, USER_FAMILIES } from "./identity-fields.ts";
import { END, field, file, named, part, TYPE, USER } from "./multipart-writing.ts";

export const SECRET = "the administrator's page";

/** An API that believes what it is told: each of these is what some framework or some team does. */
export const BELIEVERS: Readonly<Record<string, (request: Request) => boolean>> = {
  target: ({ originalUrl, headers }) => {
    const told = ["x-original-url", "x-rewrite-url", "x-original-uri", "x-original-path", "x-envoy-original-path"];
    return [originalUrl, ...told.map((name) => headers[name])].includes("/admin");
  },
  /** What is copied into WSGI applications behind a prefix: `/items/admin` with the prefix `/items` is `/admin`. */
  script: ({ originalUrl, headers }) =>
    ["x-script-name", "script-name", "x-replaced-path", "x-waws-unencoded-url"].some(
      (name) => headers[name] !== undefined && originalUrl.startsWith(String(headers[name])),
    ),
  method: ({ method, headers, query, body }) =>
    [
      method,
      headers["x-http-method-override"],
      headers["x-http-method"],
      headers["x-method-override"],
      asPhpNames(query)["_method"],
      (body as Record<string, unknown> | undefined)?.["_METHOD"],
      asPhpNames((body as object | undefined) ?? {})["_method"],
    ].some((told) => told?.toString().toUpperCase() === "DELETE"),
  middleware: ({ headers }) => headers["x-middleware-subrequest"] !== undefined,
  /** CGI, WSGI, PHP and Rack: what is no letter or digit is an underscore. */
  cgi: ({ rawHeaders }) => cgiNames(rawHeaders).get("HTTP_X_FORWARDED_FOR") === "10.0.0.1",
  cgiHost: ({ rawHeaders }) => cgiNames(rawHeaders).get("HTTP_X_FORWARDED_HOST") === "evil.example",
  cgiScript: ({ rawHeaders }) => cgiNames(rawHeaders).get("HTTP_SCRIPT_NAME") === "/public",
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
  forwarded: ({ headers }) => /for="?10\.0\.0\.1|host=evil/.test(headers["forwarded"] ?? ""),
  host: ({ headers }) =>
    [headers["x-forwarded-host"], headers["x-host"], headers["forwarded-host"]].includes("evil.example"),
  scheme: ({ headers }) =>
    [headers["x-forwarded-scheme"], headers["x-scheme"], headers["front-end-https"]].some(
      (told) => told === "https" || told === "on",
    ),
  via: ({ headers }) => headers["via"] !== undefined,
  prefix: ({ headers }) => headers["x-forwarded-prefix"] !== undefined || headers["x-forwarded-port"] !== undefined,
  certificate: ({ headers }) =>
    Object.keys(headers).some((name) => /client-?cert|client-?verify|client-(?:s-)?dn|^ssl-/.test(name)),
  sendfile: ({ headers }) => headers["x-sendfile-type"] !== undefined || headers["x-accel-mapping"] !== undefined,
  user: ({ headers }) =>
    Object.entries(headers).some(([name, value]) => value === "admin" && USER_FAMILIES.test(name)) ||
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

/** PHP drops spaces before names and writes dots as `_`; whoever makes text of a list has its item. */
function asPhpNames(read: object): Record<string, string> {
  const spelled = (name: string) => name.trimStart().replaceAll(/[ .]/g, "_").replace(/\[.*/, "");
  return Object.fromEntries(Object.entries(read).map(([name, value]) => [spelled(name), String(value)]));
}

function cgiNames(raw: readonly string[]): Map<string, string> {
  const names = new Map<string, string>();
  for (let i = 0; i < raw.length; i += 2) {
    names.set(`HTTP_${(raw[i] as string).toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`, raw[i + 1] as string);
  }
  return names;
}

export interface Told {
  readonly fields: Record<string, string | string[]>;
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
}

const dropped = (id: string, who: keyof typeof BELIEVERS, fields: Record<string, string>) =>
  Object.entries(fields).map(([name, value]) => [`${id} ${name}`, who, { fields: { [name]: value } }] as const);

/** Taken as if they were not there. */
export const DROPPED: readonly (readonly [title: string, who: string, told: Told])[] = [
  ...dropped("G08", "target", {
    "X-Original-URL": "/admin",
    "X-Rewrite-URL": "/admin",
    "X-Original-URI": "/admin",
    "X-Original-Path": "/admin",
    "X-Envoy-Original-Path": "/admin",
    "x-original-url": "/admin",
  }),
  ...dropped("G08", "script", {
    "X-Script-Name": "/public",
    "Script-Name": "/public",
    "X-Replaced-Path": "/public",
    "X-WAWS-Unencoded-URL": "/public",
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
    "X-Client-Certificate": "MIIB",
    "X-SSL-Client-Verify-Result": "SUCCESS",
    "X-TLS-Client-Cert": "MIIB",
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
    "X-Auth-Request-Preferred-Username": "admin",
    "X-Auth-Request-Groups": "admin",
    "Remote-Groups": "admin",
    "X-Webauth-Email": "admin",
    "X-Authentik-Username": "admin",
    "X-Pomerium-Claim-Email": "admin",
    "Cf-Access-Authenticated-User-Email": "admin",
    "Tailscale-User-Login": "admin",
    "OIDC-Claim-Sub": "admin",
    "X-MS-Client-Principal-Name": "admin",
    "X-Amzn-Mtls-Clientcert-Serial-Number": "admin",
    "X-Goog-IAP-JWT-Assertion": "admin",
    "X-Consumer-Groups": "admin",
    "X-Credential-Username": "admin",
    "X-JWT-Assertion": "admin",
    ...Object.fromEntries(OTHER_PROXIES.map((name) => [name, "admin"])),
  }),
  ...dropped("G10", "sendfile", { "X-Sendfile-Type": "X-Accel-Redirect", "X-Accel-Mapping": "/=/private/" }),
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
export const REFUSED: readonly (readonly [title: string, who: string, told: Told])[] = [
  ...["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "x-http-method-override"].map(
    (name) => [`G08 ${name}`, "method", post({ fields: { [name]: "DELETE" } })] as const,
  ),
  ["G08 _method in the query", "method", post({ path: "/public?_method=DELETE" })],
  ["G08 _method in the query of a GET, for WordPress", "method", { path: "/public?_method=DELETE", fields: {} }],
  ["G08 _method behind another", "method", post({ path: "/public?a=1&_method=delete" })],
  ["G08 _method percent-encoded", "method", post({ path: "/public?%5fmethod=DELETE" })],
  ["G08 _method fully encoded", "method", post({ path: "/public?%5F%6D%65%74%68%6F%64=DELETE" })],
  [
    "G08 _method in a form",
    "method",
    post({ fields: { "content-type": "application/x-www-form-urlencoded" }, body: "a=1&_method=DELETE" }),
  ],
  [
    "G08 _method in a form, encoded",
    "method",
    post({ fields: { "content-type": "application/x-www-form-urlencoded" }, body: "%5Fmethod=DELETE" }),
  ],
  ["G08 _method as `.method`", "method", post({ path: "/public?.method=DELETE" })],
  ["G08 _method behind a space", "method", post({ path: "/public?%20_method=DELETE" })],
  ["G08 _method behind a plus", "method", post({ path: "/public?a=1&+_method=DELETE" })],
  ["G08 _method as a list", "method", post({ path: "/public?_method[]=DELETE" })],
  ...[".method=DELETE", "%2Emethod=DELETE", "+_method=DELETE", "_method[]=DELETE"].map(
    (body) =>
      [
        `G08 _method in a form, as ${body}`,
        "method",
        post({ fields: { "content-type": "application/x-www-form-urlencoded" }, body }),
      ] as const,
  ),
  ...(
    [
      ["multipart", USER + field("_method", "DELETE") + END],
      ["multipart, behind a file", file("a.png") + field("_method", "delete") + END],
      ["multipart, as `.method`", field(".method", "DELETE") + END],
      ["multipart, with a type", part(`${named("_method")}\r\nContent-Type: application/json`, "DELETE") + END],
      ["multipart, as a file", file("a", "DELETE", "", "_method") + END],
    ] as const
  ).map(
    ([how, body]) =>
      [`G08 _method in a form, ${how}`, "method", post({ fields: { "content-type": TYPE }, body })] as const,
  ),
  ["G08 _method in JSON", "method", post({ body: '{"_method":"DELETE"}' })],
  ["G08 _method in JSON, escaped", "method", post({ body: '{"a":1,"_m\\u0065thod":"delete"}' })],
  ["G08 _method in JSON, in capitals for Slim", "method", post({ body: '{"_METHOD":"DELETE"}' })],
  [
    "G08 _method in a form, in capitals for Slim",
    "method",
    post({ fields: { "content-type": "application/x-www-form-urlencoded" }, body: "_METHOD=DELETE" }),
  ],
  [
    "G08 _method in a form, multipart, in capitals",
    "method",
    post({ fields: { "content-type": TYPE }, body: USER + field("_METHOD", "DELETE") + END }),
  ],
  ["G09 X_Forwarded_For", "cgi", { fields: { X_Forwarded_For: "10.0.0.1" } }],
  ["G09 x_forwarded-for", "cgi", { fields: { "x_forwarded-for": "10.0.0.1" } }],
  ["G09 X.Forwarded.For", "cgi", { fields: { "X.Forwarded.For": "10.0.0.1" } }],
  ["G09 X~Forwarded!For", "cgi", { fields: { "X~Forwarded!For": "10.0.0.1" } }],
  ["G09 SCRIPT_NAME, which gunicorn believes of its own machine", "cgiScript", { fields: { SCRIPT_NAME: "/public" } }],
  ["G09 X_Forwarded_Host", "cgiHost", { fields: { X_Forwarded_Host: "evil.example" } }],
  ["G09 X_Remote_User", "cgiUser", { fields: { X_Remote_User: "admin" } }],
  ["G12 two Authorization", "pair", { fields: { Authorization: ["Bearer a", "Bearer forged"] } }],
  ["G12 two Authorization of unlike schemes", "pair", { fields: { authorization: ["Basic YTpi", "Bearer forged"] } }],
  ["G12 two Content-Type", "pair", post({ fields: { "content-type": ["application/json", "text/plain"] } })],
  [
    "G12 two Content-Type alike",
    "pair",
    post({ fields: { "content-type": ["application/json", "application/json"] } }),
  ],
];
