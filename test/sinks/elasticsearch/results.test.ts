// What becomes of each record: taken, offered again, set aside with its reason; one that is refused holds up no other.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Destination } from "../../../src/monitoring/index.ts";
import type { ElasticsearchOptions } from "../../../src/sinks/elasticsearch/options.ts";
import { deliver, destinationFor, optionsFor, records } from "./delivering.ts";
import { json, refuse, StandIn } from "./stand-in.ts";

let server: StandIn;
let url: string;
const open: Destination[] = [];

function destination(more: Partial<ElasticsearchOptions> = {}): Destination {
  const made = destinationFor(optionsFor(url, more));
  open.push(made);
  return made;
}

beforeEach(async () => {
  server = new StandIn();
  url = await server.listen();
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  await server.close();
});

const DELIVERED = (count: number) => Array.from({ length: count }, () => "delivered");

describe("a bulk request", () => {
  it.each([true, false])("creates each event under its own id, packed: %s", async (gzip) => {
    server.authorization = "ApiKey a2V5";
    const answer = await deliver(destination({ gzip, authorization: "ApiKey a2V5" }), records(3));
    expect(answer).toEqual({ kind: "answered", outcomes: DELIVERED(3) });
    expect([...server.documents.keys()]).toEqual(["e0", "e1", "e2"]);
    expect(server.documents.get("e1")).toMatchObject({ event: { id: "e1" }, message: "GET /orders/1 200" });
    expect(server.bulks).toHaveLength(1);
    expect(server.bulks[0]?.headers["content-encoding"]).toBe(gzip ? "gzip" : undefined);
  });

  it("is the same when it is sent again: what is there already counts as delivered", async () => {
    const to = destination();
    await deliver(to, records(2));
    expect(await deliver(to, records(3))).toEqual({ kind: "answered", outcomes: DELIVERED(3) });
    expect(server.documents.size).toBe(3);
  });

  it("keeps ids and events byte for byte, whatever stands in them", async () => {
    const odd = [{ id: 'a"\\\u2028{}', position: 0, timeMs: 0, json: Buffer.from('{"message":"\\"\\u000a\u2028é"}') }];
    expect(await deliver(destination(), odd)).toEqual({ kind: "answered", outcomes: ["delivered"] });
    expect(server.documents.get('a"\\\u2028{}')).toEqual({ message: '"\n\u2028é' });
  });
});

describe("a record that is refused", () => {
  it.each([400, 413, 422])("with %i is set aside alone, with the reason", async (status) => {
    const reason = "failed to parse field [client.ip] of type [ip]";
    server.refuse = (id) => (id === "e1" ? { status, type: "mapper_parsing_exception", reason } : undefined);
    expect(await deliver(destination(), records(3))).toEqual({
      kind: "answered",
      outcomes: ["delivered", { dead: `${status} mapper_parsing_exception: ${reason}` }, "delivered"],
    });
    expect(server.bulks).toHaveLength(1);
  });

  it.each([429, 500, 503])("with %i is offered again", async (status) => {
    server.refuse = (id) => (id === "e1" ? { status, type: "rejected_execution", reason: "queue is full" } : undefined);
    const answer = await deliver(destination(), records(3));
    expect(answer).toEqual({ kind: "answered", outcomes: ["delivered", "retry", "delivered"] });
  });

  it.each([401, 403, 404])("with %i is offered again: it speaks of the index, not of the event", async (status) => {
    server.refuse = () => ({ status, type: "cluster_block_exception", reason: "index is read-only" });
    expect(await deliver(destination(), records(2))).toEqual({
      kind: "unavailable",
      reason: `it takes none of them: ${status} cluster_block_exception: index is read-only`,
    });
  });

  it("shows no secret and no forged line in its reason, however long", async () => {
    const reason = `Preview of field's value: 'Bearer abcdefghij1234567890'\u001b[2J\n${"x ".repeat(2_000)}`;
    server.refuse = () => ({ status: 400, type: "mapper_parsing_exception", reason });
    const answer = await deliver(destination(), records(1));
    const [outcome] = answer.kind === "answered" ? answer.outcomes : [];
    const { dead } = outcome as { dead: string };
    expect(dead).toContain("Preview of field's value: 'Bearer [masked]");
    expect(dead).not.toMatch(/abcdefghij|[\u0000-\u001f]/);
    expect(dead.length).toBeLessThan(400);
  });

  it("that is no JSON is set aside alone", async () => {
    const some = records(3, (i) => (i === 1 ? '{"torn' : '{"message":"x"}'));
    expect(await deliver(destination(), some)).toMatchObject({
      outcomes: ["delivered", { dead: "400 mapper_parsing_exception: failed to parse" }, "delivered"],
    });
  });

  it("never reaches the server where it would be read as another action", async () => {
    const forged = '{}\n{"delete":{"_index":"other","_id":"1"}}';
    const some = records(2, (i) => (i === 0 ? forged : '{"message":"x"}'));
    expect(await deliver(destination(), some)).toEqual({
      kind: "answered",
      outcomes: [{ dead: "the event holds a line break" }, "delivered"],
    });
    expect(server.bulks.map(({ ids }) => ids)).toEqual([["e1"]]);
  });

  it("has an id that a server can take: 512 bytes and no more", async () => {
    const some = ["x".repeat(512), "x".repeat(513), ""].map((id, i) => ({ ...records(3)[i], id })) as ReturnType<
      typeof records
    >;
    expect(await deliver(destination(), some)).toEqual({
      kind: "answered",
      outcomes: [
        "delivered",
        { dead: "its id has 513 bytes: 1 to 512 are possible" },
        { dead: "its id has 0 bytes: 1 to 512 are possible" },
      ],
    });
  });
});

