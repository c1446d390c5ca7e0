// Guards the probes of the surface: each fires on a flaw of a few lines, and is silent where they are mended and behind the gate.
import { describe, expect, it } from "vitest";
import type { Probe } from "../../../src/security-testing/dynamic/probe.ts";
import { answerHeads } from "../../../src/security-testing/dynamic/probes/answer-heads.ts";
import { caching } from "../../../src/security-testing/dynamic/probes/caching.ts";
import { cookies } from "../../../src/security-testing/dynamic/probes/cookies.ts";
import { cors } from "../../../src/security-testing/dynamic/probes/cors.ts";
import { exposedPages } from "../../../src/security-testing/dynamic/probes/exposed-pages.ts";
import { otherVersions } from "../../../src/security-testing/dynamic/probes/other-versions.ts";
import { pathSpellings } from "../../../src/security-testing/dynamic/probes/path-spellings.ts";
import { siblings } from "../../../src/security-testing/dynamic/probes/siblings.ts";
import { trace } from "../../../src/security-testing/dynamic/probes/trace.ts";
import { undeclaredMethods } from "../../../src/security-testing/dynamic/probes/undeclared-methods.ts";
import { anybody, DOCUMENT, guarded, ORDER, SOUND, UNKNOWN } from "./surface-api.ts";
import type { Answered, Routes } from "./tiny-api.ts";
import { found } from "./tiny.ts";

/** What is flawed comes first, where two would take a path. */
const flawed = (flaw: Routes): Routes => ({
  ...flaw,
  ...Object.fromEntries(Object.entries(SOUND).filter(([key]) => !(key in flaw))),
});

const everywhere = (headers: Answered["headers"]): Routes =>
  Object.fromEntries(
    Object.entries(SOUND).map(([key, route]) => [
      key,
      async (asked, response) => {
        const answered = await route(asked, response);
        return answered && { ...answered, headers: { ...answered.headers, ...headers } };
      },
    ]),
  );
const reflecting = (more: Record<string, string>): Routes =>
  Object.fromEntries(
    Object.entries(SOUND).map(([key, route]) => [
      key,
      (asked, response) => {
        const { origin } = asked.request.headers;
        if (origin !== undefined) response.setHeader("Access-Control-Allow-Origin", origin);
        for (const [name, value] of Object.entries(more)) response.setHeader(name, value);
        return route(asked, response);
      },
    ]),
  );

interface Example {
  readonly what: string;
  readonly probe: Probe;
  /** In place of routes, or beside them. */
  readonly flaw: Routes;
  readonly expected: readonly string[];
  /** Also behind the gate, which cannot know of it. */
  readonly isAtGate?: boolean;
}

