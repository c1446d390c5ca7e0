// Guards the messages of wrong configurations: place, what was expected, what to do.
import { describe, expect, it } from "vitest";
import { DESTINATION_SCHEMAS } from "../../src/configuration/schema/destinations.ts";
import { refusals } from "./loading.ts";

const SCHEME_KEYS =
  "issuer, audience, jwks, secret, algorithms, typ, preset, claims, lifetimeMax, dangerouslyAllowMissingTyp, allowMissingKid, dpop, keys, checkedByUpstream";

const kinds = ["console", "file", ...DESTINATION_SCHEMAS.map(({ shape }) => Object.keys(shape)[0])];
const SINKS = kinds
  .map((kind) => `a mapping with ${kind}`)
  .join(", ")
  .replace(/, ([^,]*)$/, " or $1");

/** What is written below `openapi: a.yaml` (line 1), and the one thing that is said about it. */
const MISTAKES: readonly (readonly [written: string, said: string])[] = [
  ["upstrem: http://localhost:3000", '2:1 unknown key "upstrem" at the top | Did you mean "upstream"?'],
  ["rate-limiting: []", '2:1 unknown key "rate-limiting" at the top | Did you mean "rateLimiting"?'],
  [
    "zzz: 1",
    '2:1 unknown key "zzz" at the top | Known here: openapi, upstream, transport, authentication, authorization, rateLimiting, validation, monitoring, identity, operations.',
  ],
  [
    "upstream: http://localhost:3000/api",
    '2:11 upstream must be an http or https URL without path, such as "http://127.0.0.1:3000" | The API behind the gateway.',
  ],
  [
    "upstream: { url: http://a, timeouts: { answr: 1s } }",
    '2:40 unknown key "answr" in upstream.timeouts | Did you mean "answer"?',
  ],
  [
    "transport:\n  tls: devlopment",
    '3:8 transport.tls: expected "development", "terminated-by-proxy", "dangerouslyOff" or a mapping with certificate, key, found other text | Did you mean "development"?',
  ],
  [
    "transport:\n  tls: { certificate: a.crt }",
    "3:3 key is missing in transport.tls | Add `key`. PEM file of the private key.",
  ],
  [
    "transport: { listen: 0.0.0.0:65536 }",
    '2:22 transport.listen must be a host and port (at most 65535) such as "0.0.0.0:8443", or a port | Where clients connect. Default "127.0.0.1:8443".',
  ],
  [
    "transport: { tls: terminated-by-proxy }",
    "2:19 terminated-by-proxy needs transport.trustedProxies: nobody else may say that a request came over https | Name the addresses of the proxy, such as `trustedProxies: [10.0.0.0/8]`.",
  ],
  [
    "transport: { hsts: max-age=1 }",
    "2:20 transport.hsts needs a certificate that clients trust: it is never sent with tls: development or dangerouslyOff | Leave it out, or set `tls: { certificate, key }`.",
  ],
  [
    "transport: { clientAddressField: forwarded }",
    "2:34 transport.clientAddressField has no effect without transport.trustedProxies | Name the proxies whose field is read, or leave it out.",
  ],
  [
    "transport:\n  tls: { certificate: a, key: b }\n  redirectFrom: 0.0.0.0:80",
    "4:17 transport.redirectFrom needs transport.publicUrl: the host of a request is never trusted for it | Add `publicUrl: https://…`.",
  ],
  [
    "transport:\n  tls: { certificate: a, key: b }\n  publicUrl: http://api.example.com",
    "4:14 transport.publicUrl is http while the listener speaks TLS | Write it with https.",
  ],
  [
    "authentication:\n  oauth: { isuer: https://i.example, issuer: https://i.example, audience: a }",
    '3:12 unknown key "isuer" in authentication.oauth | Did you mean "issuer"?',
  ],
  [
    "authentication:\n  oauth: { issuer: https://i.example }",
    "3:3 audience is missing in authentication.oauth: without it, tokens made for other APIs would be accepted | Add `audience`: the `aud` by which the issuer names this API.",
  ],
  [
    "authentication:\n  oauth: { audience: a }",
    "3:3 issuer is missing in authentication.oauth | Add `issuer`: the `iss` of the tokens. For API keys `keys: keys.json`; `checkedByUpstream: true` where the API checks the credential itself.",
  ],
  [
    "authentication:\n  modee: enforce",
    `3:10 authentication.modee: expected a mapping with ${SCHEME_KEYS}, found other text | Did you mean the key "mode"?`,
  ],
  [
    "authentication:\n  oauth: { issuer: https://i.example, audience: a, algorithms: [none] }",
    '3:65 authentication.oauth.algorithms[0]: expected "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA" or "HS256", found other text | Signature algorithms that are accepted. Default: all asymmetric ones; with `secret`, HS256.',
  ],
  [
    "authentication:\n  oauth: { issuer: https://i.example, audience: a, jwks: k.json, secret: x }",
    "3:74 authentication.oauth has both jwks and secret | Keep the one that the issuer signs with.",
  ],
  [
    "authentication:\n  key: { checkedByUpstream: true, issuer: https://i.example }",
    "3:43 authentication.key is checked by the upstream, so issuer would have no effect | Keep one of the two.",
  ],
  [
    "rateLimiting:\n  - { limit: 0, window: 15m }",
    "3:14 rateLimiting[0].limit must be at least 1 | How many requests.",
  ],
  [
    "rateLimiting:\n  - { limit: 5, window: 15 minutes }",
    '3:25 rateLimiting[0].window must be a duration: a whole number with ms, s, m, h or d, such as "15m" | In how long, such as 15m: never more than `limit` in any such time.',
  ],
  [
    "rateLimiting:\n  - { limit: 5 }",
    "3:5 window is missing in rateLimiting[0] | Add `window`. In how long, such as 15m: never more than `limit` in any such time.",
  ],
  [
    "rateLimiting:\n  - { limit: 5, window: 1m, key: adress }",
    '3:34 rateLimiting[0].key: expected "address", "subject", "client", "claim", "api-key", "operation" or a list, found other text | Did you mean "address"?',
  ],
  [
    "rateLimiting:\n  - { limit: 5, window: 1m }\n  - { limit: 9, window: 1h }",
    '4:5 rateLimiting[1]: another limit of this list is called "subject" | Give one of them a `name` of its own.',
  ],
  [
    "rateLimiting: { limits: [{ limit: 5, window: 1m, key: address, fallback: address }] }",
    "2:74 rateLimiting.limits[0].fallback has no effect: every request has an address | Leave it out.",
  ],
  [
    "rateLimiting: [{ limit: 5, window: 1m, key: [operation, address], fallback: none }]",
    "2:77 rateLimiting[0].fallback has no effect: every request has an operation and an address | Leave it out.",
  ],
  [
    "rateLimiting: [{ limit: 5, window: 1m, key: [subject, subject] }]",
    "2:40 rateLimiting[0].key names the same twice | Name each once.",
  ],
  [
    "rateLimiting: [{ limit: 5, window: 1m, key: claim }]",
    "2:45 rateLimiting[0].key is a claim, and none is named | Such as `claim: [tenant]`, or `claim: [organization, id]` for a member of a member.",
  ],
  [
    "rateLimiting: [{ limit: 5, window: 1m, claim: [tenant] }]",
    "2:40 rateLimiting[0].claim has no effect: the key asks for no claim | Set `key: claim`, or leave it out.",
  ],
  [
    "rateLimiting: [{ limit: 5, window: 25d }]",
    "2:36 rateLimiting[0].window is longer than 24 days | Counters live in memory: at most 24d.",
  ],
  [
    "rateLimiting: { addressCeiling: { limit: 5, window: 25d } }",
    "2:53 rateLimiting.addressCeiling.window is longer than 24 days | Counters live in memory: at most 24d.",
  ],
  [
    "rateLimiting: [{ name: fields, limit: 5, window: 1m }]",
    '2:16 rateLimiting[0]: "fields" is the name of a guard that is always there | Choose another.',
  ],
  [
    "rateLimiting: [{ limit: 5, window: 1m, delay: 1s }]",
    "2:47 rateLimiting[0].delay has no effect: nothing says from when on | Set `delayAfter` too, or leave it out.",
  ],
  [
    "rateLimiting: [{ limit: 5, window: 1m, delayAfter: 5 }]",
    "2:52 rateLimiting[0].delayAfter is not below the limit of 5: nothing is ever slowed down | Make it smaller than `limit`.",
  ],
  [
    "rateLimiting: [{ limit: 5, window: 1m, delayAfter: 2, delay: 2s, delayMax: 1s }]",
    "2:76 rateLimiting[0].delayMax is shorter than the first delay | Make `delay` shorter or `delayMax` longer.",
  ],
  [
    "rateLimiting: [{ limit: 5, window: 1m, delayAfter: 2, delayMax: 31s }]",
    "2:65 rateLimiting[0].delayMax is longer than 30 seconds | Clients give up before: refuse, and let them come again.",
  ],
  [
    "rateLimiting: { concurrency: { limit: 5, queue: 1, timeout: 31s } }",
    "2:61 rateLimiting.concurrency.timeout is longer than 30 seconds | Clients give up before: refuse, and let them come again.",
  ],
  [
    "rateLimiting: { concurrency: { limit: 5, timeout: 1s } }",
    "2:51 rateLimiting.concurrency.timeout has no effect: nobody waits | Say how many may with `queue`, or leave it out.",
  ],
  [
    "rateLimiting: { concurrency: { limit: 5, fallback: none } }",
    "2:52 rateLimiting.concurrency.fallback has no effect: there is no key | Leave it out.",
  ],
  [
    "rateLimiting: { concurrency: [{ limit: 5 }, { limit: 6 }] }",
    '2:45 rateLimiting.concurrency[1]: another limit of this list is called "concurrency" | Give one of them a `name` of its own.',
  ],
  [
    "rateLimiting: { ipv6Prefix: 129 }",
    "2:29 rateLimiting.ipv6Prefix must be at most 128 | How many bits of an IPv6 address are one client. Default 64.",
  ],
  [
    "validation: { requests: on }",
    '2:25 validation.requests: expected "enforce", "monitor" or "off", found other text | Parameters and bodies against the document. Default enforce.',
  ],
  [
    "validation: { bodyBytesMax: 1 mb }",
    '2:29 validation.bodyBytesMax must be a size: a whole number with B, KB, MB, KiB or MiB, such as "1MiB" | Largest request body. Default "1MiB".',
  ],
  [
    "monitoring: { sinks: [syslog] }",
    `2:23 monitoring.sinks[0]: expected "console", ${SINKS}, found other text | Write console, { file: audit.ndjson }, or a kind of server as a key with its settings below it.`,
  ],
  [
    "monitoring: { sinks: [{ console: { format: redable } }] }",
    '2:44 monitoring.sinks[0].console.format: expected "auto", "readable" or "json", found other text | Did you mean "readable"?',
  ],
  [
    "monitoring: { sinks: [{ file: a, rotatedBy: others, gzip: true }] }",
    "2:59 monitoring.sinks[0].gzip has no effect where others rotate | Leave it out, or leave out rotatedBy.",
  ],
  [
    "monitoring: { hashKey: { file: none.key } }",
    "2:32 none.key cannot be read: there is no such file | Put the secret there, readable by this user only.",
  ],
  [
    "operations: [getOrder]",
    '2:1 operations: expected a mapping, found a list | By operationId, tag, "DELETE /orders/{id}", "/orders/{id}" for all its methods, or "/admin/*" for all below.',
  ],
  [
    "operations:\n  GET /a: { authorization: { role: [x] } }",
    '3:30 unknown key "role" in operations["GET /a"].authorization | Did you mean "roles"?',
  ],
  ["transport: {}\ntransport: {}", "3:1 transport is written twice in one mapping | Keep one of the two."],
  ["upstream: ${APIURL}", "2:11 the environment variable APIURL is not set | Set APIURL before the start."],
  [
    "upstream: http://${}",
    "2:11 `${` begins the name of an environment variable, and this is none | Write ${NAME} with letters, digits and underscores, or $${ for the characters themselves.",
  ],
];

