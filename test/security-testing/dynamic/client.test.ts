// Guards the client of dynamic tests: what goes out is what was written, what came is told, and no more is sent than may be.
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { REASONS, type ReasonCode } from "../../../src/core/reasons/registry.ts";
import { PROBLEM_MEDIA_TYPE, problemBody } from "../../../src/http/problem.ts";
import { limitFields } from "../../../src/rate-limiting/limit-fields-guard.ts";
import { Budget, BudgetSpent, HeldBack } from "../../../src/security-testing/dynamic/client/budget.ts";
import { TargetClient } from "../../../src/security-testing/dynamic/client/client.ts";
import { fieldOf, type Wire } from "../../../src/security-testing/dynamic/wire.ts";
import { stopwatch } from "../../servers/stopwatch.ts";
import { tiny } from "./tiny.ts";

const WIRE: Wire = { method: "GET", target: "/", fields: [] };
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** A server that answers each piece that comes with the next of these bytes; what came is kept. */
async function bytesServer(...answers: readonly (string | ((socket: Socket) => void))[]) {
  const came: string[] = [];
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      const answer = answers[Math.min(came.length, answers.length - 1)];
      came.push(chunk.toString("latin1"));
      if (typeof answer === "string") socket.write(answer);
      else answer?.(socket);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const client = (
    limits: Partial<ConstructorParameters<typeof Budget>[0]> = {},
    retryAfter: "ours" | "obeyed" | "shown" = "ours",
    layer: "gate" | "upstream" = "upstream",
  ) => {
    const budget = new Budget(
      { requests: 100, durationMs: 60_000, perSecond: undefined, ...limits },
      new AbortController().signal,
    );
    const target = {
      layer,
      host: "127.0.0.1",
      port,
      isTls: false,
      authority: `localhost:${port}`,
      ca: undefined,
    } as const;
    const one = new TargetClient({ target, budget, retryAfter });
    onTestFinished(() => {
      one.close();
      server.close();
    });
    return one;
  };
  return { came, port, client, connections: () => connections };
}

describe("what goes out", () => {
  it("adds Host and Content-Length where they are missing, and changes nothing else", async () => {
    const { came, client, port } = await bytesServer(OK);
    await client().send({ method: "POST", target: "/a/..//%2e?x=|", fields: [["x-ODD", " two  "]], body: "äb" });
    expect(came).toEqual([
      `POST /a/..//%2e?x=| HTTP/1.1\r\nHost: localhost:${port}\r\nx-ODD:  two  \r\nContent-Length: 3\r\n\r\nÃ¤b`,
    ]);
  });

  it("adds nothing to what is exact, and lets no other request follow on that connection", async () => {
    const { came, client, connections } = await bytesServer(OK);
    const one = client();
    await one.send({ method: "GET", target: "*", fields: [["A", "\u00ff"]], isExact: true });
    await one.send(WIRE);
    expect(came[0]).toBe("GET * HTTP/1.1\r\nA: \u00ff\r\n\r\n");
    expect(connections()).toBe(2);
  });

  it("uses a connection again, unless another is asked for or the answer did not leave it clean", async () => {
    const { client, connections } = await bytesServer(OK, OK, `${OK}x`, OK);
    const one = client();
    await one.send(WIRE);
    await one.send(WIRE, { isFresh: true });
    expect(connections()).toBe(2);
    await one.send(WIRE);
    expect(connections()).toBe(2);
    await one.send(WIRE);
    expect(connections()).toBe(3);
  });

  it("asks again on another connection where the one that was kept had ended", async () => {
    const { client, connections } = await bytesServer(OK, (socket) => void socket.destroy(), OK);
    const one = client();
    await one.send(WIRE);
    const { reply } = await one.send(WIRE);
    expect(reply?.status).toBe(200);
    expect(connections()).toBe(2);
  });
});

