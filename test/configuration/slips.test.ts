// Guards what is said of the slips that people make in a first configuration: each with its place and what to do.
import { expect, it } from "vitest";
import { refusals } from "./loading.ts";

/** What is written below `openapi: a.yaml` (line 1), where, and what to do about it. */
const SLIPS: readonly (readonly [written: string, place: string, remedy: string])[] = [
  ["validation:", "2:12", "Fill it in, or take the key out."],
  ['rateLimiting: [{ limit: "5", window: 1m }]', "2:25", "Write it without quotes."],
  [
    "rateLimiting: [{ limit: 5, window: 60 }]",
    "2:36",
    "Write it with its unit, such as 60s. In how long, such as 15m: never more than `limit` in any such time.",
  ],
  ["transport: { trustedProxies: 10.0.0.0/8 }", "2:30", "Write a list, even of one: [a]."],
  ['transport: { trustedProxies: "10.0.0.0/8, 127.0.0.1" }', "2:30", "Write a list: [a, b]."],
  [
    "authentication: { issuer: https://i.example }",
    "2:27",
    "It belongs below the name of a security scheme of the document: `authentication: { oauth: { issuer: …, audience: … } }`.",
  ],
  ["validation: { requests: off }\n// off", "3:1", "A comment begins with #."],
  ["validation:\n\trequests: off", "3:1", "Indent with spaces."],
  ["validation: [\n", "4:1", "Something that was opened before is not closed: a quote, a { or a [."],
];

it.each(SLIPS)("%j", async (written, place, remedy) => {
  const said = await refusals(`openapi: a.yaml\n${written}\n`);
  expect(said.map((line) => [line.split(" ")[0], line.split(" | ")[1]])).toContainEqual([place, remedy]);
});

it("says what stands at the top where a list does", async () => {
  const [said] = await refusals("- openapi: a.yaml\n");
  expect(said?.split(" | ")[1]).toBe("Write keys below each other, the first of them `openapi: openapi.yaml`.");
});

it("takes no document from a URL, and does not repeat it", async () => {
  expect(await refusals("openapi: https://user:pw@example.com/openapi.yaml\n")).toEqual([
    "1:10 openapi is a URL: documents are read from files only | Save it beside the configuration, such as with: curl -o openapi.yaml <URL>",
  ]);
});
