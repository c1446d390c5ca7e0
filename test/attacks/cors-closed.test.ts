// G13: where the configuration lets no page of another origin in, what the API itself says of pages reaches none.
import type { Express } from "express";
import { describe, expect, it } from "vitest";
import { apiWith, get, HOME, pageReads, pageSends, preflight, without } from "./cors-apis.ts";
import { unguarded, WAYS } from "./protected.ts";

const AUTHENTICATION = `authentication: { oauth: { issuer: "https://i.example/", audience: a } }`;

/** As public data is often served, in a spelling of its own. */
function openToAll(app: Express): void {
  app.use((_request, response, next) => {
    response.set({ "ACCESS-control-Allow-Origin": "*", "Timing-Allow-Origin": "*" });
    next();
  });
  app.all("/me", (_request, response) => void response.json({ me: 1 }));
}

describe.each(Object.entries(WAYS))("over %s", (_way, protect) => {
  it.each([
    ["no operation has a setting", "", "/me"],
    ["only other operations have one", `operations: { public: { transport: { cors: { origins: "*" } } } }`, "/me"],
    [
      "the operation's setting is off",
      `transport: { cors: { origins: ["${HOME}"] } }\noperations: { me: { transport: { cors: off } } }`,
      "/me",
    ],
  ])("G13 an API that lets every page in lets nobody in where %s", async (_variant, settings, path) => {
    const evil = "https://evil.example";
    const own = apiWith(() => true);
    const configuration = `${AUTHENTICATION}\n${settings}\n`;
    const asking = { method: "GET", path, headers: { origin: evil } };
    for (const handle of [own.handle, openToAll]) {
      const careless = await unguarded({ ...own, handle });
      expect(pageReads(evil, await careless.ask(asking), handle === own.handle)).toBe(true);
      await careless.close();
      const guarded = await protect({ ...own, configuration, handle });
      const answers = [await guarded.ask(asking), await guarded.ask({ ...asking, headers: { origin: HOME } })];
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      for (const { headers } of answers) {
        expect(Object.keys(headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
        expect(headers["timing-allow-origin"]).toBeUndefined();
      }
      expect(JSON.stringify(guarded.events().at(-1))).toContain("dropped what the API says of pages of other origins");
      const refused = await guarded.ask(preflight(evil, "PUT"));
      expect(pageSends(evil, refused, "PUT", [])).toBe(false);
      await guarded.close();
      const off = await protect({ ...own, configuration, handle, change: without("transport.cors") });
      expect(pageReads(evil, await off.ask(asking), handle === own.handle)).toBe(true);
      await off.close();
    }
  });

  it("G13 with --observe the API's own word stands", async () => {
    const observed = await protect({ ...apiWith(() => true), configuration: AUTHENTICATION, observe: true });
    const answer = await observed.ask(get("https://evil.example"));
    expect(pageReads("https://evil.example", answer)).toBe(true);
    expect(JSON.stringify(observed.events().at(-1))).toContain("would drop what the API says of pages");
    await observed.close();
  });
});
