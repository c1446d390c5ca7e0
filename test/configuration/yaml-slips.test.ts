// A slip in the configuration's YAML is told once: a parser makes an error of each word behind it.
import { expect, it } from "vitest";
import { refusals } from "./loading.ts";

const SLIP = "validation: { requests: sort[], responses: enforce }\ntransport: { listen: { a: 1, b: 2 } }\n";

it("tells of one slip once, and not of each word behind it", async () => {
  const said = await refusals(`openapi: a.yaml\n${SLIP}`);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^2:\d+ this is not valid YAML: /);
});

it("and of each key that is written twice beside it", async () => {
  const said = await refusals(`openapi: a.yaml\nopenapi: b.yaml\n${SLIP}`);
  expect(said).toHaveLength(2);
  expect(said).toContainEqual(expect.stringContaining("openapi is written twice in one mapping"));
});
