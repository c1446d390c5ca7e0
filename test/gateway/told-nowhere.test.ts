// Secrets and names of people go in through every field of a request and of an answer, at a gateway as it is started; everything that it writes is searched for them.
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { AUDIENCE, claimsAt, encode, forge, ISSUER, issue, makeKey } from "../authentication/issuer.ts";
import { startProcess } from "../cli/process.ts";
import { folderWith } from "../configuration/folder.ts";
import { Mailbox } from "../identity/mailbox.ts";
import { HttpServer } from "../sinks/http-server.ts";
import { ask, keep, startUpstream } from "./harness.ts";

const ORDERS = readFileSync(path.join(import.meta.dirname, "../../examples/orders/openapi.yaml"), "utf8");

/** Stands in every value that nobody may read anywhere: no mask knows it, so that it shows wherever a value is written. */
const VALUE = "hunter2";
/** Names that are data. Each begins or ends as no name of the product does. */
const PERSON = "carol.danvers@example.com";
const CARD = "4111111111111111";
const NUMBER = "+491711234567";
const ID = "018f4f7c-9b1a-7c3e-8a2b-1f2e3d4c5b6a";
const TOKEN = `${encode('{"alg":"none"}')}.${encode(`{"sub":"${VALUE}"}`)}.`;
const KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
const NAMES = [PERSON, CARD, NUMBER, ID, TOKEN, KEY];
/** What is searched for: as it was sent, and as others write it. */
const SOUGHT = [
  VALUE,
  PERSON,
  "carol.danvers",
  CARD,
  "491711234567",
  ID,
  TOKEN,
  KEY,
  ...[PERSON, VALUE, `user:${VALUE}`].flatMap((text) => [encodeURIComponent(text), encode(text)]),
];

type Options = { method?: string; headers?: Record<string, string>; body?: string };
type Request = readonly [target: string, options?: Options];

const json = (body: unknown, headers: Record<string, string> = {}, target = "/orders"): Request => [
  target,
  {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  },
];

const FIELDS: readonly [name: string, value: string][] = [
  ["cookie", `session=${VALUE}; ${PERSON}=${VALUE}`],
  ["referer", `https://example.com/?${PERSON}=${VALUE}`],
  ["origin", `https://${VALUE}.example.com`],
  ["user-agent", `tool ${TOKEN} ${KEY}`],
  ["x-api-key", VALUE],
  ["proxy-authorization", `Basic ${encode(`user:${VALUE}`)}`],
  ["forwarded", `for=${VALUE};host=${VALUE}`],
  ["x-forwarded-for", VALUE],
  ["x-forwarded-host", VALUE],
  ["x-real-ip", VALUE],
  ["x-request-id", VALUE],
  ["traceparent", VALUE],
  ["tracestate", `v=${VALUE}`],
  ["baggage", `${CARD}=${VALUE}`],
  ["accept", `application/${VALUE}`],
  ["accept-language", VALUE],
  ["range", `bytes=${VALUE}`],
  ["if-none-match", VALUE],
  ["content-encoding", VALUE],
  ["content-type", `application/${CARD}; boundary=${VALUE}`],
  ["host", `${VALUE}.example.com`],
  ["dpop", TOKEN],
  ["x-http-method-override", VALUE],
  ["x-original-url", `/${VALUE}`],
  [`x-${CARD}`, VALUE],
  ["access-control-request-headers", VALUE],
  ["authorization", `Basic ${encode(`user:${VALUE}`)}`],
  ["authorization", `${VALUE} ${VALUE}`],
  ["authorization", `Bearer ${VALUE}`],
];

const query = NAMES.map((name) => `${encodeURIComponent(name)}=${VALUE}`).join("&");
const members = Object.fromEntries(NAMES.map((name) => [name, VALUE]));

const REQUESTS: readonly Request[] = [
  [`/products?query=${VALUE}&${query}`],
  [`/products?query=${VALUE.repeat(20)}`],
  [`/orders?status=${VALUE}&limit=${VALUE}`],
  [`/orders?limit=1&limit=${VALUE}`],
  [`/orders?limit=%zz${VALUE}`],
  [`/orders/1?${query}`],
  [`/orders/${TOKEN}`],
  [`/users/${encodeURIComponent(PERSON)}/reset-token/${VALUE}?code=${VALUE}`],
  [`/invitations/${KEY};jsessionid=${VALUE}`],
  [`/orders/1#${VALUE}`],
  ...FIELDS.map(([name, value]): Request => ["/orders/1", { headers: { [name]: value } }]),
  ...FIELDS.map(([name, value]): Request => json({ sku: "ABC-123", quantity: 1 }, { [name]: value })),
  ["/orders/1", { method: "OPTIONS", headers: { origin: `https://${VALUE}.example.com` } }],
  json(members),
  json({ sku: VALUE, quantity: VALUE, note: { ...members, inner: [members] } }),
  json({ sku: "ABC-123", quantity: 1, note: `' OR 1=1 -- ${VALUE} <script>${VALUE}</script>` }),
  json({ sku: "ABC-123", quantity: 1, [PERSON]: { $ne: VALUE } }),
  json(`{"sku":"ABC-123","${PERSON}":1,"${PERSON}":"${VALUE}"}`),
  json(`{"sku":"ABC-123","note":"${VALUE}`),
  json(`{"${PERSON}":${VALUE}}`),
  json(`{"sku":"ABC-123"} ${VALUE}`),
  json(`{"__proto__":{"${PERSON}":"${VALUE}"}}`),
  json(`"${VALUE}"`),
  json(`{"${CARD}":1e999}`),
  json(`[${VALUE}`, {}, "/orders/1/refund"),
  json(`${VALUE}=1&${PERSON}=${VALUE}`, { "content-type": "application/x-www-form-urlencoded" }),
  json(`--x\r\nContent-Disposition: form-data; name="${PERSON}"; filename="${VALUE}"\r\n\r\n${VALUE}\r\n--x--`, {
    "content-type": "multipart/form-data; boundary=x",
  }),
];

