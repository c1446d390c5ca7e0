// What each of Splunk's codes does to events: which wait, which are dead, alone.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Delivery } from "../../src/monitoring/index.ts";
import type { SplunkOptions } from "../../src/sinks/splunk/splunk-destination.ts";
import type { HttpServer } from "./http-server.ts";
import { recordOf, records } from "./records.ts";
import type { SplunkStandIn } from "./splunk-stand-in.ts";
import { never, SplunkBench, TOKEN } from "./splunk-subject.ts";

describe("Splunk refuses", () => {
  let bench: SplunkBench;
  let standIn: SplunkStandIn;
  let server: HttpServer;
  const destination: SplunkBench["destination"] = (options, urls) => bench.destination(options, urls);

  beforeEach(async () => {
    bench = await new SplunkBench().start();
    ({ standIn, server } = bench);
  });
  afterEach(() => bench.stop());

  const reasonOf = async (options: Partial<SplunkOptions> = {}): Promise<string> => {
    const delivery = await destination(options).deliver(records(2), never);
    expect(JSON.stringify(delivery)).not.toContain("secret");
    return (delivery as Extract<Delivery, { kind: "unavailable" }>).reason;
  };

  it("a token, a channel, an index: the owner's to mend, and no event's fault", async () => {
    expect(await reasonOf({ token: "secret-other" })).toContain("403, code 4: the token is invalid");
    expect(await reasonOf({ token: "two words" })).toContain("401, code 3");
    expect(await reasonOf({ acknowledgement: "off" })).toContain("400, code 10");
    expect(await reasonOf({ channel: "mine" })).toContain("400, code 11");
    standIn.tokens.set(TOKEN, { acknowledges: true, indexes: ["main"] });
    expect(await reasonOf({ index: "security" })).toContain("400, code 7");
    standIn.tokens.set(TOKEN, { acknowledges: true, enabled: false });
    expect(await reasonOf()).toContain("403, code 1: the token is disabled");
    expect(standIn.ids).toEqual([]);
  });

  it.each([
    [500, 8],
    [503, 9],
    [503, 18],
    [503, 19],
    [503, 20],
    [503, 23],
    [429, 26],
    [429, 27],
    [400, 5],
    [400, 14],
    [400, 16],
    [400, 21],
    [400, 22],
    [400, 28],
  ])("with %i, code %i, all of them for now", async (status, code) => {
    server.answer = (_asked, response) =>
      void response.writeHead(status).end(JSON.stringify({ text: "secret words of the server", code }));
    expect(await reasonOf()).toContain(`answered ${status}`);
  });

  it.each([24, 25])("nothing with code %i, and is given a moment", async (code) => {
    server.answer = (asked, response) => {
      if (asked.url.startsWith("/services/collector/ack")) return standIn.answer(asked, response);
      response.writeHead(200).end(JSON.stringify({ text: "approaching", code }));
    };
    const delivery = await destination().deliver(records(1), never);
    expect(delivery).toEqual({ kind: "answered", outcomes: ["delivered"], retryAfterMs: 1_000 });
  });

  it("one poisonous event alone, wherever it stands, and takes the others", async () => {
    for (const place of [0, 3, 6]) {
      const given = records(7);
      given[place] = recordOf('{"torn":', `poison-${place}`);
      const delivery = await destination().deliver(given, never);
      const wanted: unknown[] = given.map(() => "delivered");
      wanted[place] = { dead: expect.stringContaining("code 6") as string };
      expect(delivery).toEqual({ kind: "answered", outcomes: wanted });
    }
    expect(standIn.ids).toHaveLength(18);
  });

  it("several poisonous events, each for its own reason", async () => {
    const given = [...records(2), recordOf("null"), ...records(2), recordOf('""'), recordOf("{")];
    const delivery = await destination().deliver(given, never);
    const dead = (code: number) => ({ dead: expect.stringContaining(`code ${code}`) as string });
    expect(delivery).toMatchObject({
      outcomes: ["delivered", "delivered", dead(12), "delivered", "delivered", dead(13), dead(6)],
    });
  });

  it("what is too large for it, found by halving", async () => {
    server.answer = (asked, response) => {
      if (asked.body.includes("huge")) response.writeHead(413).end("<html>");
      else standIn.answer(asked, response);
    };
    const given = records(9, (event, i) => i === 5 && Object.assign(event, { message: "huge" }));
    const { outcomes } = (await destination().deliver(given, never)) as Extract<Delivery, { kind: "answered" }>;
    expect(outcomes.map((one) => (one === "delivered" ? 1 : 0))).toEqual([1, 1, 1, 1, 1, 0, 1, 1, 1]);
    expect(outcomes[5]).toEqual({ dead: expect.stringContaining("413") as string });
  });
});
