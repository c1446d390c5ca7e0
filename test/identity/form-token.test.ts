// Guards the cookie of forms: read by the grammar, so that no cookie of another name passes for it (P18).
import type { IncomingMessage } from "node:http";
import { ServerResponse } from "node:http";
import { expect, it } from "vitest";
import { FormTokens } from "../../src/identity/server/form-token.ts";

const tokens = new FormTokens({ issuer: "https://api.example.com/identity", key: Buffer.alloc(32, 7) });
const NAME = "__Host-portcullis-form";
const VALUE = "A".repeat(24);

function request(cookie: string): IncomingMessage {
  return { headers: { cookie, "sec-fetch-site": "same-origin" }, method: "GET" } as unknown as IncomingMessage;
}
const tokenOf = () => tokens.issue(request(`${NAME}=${VALUE}`), new ServerResponse(request("")), "x");

it.each([`${NAME}=${VALUE}`, `theme=dark; ${NAME}=${VALUE}`, `${NAME}=${VALUE}; theme=dark`])("%j is it", (cookie) => {
  expect(tokens.isGenuine(request(cookie), tokenOf(), "x")).toBe(true);
});

it.each([
  ["a no-break space before the name", `\u00a0${NAME}=${VALUE}`],
  ["a line separator before it", `a=b; \u2028${NAME}=${VALUE}`],
  ["a no-break space behind it", `${NAME}\u00a0=${VALUE}`],
  ["a form feed before it", `a=b;\f${NAME}=${VALUE}`],
  ["no name in the browser", `=${NAME}=${VALUE}`],
  ["two of them", `${NAME}=${VALUE}; ${NAME}=${"B".repeat(24)}`],
  ["another letter case", `${NAME.toLowerCase()}=${VALUE}`],
])("P18 a cookie that a neighbour could set is not: %s", (_what, cookie) => {
  // What a lenient reader makes of it: the neighbour chooses the browser that a form belongs to.
  const lenient = cookie.split(";").map((pair) => pair.trim().replace(/^=/, ""));
  expect(lenient.some((pair) => pair.toLowerCase().replace("\u00a0", "").startsWith(NAME.toLowerCase()))).toBe(true);
  expect(tokens.isGenuine(request(cookie), tokenOf(), "x")).toBe(false);
});
