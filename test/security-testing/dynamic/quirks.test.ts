// Guards against false alarms: APIs that answer what is not there in ways of their own have nothing more for that.
import { describe, expect, it } from "vitest";
import { PROBES } from "../../../src/security-testing/dynamic/probes.ts";
import { DYNAMIC_SURFACE_RULES } from "../../../src/security-testing/rules/dynamic-surface.ts";
import { DOCUMENT, ORDER, SOUND, UNKNOWN } from "./surface-api.ts";
import type { Asked, Routes } from "./tiny-api.ts";
import { probed, tiny } from "./tiny.ts";

const OWN = PROBES.filter(({ rules }) => rules.every((rule) => Object.hasOwn(DYNAMIC_SURFACE_RULES, rule)));

const PAGE = "<!doctype html><title>Shop</title><div id=app></div>";
const isJson = ({ request }: Asked) => (request.headers["content-type"] ?? "").startsWith("application/json");

const QUIRKS: readonly (readonly [what: string, more: Routes])[] = [
  ["answers every address with the page of its application", { "*": () => ({ body: PAGE }) }],
  [
    "asks who calls before it looks for anything",
    { "*": ({ who }) => (who === undefined ? UNKNOWN : { status: 404 }) },
  ],
  ["sends whoever is lost to its front page", { "*": () => ({ status: 302, headers: { Location: "/" } }) }],
  [
    "reads bodies before it looks for anything",
    { "*": (asked) => ({ status: isJson(asked) && asked.json === undefined && asked.text !== "" ? 400 : 404 }) },
  ],
  [
    "answers methods that it lacks with 400",
    { "*": ({ request }) => ({ status: request.method === "GET" ? 404 : 400 }) },
  ],
  ["says 200 of errors, too", { "*": () => ({ status: 200, body: { error: "no such thing" } }) }],
  [
    "serves every version alike",
    {
      "GET /v1/orders": ({ who }) => (who === undefined ? UNKNOWN : { body: [ORDER] }),
      "*": ({ who, request }) => {
        if (!/^\/v\d+\/orders$/.test(request.url ?? "")) return { status: 404 };
        return who === undefined ? UNKNOWN : { headers: { "Cache-Control": "no-store" }, body: [ORDER] };
      },
    },
  ],
  [
    "takes a slash at the end, and guards it",
    { "GET /v2/orders/": ({ who }) => (who === undefined ? UNKNOWN : { body: [ORDER] }) },
  ],
  [
    "takes any letter case, and guards it",
    { "GET /v2/ORDERS": ({ who }) => (who === undefined ? UNKNOWN : { body: [ORDER] }) },
  ],
];

describe("an API that", () => {
  it.each(QUIRKS)("%s is not accused", async (_what, more) => {
    // What stands in the place of a parameter is told first.
    const api = { ...more, ...SOUND };
    const context = await tiny({ document: DOCUMENT, api });
    const messages: string[] = [];
    for (const probe of OWN) messages.push(...(await probed(probe, context)).findings.map(({ message }) => message));
    expect(messages).toEqual([]);
  });
});
