// Guards the settings of CORS: what no browser would send or what opens too much is told, the rest becomes guards.
import { describe, expect, it } from "vitest";
import { composed, enter, guardsOf, OAUTH } from "./composing.ts";
import { refusals, settingsOf } from "./loading.ts";

const cors = (text: string) => `openapi: a\ntransport:\n  cors: ${text}\n`;

describe("settings", () => {
  it("are complete afterwards", async () => {
    const { transport } = await settingsOf(cors('{ origins: ["https://a.example"] }'));
    expect(transport.cors).toEqual({
      origins: ["https://a.example"],
      credentials: false,
      allowedHeaders: [],
      exposedHeaders: [],
      maxAgeSeconds: 600,
      at: ["transport", "cors"],
    });
    expect((await settingsOf("openapi: a\n")).transport.cors).toBeUndefined();
  });

  it.each([
    ["a path", "https://a.example/app"],
    ["a slash", "https://a.example/"],
    ["capitals", "https://A.example"],
    ["null", '"null"'],
    ["a wildcard", "https://*.example"],
    ["no scheme", "a.example"],
    ["user information", "https://u@a.example"],
  ])("%s is no origin that a browser sends", async (_what, origin) => {
    const [told] = await refusals(cors(`{ origins: [${origin}] }`));
    expect(told).toMatch(/^3:.*origins\[0\] must be an origin as browsers send it/);
  });

  it("a port that browsers leave out never fits, and it is said how they write it", async () => {
    expect(await refusals(cors('{ origins: ["https://a.example:443"] }'))).toEqual([
      "3:21 no browser ever sends the origin https://a.example:443 | Browsers write it as https://a.example.",
    ]);
    expect(await refusals(cors('{ origins: ["http://localhost:80"] }'))).toEqual([
      "3:21 no browser ever sends the origin http://localhost:80 | Browsers write it as http://localhost.",
    ]);
    const single = 'operations: { x: { transport: { cors: { origins: ["http://a.example:80"] } } } }';
    expect(await refusals(`openapi: a\n${single}\n`)).toEqual([
      "2:51 no browser ever sends the origin http://a.example:80 | Browsers write it as http://a.example.",
    ]);
  });

  it("every page with credentials is refused", async () => {
    const [told] = await refusals(cors('{ origins: "*", credentials: true }'));
    expect(told).toContain("every page with credentials: any page could act as its visitor | List the origins");
    expect(await refusals(cors('{ origins: "*" }'))).toEqual([]);
  });

  it("applications that are no pages have origins too; http is warned about, but for this machine", async () => {
    const text = '{ origins: ["capacitor://localhost", "http://localhost:5173", "http://a.example"] }';
    const composition = await composed(`transport: { cors: ${text} }\n${OAUTH}`);
    expect(composition.notices.map(({ message }) => message)).toEqual([
      "http://a.example is http: whoever is on its visitors' network can put a page there",
    ]);
    await composition.close();
  });
});

describe("the gates", () => {
  const TEXT = `transport: { cors: { origins: ["https://a.example"] } }\n${OAUTH}`;

  it("have the guard where a setting asks for it, and the operation's setting wins", async () => {
    const none = await composed(OAUTH);
    expect(guardsOf(enter(none, "GET", "/health").gate).response).toContain("transport.cors enforce");
    const closed = "lets no page of another origin read the answer, and drops what the API says of it";
    const planned = (plans: typeof none.plans, id: string) =>
      plans.get(id)?.find(({ guard }) => guard === "transport.cors");
    expect(planned(none.plans, "health")).toMatchObject({ summary: closed, because: [] });
    const some = await composed(`${TEXT}operations: { orders: { transport: { cors: off } } }\n`);
    const responses = (method: string, target: string) => guardsOf(enter(some, method, target).gate).response;
    expect(responses("GET", "/health")).toContain("transport.cors enforce");
    expect(responses("GET", "/orders/1")).toContain("transport.cors enforce");
    expect(planned(some.plans, "getOrder")).toMatchObject({
      summary: closed,
      because: [{ file: "portcullis.yaml", line: 5 }],
    });
    expect(responses("GET", "/nowhere")).toContain("transport.cors enforce");
    const plan = planned(some.plans, "health");
    expect(plan?.summary).toBe("lets pages of https://a.example read the answer, and answers their preflights");
    expect(plan?.because).toMatchObject([{ file: "portcullis.yaml", line: 2 }]);
    expect(some.policy.version).not.toBe(none.policy.version);
    await Promise.all([none.close(), some.close()]);
  });

  it("of a preflight ask the ceiling of the address, and nothing else before they answer", async () => {
    const composition = await composed(TEXT);
    const asked = ["Origin", "https://a.example", "Access-Control-Request-Method", "PUT"];
    const { gate, exchange } = enter(composition, "OPTIONS", "/orders/7", asked);
    expect(guardsOf(gate)).toEqual({
      head: ["rate-limiting.address-ceiling enforce", "transport.cors-preflight enforce"],
      body: [],
      response: ["transport.answer enforce", "rate-limiting.fields enforce"],
    });
    expect(exchange.operation?.id).toBe("putOrder");
    expect(exchange.pathParameters).toEqual(["7"]);
    await composition.close();
  });

  it("only note where everything is observed", async () => {
    const composition = await composed(TEXT, { observe: true });
    expect(guardsOf(enter(composition, "GET", "/health").gate).response).toContain("transport.cors monitor");
    await composition.close();
  });
});