describe("a wrong configuration", () => {
  it.each(MISTAKES)("%s", async (written, said) => {
    expect(await refusals(`openapi: a.yaml\n${written}\n`)).toEqual([said]);
  });

  it("says what is missing when it is empty", async () => {
    const said = " openapi is missing | Name the OpenAPI document: `openapi: openapi.yaml`, or --openapi.";
    expect(await refusals("# nothing\n")).toEqual([`1:1${said}`]);
  });

  it("says all at once, in the order of the file", async () => {
    const said = await refusals("openapi: 5\ntransport: { lsten: 1 }\nvalidation: { reqests: off }\nupstream: [a]\n");
    expect(said.map((line) => line.slice(0, 4))).toEqual(["1:10", "2:14", "3:15", "4:1 "]);
  });

  it("names the place where YAML ends being YAML", async () => {
    const [said, ...more] = await refusals("openapi: a.yaml\ntransport: { listen: 1\n");
    expect(more).toEqual([]);
    expect(said).toMatch(/^3:1 this is not valid YAML: /);
  });

  it("suggests the variable that was probably meant", async () => {
    const said = await refusals("openapi: a.yaml\nupstream: ${API_ULR}\n", { env: { API_URL: "http://a" } });
    expect(said).toEqual([
      "2:11 the environment variable API_ULR is not set | Set API_ULR before the start. Did you mean API_URL?",
    ]);
  });

  it("refuses aliases that expand without end", async () => {
    const bomb = ["a: &a [x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 9; i += 1) {
      const [from, to] = [String.fromCharCode(96 + i), String.fromCharCode(97 + i)];
      bomb.push(`${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(", ")}]`);
    }
    expect(await refusals(`${bomb.join("\n")}\n`)).toEqual(["1:1 its YAML aliases expand without end | "]);
  });

  it("tells a port out of range beside mistakes in other places", async () => {
    const said = await refusals(
      "openapi: a\nupstrem: x\ntransport: { listen: 0.0.0.0:99999 }\nvalidation: { requests: no }\n",
    );
    expect(said.map((line) => line.split(" ")[0])).toEqual(["2:1", "3:22", "4:25"]);
  });

  it("tells at once what is missing outside, has a wrong shape, and means nothing good", async () => {
    const text = `openapi: 5
upstream: \${NOWHERE}
authentication: { oauth: { issuer: "https://i.example/", jwks: k.json } }
rateLimitng: []
monitoring: { hashKey: short }
`;
    expect((await refusals(text)).map((line) => line.replace(/ \|.*/, ""))).toEqual([
      "1:10 openapi: expected text, found a number",
      "2:11 the environment variable NOWHERE is not set",
      "3:19 audience is missing in authentication.oauth: without it, tokens made for other APIs would be accepted",
      '4:1 unknown key "rateLimitng" at the top',
      "5:24 monitoring.hashKey stands in the configuration in clear",
      "5:24 monitoring.hashKey has fewer than 16 bytes",
    ]);
  });

  it("says nothing of a value that only an unset variable made wrong", async () => {
    expect(await refusals('openapi: a\nrateLimiting: [{ limit: "${NOWHERE}", window: 1m }]\n')).toEqual([
      "2:25 the environment variable NOWHERE is not set | Set NOWHERE before the start.",
    ]);
  });

  it("names a configuration that cannot be read", async () => {
    const said = await refusals("", { file: "other.yaml" });
    expect(said).toEqual([
      " the configuration other.yaml cannot be read: there is no such file | Name the file with --config, or write one with `portcullis init`.",
    ]);
  });

  it("never repeats what was written where a secret stands", async () => {
    const text = "openapi: a.yaml\nauthentication: { oauth: { issuer: HUNTER2, audience: a, secret: [HUNTER2] } }\n";
    const said = await refusals(text);
    expect(said).toHaveLength(2);
    expect(said.join()).not.toContain("HUNTER2");
  });
});