const HEAD = `Host: localhost\r\n`;
/** As bytes: what a client of HTTP would not send. */
const RAW: readonly string[] = [
  `${VALUE} ${PERSON}\r\n\r\n`,
  `GET /${KEY} HTTP/${VALUE}\r\n${HEAD}\r\n`,
  `GET /orders/1 HTTP/1.1\r\n${HEAD}${PERSON}: ${VALUE}\r\n\r\n`,
  `GET /orders/1 HTTP/1.1\r\n${HEAD}Transfer-Encoding: ${VALUE}\r\n\r\n`,
  `GET /orders/1 HTTP/1.1\r\n${HEAD}Content-Length: ${VALUE}\r\n\r\n`,
  `GET /orders/1 HTTP/1.1\r\n${HEAD}Expect: ${VALUE}\r\n\r\n`,
  `GET /orders/1 HTTP/1.1\r\n${HEAD}Connection: upgrade, ${VALUE}\r\nUpgrade: ${VALUE}\r\n\r\n`,
  `GET http://user:${VALUE}@localhost/orders/1 HTTP/1.1\r\n${HEAD}\r\n`,
  `GET /products HTTP/1.1\r\nHost: user:${VALUE}@localhost\r\n\r\n`,
  `CONNECT ${VALUE}@example.com:443 HTTP/1.1\r\n${HEAD}\r\n`,
  `POST /orders HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${VALUE}\r\n`,
  `POST /orders HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{"note":"${VALUE}`,
];

type Answer = readonly [status: number, fields: Record<string, string>, body: string];