describe("a request that is refused whole", () => {
  it("with 400 is halved until those that spoil it are found", async () => {
    server.spoils = (id) => id === "e5" || id === "e11";
    const answer = await deliver(destination(), records(16));
    const outcomes = answer.kind === "answered" ? answer.outcomes : [];
    const dead = { dead: "400 action_request_validation_exception" };
    expect(outcomes).toEqual(DELIVERED(16).map((one, i) => (i === 5 || i === 11 ? dead : one)));
    expect(server.documents.size).toBe(14);
  });

  it("with 400 by something that is no such server says nothing of the records", async () => {
    server.faults.push((_, response) => void response.writeHead(400).end("<html>Bad Request</html>"));
    expect(await deliver(destination(), records(2))).toEqual({ kind: "unavailable", reason: "it answered 400" });
    expect(await deliver(destination(), records(2))).toEqual({ kind: "answered", outcomes: DELIVERED(2) });
  });

  it("with 413 is halved until it fits, and the next is made no larger than what fitted", async () => {
    server.bytesMax = 1_000;
    const to = destination({ gzip: false });
    expect(await deliver(to, records(20))).toEqual({ kind: "answered", outcomes: DELIVERED(20) });
    const before = server.bulks.length;
    const next = records(40).slice(20);
    expect(await deliver(to, next)).toEqual({ kind: "answered", outcomes: DELIVERED(20) });
    expect(server.documents.size).toBe(40);
    expect(server.bulks.length - before).toBeLessThan(before);
  });

  it("with 413 for one record alone sets that one aside", async () => {
    server.bytesMax = 1_000;
    const some = records(4, (i) => `{"message":"${"x".repeat(i === 2 ? 2_000 : 10)}"}`);
    expect(await deliver(destination({ gzip: false }), some)).toMatchObject({
      outcomes: ["delivered", "delivered", { dead: "larger than the server takes (413)" }, "delivered"],
    });
  });

  it("half way, because the server went away, keeps what is known", async () => {
    server.spoils = (id) => id === "e3";
    const taken = () => false;
    server.faults.push(taken, taken, (_, response) => refuse(response, 503, "unavailable"));
    expect(await deliver(destination(), records(4))).toEqual({
      kind: "answered",
      outcomes: ["delivered", "delivered", "retry", "retry"],
    });
  });
});

describe("an answer that does not fit what was sent says nothing", () => {
  const item = (id: string, status: unknown = 201) => ({ create: { _id: id, status } });
  const good = [item("e0"), item("e1")];
  it.each<[string, object | string]>([
    ["no JSON", "<html>"],
    ["torn JSON", '{"errors":false,"items":[{"create":'],
    ["nothing", ""],
    ["a list", "[]"],
    ["no items", { errors: false }],
    ["no word on errors", { items: good }],
    ["too few items", { errors: false, items: [item("e0")] }],
    ["too many items", { errors: false, items: [...good, item("e2")] }],
    ["items in another order", { errors: false, items: [item("e1"), item("e0")] }],
    ["another action", { errors: false, items: [item("e0"), { index: { _id: "e1", status: 201 } }] }],
    ["no status", { errors: false, items: [item("e0"), { create: { _id: "e1" } }] }],
    ["a status that is text", { errors: false, items: [item("e0"), item("e1", "201")] }],
    ["a status that is none", { errors: false, items: [item("e0"), item("e1", 0)] }],
    ["an item that is null", { errors: false, items: [item("e0"), null] }],
    ["a member twice", '{"errors":false,"errors":false,"items":[]}'],
  ])("%s", async (_, body) => {
    server.faults.push((_, response) => {
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(typeof body === "string" ? body : JSON.stringify(body));
    });
    const to = destination();
    expect(await deliver(to, records(2))).toEqual({
      kind: "unavailable",
      reason: "its answer does not fit what was sent",
    });
    // The same answer, whole, is one.
    server.faults.push((_, response) => json(response, 200, { errors: false, items: good }));
    expect(await deliver(to, records(2))).toEqual({ kind: "answered", outcomes: DELIVERED(2) });
  });
});
