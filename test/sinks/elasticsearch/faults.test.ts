// What a server says in place of taking events: nothing is taken for delivered that was not confirmed, and everything arrives once in the end.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Delivery, Destination } from "../../../src/monitoring/index.ts";
import type { ElasticsearchOptions } from "../../../src/sinks/elasticsearch/options.ts";
import { describeFaults } from "../http-faults.ts";
import { deliver, destinationFor, HandClock, NOW_MS, optionsFor, records } from "./delivering.ts";
import { type Fault, json, refuse, StandIn, STREAM } from "./stand-in.ts";

let server: StandIn;
let url: string;
let clock: HandClock;
const open: { close(): unknown }[] = [];

function destination(more: Partial<ElasticsearchOptions> = {}, urls = url): Destination {
  const made = destinationFor(optionsFor(urls, more), clock);
  open.push(made);
  return made;
}

beforeEach(async () => {
  clock = new HandClock();
  server = new StandIn();
  url = await server.listen();
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  await server.close();
});

const TAKEN: Delivery = { kind: "answered", outcomes: ["delivered", "delivered"] };

async function whyUnavailable(pending: Promise<Delivery>): Promise<string> {
  const answer = await pending;
  return answer.kind === "unavailable" ? answer.reason : "it was answered";
}

describeFaults("Elasticsearch", {
  well() {
    const standIn = new StandIn();
    return { answer: standIn.answer, taken: () => [...standIn.documents.keys()] };
  },
  create: (url, timeoutMs, ca) =>
    destinationFor(optionsFor(url, { authorization: "ApiKey secret-key", answerTimeoutMs: timeoutMs, timeoutMs, ca })),
  garbage: "it works!",
});

describe("an answer that gets lost after the records were taken", () => {
  /** Times that end soon where it is they that end it: what else fails is to be seen before, on a busy machine too. */
  const faults: readonly (readonly [string, Fault, string, { answerTimeoutMs?: number; timeoutMs?: number }?])[] = [
    ["reset", ({ socket }) => socket.resetAndDestroy(), "it cannot be reached (ECONNRESET)"],
    [
      "reset in its middle",
      ({ socket }, response) => {
        response.writeHead(200, { "content-type": "application/json" }).write('{"errors":false,"items":[', () => {
          socket.resetAndDestroy();
        });
      },
      "it cannot be reached (",
    ],
    [
      "cut off before its end",
      ({ socket }, response) => {
        response.writeHead(200, { "content-length": "500" }).write('{"errors":false,"items":[', () => {
          socket.end();
        });
      },
      "it cannot be reached (",
    ],
    ["never begun", () => undefined, "its answer did not begin in time", { answerTimeoutMs: 200 }],
    [
      "begun and never ended",
      (_, response) => void response.writeHead(200).write("{"),
      "it did not answer in time",
      { timeoutMs: 500 },
    ],
    [
      "sent a byte at a time",
      (_, response) => {
        const timer = setInterval(() => response.write(" "), 10);
        response.on("close", () => clearInterval(timer));
      },
      "it did not answer in time",
      { timeoutMs: 500 },
    ],
    [
      "endless",
      (_, response) => {
        const more = (): void => {
          while (response.writable && response.write(" ".repeat(20_000)));
        };
        response.on("drain", more);
        more();
      },
      "its answer has more than",
    ],
  ];
  const cases = faults.map(([name, fault, reason, times = {}]) => [name, fault, reason, times] as const);
  it.each(cases)("%s: all are offered again, and are there once", async (_, fault, reason, times) => {
    server.lostAnswers.push(fault);
    const to = destination(times);
    expect(await whyUnavailable(deliver(to, records(2)))).toContain(`${url}/${STREAM}/_bulk: ${reason}`);
    expect(server.documents.size).toBe(2);
    const again = () => {
      clock.pass(60_000);
      return deliver(to, records(2));
    };
    await expect.poll(again).toEqual(TAKEN);
    expect(server.documents.size).toBe(2);
  });
});