const JSON_TYPE = { "content-type": "application/json" };
const ORDER = JSON.stringify({ id: VALUE, ...members, lines: [members] });
/** Answers of the API, by the order that is asked for. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  "10": [200, { ...JSON_TYPE, "set-cookie": `s=${VALUE}`, "x-debug": VALUE }, ORDER],
  "11": [599, { "content-type": `application/${CARD}`, server: VALUE }, ORDER],
  "12": [500, { "content-type": "text/plain" }, `Error: ${VALUE}\n    at ${PERSON} (/srv/${VALUE}.js:1:1)`],
  "13": [200, JSON_TYPE, `{"id":"${VALUE}`],
  "14": [200, { ...JSON_TYPE, "content-encoding": VALUE }, ORDER],
};

function answerTo(target: string): Answer {
  return ANSWERS[/^\/orders\/(\d+)/.exec(target)?.[1] ?? ""] ?? [200, JSON_TYPE, JSON.stringify(members)];
}

async function receiver(): Promise<HttpServer> {
  const server = await new HttpServer((_asked, response) => void response.end("ok")).start();
  onTestFinished(() => server.stop());
  return server;
}

function spoken(port: number, text: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.end(text));
    socket.on("error", () => resolve()).on("close", () => resolve());
    socket.resume();
  });
}

function everythingIn(folder: string): string {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return found
    .map(({ parentPath, name }) => `${name}\n${readFileSync(path.join(parentPath, name), "latin1")}`)
    .join("\n");
}

async function tokens(): Promise<{ readonly jwks: string; readonly good: string; readonly wrong: readonly string[] }> {
  const [key, stranger] = await Promise.all([makeKey("ES256", "k1"), makeKey("ES256", "k1")]);
  const now = Math.floor(Date.now() / 1_000);
  const claims = (changes: object) => claimsAt(now, { jti: VALUE, email: PERSON, [CARD]: VALUE, ...changes });
  const header = (changes: object) => JSON.stringify({ alg: "ES256", typ: "at+jwt", kid: "k1", ...changes });
  const payload = JSON.stringify(claims({}));
  const changes = [
    { iss: `https://${VALUE}.example.com/` },
    { iss: [VALUE] },
    { exp: now - 1_000 },
    { exp: VALUE },
    { nbf: now + 10_000 },
    { scope: [] },
    { sub: undefined },
    { cnf: { jkt: VALUE } },
    { cnf: { "x5t#S256": VALUE } },
  ];
  return {
    jwks: JSON.stringify({ keys: [key.jwk] }),
    good: await issue(key, claims({ sub: "u1", client_id: "app" })),
    wrong: [
      ...(await Promise.all(changes.map((change) => issue(key, claims(change))))),
      ...[
        { kid: VALUE },
        { alg: VALUE },
        { typ: VALUE },
        { crit: [VALUE] },
        { jku: `https://${VALUE}/` },
        { [PERSON]: VALUE },
      ].map((change) => forge(key, header(change), payload)),
      // What its issuer has signed may be told, as scopes and which API it was meant for; this is signed by somebody else.
      await issue(stranger, claims({ aud: VALUE, sub: VALUE, client_id: VALUE })),
      forge(key, header({}), `{"sub":"${VALUE}","sub":"${PERSON}"}`),
      forge(key, header({}), VALUE),
      `${encode(header({}))}.${encode(payload)}.${encode(VALUE)}`,
    ],
  };
}

it.each([
  ["refuses, for programs", "json", false],
  ["only observes, for people", "readable", true],
])(
  "a gateway that %s tells no value and no name that is data, in whatever it writes",
  async (_, format, isObserving) => {
    const upstream = keep(
      await startUpstream((request, response) => {
        const [status, fields, body] = answerTo(request.url ?? "");
        response.writeHead(status, fields).end(body);
      }),
    );
    const [hook, chat] = [await receiver(), await receiver()];
    const mailbox = await Mailbox.open();
    onTestFinished(() => mailbox.close());
    const { jwks, good, wrong } = await tokens();
    const folder = folderWith({
      "openapi.yaml": ORDERS,
      "keys.json": jwks,
      secret: "a-secret-of-more-than-24-bytes",
      smtp: mailbox.url,
      slack: `${chat.url}/services/T0/B0`,
      "portcullis.yaml": `openapi: openapi.yaml
upstream: ${upstream.origin}
transport: { listen: 127.0.0.1:0, adminListen: "off", tls: dangerouslyOff, cors: { origins: ["https://shop.example.com"] } }
authentication: { oauth: { issuer: "${ISSUER}", audience: "${AUDIENCE}", jwks: keys.json } }
rateLimiting: { addressCeiling: { limit: 100000, window: 1m }, failedAuthentication: { limit: 100000, window: 1m }, limits: [{ limit: 100000, window: 1m, key: address }] }
validation: { requests: enforce, responses: monitor }
monitoring:
  sinks:
    - console: { format: ${format} }
    - file: out/audit.ndjson
    - { webhook: { url: "${hook.url}", secret: { file: secret }, dangerouslyAllowHttp: true } }
    - { slack: { url: { file: slack }, dangerouslyAllowHttp: true } }
    - { mail: { smtp: { file: smtp }, from: gate@example.com, to: [ops@example.com] } }
  spool: { folder: out/spool }
`,
    });
    const gateway = startProcess(["start", ...(isObserving ? ["--observe"] : [])], folder);
    const [, url = ""] = await gateway.errorShows(/ at (http:\/\/\S+)/);
    const authorization = `Bearer ${good}`;
    const ids: unknown[] = [];
    const sent = async (target: string, options: Options = {}) => {
      const headers = { authorization, ...options.headers };
      ids.push((await ask(`${url}${target}`, { ...options, headers })).headers["x-request-id"]);
    };
    for (const [target, options] of REQUESTS) await sent(target, options);
    for (const token of wrong) await sent("/orders", { headers: { authorization: `Bearer ${token}` } });
    for (const order of Object.keys(ANSWERS)) await sent(`/orders/${order}`);
    for (const text of RAW) await spoken(Number(new URL(url).port), text);
    // As many as an alert needs.
    for (let i = 0; i < 10; i += 1) await sent(`/${encodeURIComponent(PERSON)}/${i}?${PERSON}=${VALUE}`);
    // Nothing is refused and nobody is woken where it only observes.
    const mail = isObserving ? "" : await mailbox.take("ops@example.com");
    gateway.signal("SIGTERM");
    // Soon: no body that broke is waited for.
    expect(await gateway.ended).toBe(0);

    const posted = hook.asked.map(({ body }) => body.toString()).join("\n");
    const files = everythingIn(path.join(folder, "out"));
    const written = {
      console: gateway.output(),
      files,
      posted,
      chat: JSON.stringify(chat.asked.map(({ body }) => body.toString())),
      mail,
    };
    const [said = ""] = await gateway.errorShows(/[^]*/);
    for (const [place, text] of Object.entries({ ...written, said })) {
      expect([place, SOUGHT.filter((sought) => text.includes(sought))]).toEqual([place, []]);
    }
    // They were searched for where each request stands.
    for (const text of isObserving ? [files, posted] : [files, posted, written.console]) {
      expect(ids.filter((id) => !text.includes(`"id":"${String(id)}"`))).toEqual([]);
    }
    const told = [mail, written.chat].map((text) => text.includes("client.address 127.0.0.1"));
    expect(told).toEqual([!isObserving, !isObserving]);
    expect(files).toContain('"at":"/*","message":"* is not allowed"');
    expect(files).toContain('"text":"undeclared query parameters: *"');
  },
);
