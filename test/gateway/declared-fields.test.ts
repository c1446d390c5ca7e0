// Guards which fields with underscores reach the upstream: those that the operation declares, and no look-alike.
import { expect, it } from "vitest";
import { ask, keep, startOver, startUpstream } from "./harness.ts";

it("G09 a declared field reaches the upstream, its twin and other underscores do not", async () => {
  const upstream = keep(await startUpstream((request, response) => void request.on("end", () => response.end())));
  const declaredFields = { unusual: new Set(["api_key"]), withheld: new Set(["api-key"]) };
  const headers = { api_key: "k", "Api-Key": "twin", x_tenant: "t" };
  for (const gate of [{ declaredFields }, {}]) {
    const { gateway } = keep(await startOver(upstream.origin, gate));
    expect((await ask(gateway.url, { headers })).status).toBe(200);
  }
  const [declared, silent] = upstream.seen.map((request) => request.headers);
  expect(declared).toMatchObject({ api_key: "k" });
  expect(declared).not.toHaveProperty("api-key");
  expect(declared).not.toHaveProperty("x_tenant");
  expect(silent).toMatchObject({ "api-key": "twin" });
  expect(silent).not.toHaveProperty("api_key");
});