describe("a server that says that it cannot now", () => {
  const at = (ms: number) => new Date(NOW_MS + ms).toUTCString();
  it.each([
    [429, "7", 7_000],
    [429, at(90_000), 90_000],
    [429, undefined, undefined],
    [429, "soon", undefined],
    [503, "120", 120_000],
    [503, at(30_000), 30_000],
    [502, undefined, undefined],
    [504, undefined, undefined],
    [500, "1", 1_000],
  ] as const)("%i with Retry-After: %s", async (status, said, retryAfterMs) => {
    server.faults.push((_, response) => {
      if (said !== undefined) response.setHeader("retry-after", said);
      refuse(response, status, "es_rejected_execution_exception");
    });
    const to = destination();
    const what = `${status} es_rejected_execution_exception`;
    expect(await deliver(to, records(2))).toEqual({
      kind: "unavailable",
      reason: status === 429 ? `it has too much to do (${what})` : `it answered ${what}`,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
    expect(server.documents.size).toBe(0);
    clock.pass(3_600_000);
    expect(await deliver(to, records(2))).toEqual(TAKEN);
  });

  it("also for some of the records only", async () => {
    server.faults.push((_, response) => {
      response.setHeader("retry-after", "3");
      const error = { type: "rejected", reason: "queue" };
      const items = [{ create: { _id: "e0", status: 201 } }, { create: { _id: "e1", status: 429, error } }];
      json(response, 200, { errors: true, items });
    });
    expect(await deliver(destination(), records(2))).toEqual({
      kind: "answered",
      outcomes: ["delivered", "retry"],
      retryAfterMs: 3_000,
    });
  });
});

describe("a server that refuses", () => {
  it.each([
    [401, "it refuses the credentials (401 security_exception)"],
    [403, "the credentials may not do that (403 security_exception)"],
    [404, "it answered 404 security_exception"],
    [405, "it answered 405 security_exception"],
    [406, "it answered 406 security_exception"],
  ])("with %i loses nothing", async (status, reason) => {
    server.faults.push((_, response) => refuse(response, status, "security_exception"));
    const to = destination();
    expect(await deliver(to, records(2))).toEqual({ kind: "unavailable", reason });
    expect(await deliver(to, records(2))).toEqual(TAKEN);
  });

  it("never has a credential in what is told", async () => {
    const authorization = `Basic ${Buffer.from("elastic:hidden").toString("base64")}`;
    server.authorization = "Basic other";
    server.faults.push(
      ({ socket }) => socket.destroy(),
      (_, response) => response.writeHead(401).end(`you said ${authorization}`),
    );
    const told: Delivery[] = [];
    const to = destination({ authorization });
    told.push(await deliver(to, records(2)));
    server.authorization = undefined;
    told.push(await deliver(to, records(2)), await deliver(to, records(2)));
    expect(told.map(({ kind }) => kind)).toEqual(["unavailable", "unavailable", "unavailable"]);
    expect(JSON.stringify(told)).not.toMatch(/hidden|Basic|ZWxhc3RpYz/);
  });
});

describe("a data stream", () => {
  const SETUP = "run `portcullis monitoring setup elasticsearch`";

  it("that is missing is waited for: the server would make an index by guesswork", async () => {
    server.dataStream = "missing";
    const to = destination();
    const reason = `there is no data stream ${STREAM}: ${SETUP}`;
    expect(await deliver(to, records(2))).toEqual({ kind: "unavailable", reason });
    expect(server.bulks).toEqual([]);
    server.dataStream = "there";
    expect(await deliver(to, records(2))).toEqual(TAKEN);
    await deliver(to, records(3));
    // Once seen, it is not asked for again.
    expect(server.asked.filter(({ method }) => method === "GET")).toHaveLength(2);
  });

  it("whose name an index has is waited for", async () => {
    server.dataStream = "index";
    const reason = `${STREAM} is an index, not a data stream: ${SETUP}`;
    expect(await deliver(destination(), records(2))).toEqual({ kind: "unavailable", reason });
    expect(server.bulks).toEqual([]);
  });

  it.each(["forbidden", "not known"] as const)("that nobody may look at (%s) is written to", async (how) => {
    server.dataStream = how;
    expect(await deliver(destination(), records(2))).toEqual(TAKEN);
  });

  it("is looked for again after the server did not find it", async () => {
    const to = destination();
    await deliver(to, records(1));
    server.dataStream = "missing";
    server.refuse = () => ({ status: 404, type: "index_not_found_exception", reason: "no such index" });
    expect(await whyUnavailable(deliver(to, records(2)))).toContain("404 index_not_found_exception");
    expect(await whyUnavailable(deliver(to, records(2)))).toContain("there is no data stream");
  });
});