describe("what came", () => {
  it.each([
    ["by its length", "HTTP/1.1 201 Created\r\nX-A: 1\r\nContent-Length: 3\r\n\r\nabc", 201, "abc"],
    [
      "in chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2;x=y\r\nbc\r\n0\r\nT: x\r\n\r\n",
      200,
      "abc",
    ],
    ["after what is under way", `HTTP/1.1 100 Continue\r\n\r\n${OK}`, 200, "ok"],
    ["with no body", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""],
  ])("is read %s", async (_name, bytes, status, body) => {
    const { client } = await bytesServer(bytes);
    const { reply } = await client().send(WIRE);
    expect([reply?.status, reply?.body.toString()]).toEqual([status, body]);
  });

  it("is read to the end of the connection where it has no length", async () => {
    const { client } = await bytesServer((socket) => void socket.end("HTTP/1.0 200 OK\r\n\r\nall of it"));
    const { reply } = await client().send(WIRE);
    expect(reply?.body.toString()).toBe("all of it");
  });

  it("is nothing where nobody answers, where time runs out and where nobody listens", async () => {
    const { client } = await bytesServer((socket) => void socket.destroy());
    expect((await client().send(WIRE)).reply).toBeUndefined();
    const silent = await bytesServer("");
    expect((await silent.client().send(WIRE, { timeoutMs: 50 })).reply).toBeUndefined();
  });

  it.each([
    [
      "a stream that goes on",
      "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked",
      "3\r\n: a\r\n",
      ": a",
      50_000,
    ],
    ["what does not come to its end in time", "Content-Length: 9", "abc", "abc", 50],
  ])("is the beginning of %s", async (_name, fields, bytes, body, timeoutMs) => {
    const { client } = await bytesServer(`HTTP/1.1 200 OK\r\n${fields}\r\n\r\n${bytes}`);
    const beganMs = performance.now();
    const { reply } = await client().send(WIRE, { timeoutMs });
    expect([reply?.status, reply?.body.toString()]).toEqual([200, body]);
    expect(performance.now() - beganMs).toBeLessThan(40_000);
  });

  it("is told as bytes where bytes were sent", async () => {
    const { client, came } = await bytesServer("HTTP/1.1 400 Bad\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
    const bytes = await client().raw(Buffer.from("G\0T /\r\n\r\n"), 100);
    expect(came).toEqual(["G\0T /\r\n\r\n"]);
    expect(bytes.toString()).toBe("HTTP/1.1 400 Bad\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
  });
});

describe("how much", () => {
  it("sends no more than the budget has", async () => {
    const { client, came } = await bytesServer(OK);
    const one = client({ requests: 2 });
    await one.send(WIRE);
    await expect(one.together([WIRE, WIRE])).rejects.toThrow(BudgetSpent);
    await one.send(WIRE);
    await expect(one.send(WIRE)).rejects.toThrow("2 requests");
    expect(came).toHaveLength(2);
  });

  it("sends nothing once time is up", async () => {
    const { client, came } = await bytesServer(OK);
    await expect(client({ durationMs: 0 }).send(WIRE)).rejects.toThrow(BudgetSpent);
    expect(came).toEqual([]);
  });

  it("keeps to a rate", async () => {
    const { client } = await bytesServer(OK);
    const one = client({ perSecond: 50 });
    const beganMs = performance.now();
    for (let i = 0; i < 5; i += 1) await one.send(WIRE); // oxlint-disable-line no-await-in-loop -- one after another
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(79);
  });

  it.each([
    ["obeyed", 200, true],
    ["shown", 429, true],
    ["ours", 429, false],
  ] as const)("Retry-After that is %s gives %i", async (how, status, waits) => {
    const { client } = await bytesServer("HTTP/1.1 429 Slow\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n", OK);
    const one = client({}, how);
    const beganMs = performance.now();
    const passedMs = stopwatch();
    expect((await one.send(WIRE)).reply?.status).toBe(status);
    expect((await one.send(WIRE)).reply?.status).toBe(200);
    // What is too late on a busy machine did not wait for that.
    expect((waits ? performance.now() - beganMs : passedMs()) >= 999).toBe(waits);
  });
});

it("asks nothing more of whoever wants to be left alone for long", async () => {
  const { client, came } = await bytesServer("HTTP/1.1 429 Slow\r\nRetry-After: 900\r\nContent-Length: 0\r\n\r\n");
  const one = client({}, "obeyed");
  await expect(one.send(WIRE)).rejects.toThrow("to be left alone for 900 seconds: it answered 429");
  await expect(one.together([WIRE])).rejects.toThrow(HeldBack);
  expect(came).toHaveLength(1);
});

describe("who is held back by the gate", () => {
  const limit = (name: string, remaining: number) => ({
    name,
    limit: 2,
    remaining,
    resetSeconds: 900,
    windowSeconds: 900,
  });
  const refusal = (reason: ReasonCode, limits: readonly ReturnType<typeof limit>[] = []) => {
    const { status, title } = REASONS[reason];
    const body = problemBody({ status, title, reason, requestId: "r" });
    const fields = [
      `HTTP/1.1 ${status} No`,
      `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
      "Retry-After: 900",
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...(limits.length === 0 ? [] : [`RateLimit: ${limitFields(limits).state}`]),
    ];
    return `${fields.join("\r\n")}\r\n\r\n${body}`;
  };
  const ROOM = "give the gate under test more room in";

  it.each([
    ["rate-limiting.failed-authentication-exceeded", [], `; ${ROOM} \`rateLimiting.failedAuthentication\` (docs/`],
    ["rate-limiting.address-ceiling-exceeded", [], `; ${ROOM} \`rateLimiting.addressCeiling\` (docs/`],
    [
      "rate-limiting.limit-exceeded",
      [limit("subject", 10), limit("reports", 0)],
      `; ${ROOM} the limit "reports" (docs/`,
    ],
    ["rate-limiting.limit-exceeded", [], `; ${ROOM} the limit (docs/`],
    ["rate-limiting.banned", [], " (docs/reasons.md)"],
  ] as const)("hears %s with %j, and what helps", async (reason, limits, rest) => {
    const { client } = await bytesServer(refusal(reason, limits));
    const one = client({}, "obeyed", "gate");
    const said = `seconds: the gate refused with 429, ${reason}${rest}`;
    await expect(one.send(WIRE)).rejects.toThrow(said);
    // Whoever comes later is told the same.
    await expect(one.together([WIRE])).rejects.toThrow(said);
  });

  it("hears no more than the status where an API behind it refuses", async () => {
    const { client } = await bytesServer("HTTP/1.1 503 No\r\nRetry-After: 900\r\nContent-Length: 0\r\n\r\n");
    await expect(client({}, "obeyed", "gate").send(WIRE)).rejects.toThrow(/for 900 seconds: it answered 503$/);
  });

  it("hears it also where the second answer is the one that asks for long", async () => {
    const short = "HTTP/1.1 429 No\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n";
    const { client } = await bytesServer(short, refusal("rate-limiting.address-ceiling-exceeded"));
    await expect(client({}, "obeyed", "gate").send(WIRE)).rejects.toThrow("`rateLimiting.addressCeiling`");
  });
});

const DOCUMENT = `paths:
  /things/{id}:
    get:
      operationId: getThing
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { "200": { description: ok } }
`;

describe("at a tiny API", () => {
  const api = {
    "GET /things/{id}": ({ path, who }: { path: Record<string, string>; who?: { sub: string } | undefined }) => ({
      body: { ...path, sub: who?.sub },
    }),
  };

  it.each(["gate", "upstream"] as const)("a caller with test keys gets in at the %s", async (layer) => {
    const { client, callers, requests, subjects } = await tiny({ document: DOCUMENT, api, layer });
    const subject = subjects[0] as (typeof subjects)[number];
    const values = requests.invent(subject);
    if ("why" in values) throw new Error(values.why);
    for (const protocol of layer === "gate" ? (["http/1.1", "h2"] as const) : (["http/1.1"] as const)) {
      const { reply } = await client.send(requests.wire(subject, values, callers.a), { protocol }); // oxlint-disable-line no-await-in-loop
      expect(reply?.status).toBe(200);
      expect(reply?.from).toBe("api");
      expect(fieldOf(reply as NonNullable<typeof reply>, "content-type")).toContain("application/json");
    }
  });

  it("tells that it was the gate that refused, and why", async () => {
    const { client, callers, requests, subjects } = await tiny({ document: DOCUMENT, api, layer: "gate" });
    const subject = subjects[0] as (typeof subjects)[number];
    const values = requests.invent(subject);
    if ("why" in values) throw new Error(values.why);
    const { reply } = await client.send(requests.wire(subject, values, callers.nobody));
    expect([reply?.status, reply?.from, reply?.reason]).toEqual([401, "gate", "authentication.credentials-missing"]);
  });
});