const EXAMPLES: readonly Example[] = [
  {
    what: "a method that nobody declared",
    probe: undeclaredMethods,
    flaw: { "PUT /v2/orders/{id}": () => ({ status: 204 }) },
    expected: ["dynamic.method-undeclared PUT /v2/orders/{id}"],
  },
  {
    what: "a method that nobody declared, and that asks who calls",
    probe: undeclaredMethods,
    flaw: { "DELETE /v2/orders/{id}": ({ who }) => (who === undefined ? UNKNOWN : { status: 204 }) },
    expected: ["dynamic.method-undeclared DELETE /v2/orders/{id}"],
  },
  {
    what: "a method that nobody declared, and that cannot read the body",
    probe: undeclaredMethods,
    flaw: { "POST /v2/orders": ({ json }) => (json === undefined ? { status: 400 } : { status: 201 }) },
    expected: ["dynamic.method-undeclared POST /v2/orders"],
  },
  {
    what: "the version before",
    probe: otherVersions,
    flaw: { "GET /v1/orders/{id}": anybody(ORDER) },
    expected: ["dynamic.version-undeclared GET /v1/orders/{id}"],
  },
  {
    what: "the version to come",
    probe: otherVersions,
    flaw: { "GET /v3/products": anybody([]), "GET /beta/orders": guarded([]) },
    expected: ["dynamic.version-undeclared GET /beta/orders", "dynamic.version-undeclared GET /v3/products"],
  },
  {
    what: "a sibling in the place of a parameter",
    probe: siblings,
    flaw: { "GET /v2/orders/export": anybody([ORDER]) },
    expected: ["dynamic.sibling-undeclared GET /v2/orders/export"],
  },
  {
    what: "a sibling of the base",
    probe: siblings,
    flaw: { "GET /v2/internal": guarded({}) },
    expected: ["dynamic.sibling-undeclared GET /v2/internal"],
  },
  {
    what: "a page for developers",
    probe: exposedPages,
    flaw: { "GET /debug": anybody({ DATABASE_URL: "postgres://" }) },
    expected: ["dynamic.debug-exposed GET /debug"],
  },
  {
    what: "a file of the project",
    probe: exposedPages,
    flaw: { "GET /.env": anybody("SECRET_KEY=x\n"), "GET /.git/HEAD": anybody("ref: refs/heads/main\n") },
    expected: ["dynamic.debug-exposed GET /.env", "dynamic.debug-exposed GET /.git/HEAD"],
  },
  {
    what: "the description of the API",
    probe: exposedPages,
    flaw: { "GET /openapi.json": anybody({ openapi: "3.1.0" }), "GET /docs": anybody("<div id=swagger-ui>") },
    expected: ["dynamic.documentation-exposed GET /docs", "dynamic.documentation-exposed GET /openapi.json"],
  },
  {
    what: "an echo of the request",
    probe: trace,
    flaw: { "TRACE /": ({ request }) => ({ body: JSON.stringify(request.headers) }) },
    expected: ["dynamic.trace-echoed TRACE /"],
  },
  {
    what: "the version of the software",
    probe: answerHeads,
    flaw: everywhere({ "X-Powered-By": "Express", Server: "nginx/1.18.0" }),
    expected: ["dynamic.version-told answer Server", "dynamic.version-told answer X-Powered-By"],
  },
  {
    what: "any origin, with cookies",
    probe: cors,
    flaw: reflecting({ "Access-Control-Allow-Credentials": "true" }),
    expected: ["dynamic.cors-reflected header Origin", "dynamic.cors-reflected header Origin"],
  },
  {
    what: "any origin in preflights alone",
    probe: cors,
    flaw: {
      "OPTIONS /v2/orders": ({ request }) => ({
        status: 204,
        headers: { "Access-Control-Allow-Origin": request.headers.origin ?? "" },
      }),
    },
    expected: ["dynamic.cors-reflected header Origin", "dynamic.cors-reflected header Origin"],
  },
  {
    what: "a private answer for every cache",
    probe: caching,
    flaw: { "GET /v2/orders": guarded([ORDER], { "Cache-Control": "public, max-age=3600" }) },
    expected: ["dynamic.private-answer-cacheable GET /v2/orders answer Cache-Control"],
  },
  {
    what: "a private answer of which nothing is said",
    probe: caching,
    flaw: { "GET /v2/orders": guarded([ORDER], {}) },
    expected: ["dynamic.private-answer-cacheable GET /v2/orders answer Cache-Control"],
  },
  {
    what: "a cookie without flags",
    probe: cookies,
    flaw: { "POST /v2/sessions": () => ({ headers: { "Set-Cookie": "session=1; Path=/" }, body: {} }) },
    expected: ["dynamic.cookie-flags-missing POST /v2/sessions answer Set-Cookie"],
    isAtGate: true,
  },
  {
    what: "a path that is the same in another case, for the router alone",
    probe: pathSpellings,
    flaw: { "GET /v2/ORDERS": anybody([ORDER]) },
    expected: ["dynamic.path-bypass GET /v2/orders path"],
  },
  {
    what: "a path with a slash behind it, for the router alone",
    probe: pathSpellings,
    flaw: { "GET /v2/orders/": anybody([ORDER]), "GET /v2/orders/7/": anybody(ORDER) },
    expected: ["dynamic.path-bypass GET /v2/orders path", "dynamic.path-bypass GET /v2/orders/{id} path"],
  },
  {
    what: "a field that names the path",
    probe: pathSpellings,
    flaw: {
      "GET /v2/products": ({ request }) =>
        request.headers["x-original-url"] === "/v2/orders" ? { body: [ORDER] } : { body: [{ id: 1 }] },
    },
    expected: ["dynamic.path-bypass GET /v2/orders header X-Original-URL"],
  },
];

describe("a probe of the surface", () => {
  it.each(EXAMPLES)("finds $what", async ({ probe, flaw, expected }) => {
    expect(await found(probe, { document: DOCUMENT, api: flawed(flaw) })).toEqual(expected);
  });

  it.each(EXAMPLES)("sees at the gate what becomes of $what", async ({ probe, flaw, expected, isAtGate = false }) => {
    const findings = await found(probe, { document: DOCUMENT, api: flawed(flaw), layer: "gate" });
    expect(findings).toEqual(isAtGate ? expected : []);
  });

  it.each([...new Set(EXAMPLES.map(({ probe }) => probe))])("$id is silent where all is well", async (probe) => {
    expect(await found(probe, { document: DOCUMENT, api: SOUND })).toEqual([]);
    expect(await found(probe, { document: DOCUMENT, api: SOUND, layer: "gate" })).toEqual([]);
  });
});
