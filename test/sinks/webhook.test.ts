// Webhooks: signed so that the official library believes them, isolated where a server refuses, silent about secrets.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Webhook } from "standardwebhooks";
import { systemClock } from "../../src/core/clock.ts";
import type { Delivery, Destination } from "../../src/monitoring/index.ts";
import { webhookDestination, type WebhookOptions } from "../../src/sinks/webhook/webhook-destination.ts";
import { describeFaults } from "./http-faults.ts";
import { type Answer, type Asked, HttpServer } from "./http-server.ts";
import { ids, recordOf, records } from "./records.ts";

const never = new AbortController().signal;
const SECRET = `whsec_${Buffer.from("secret-key-of-thirty-two-bytes!!").toString("base64")}`;
const NEXT = `whsec_${Buffer.from("another-secret-of-32-bytes-here!").toString("base64")}`;
const PATH = "/hooks/secret-path?token=secret-query";

function serverOf(url: string, options: Partial<WebhookOptions> = {}): WebhookOptions {
  const bounds = { recordsMax: 500, bytesMax: 1_048_576, timeoutMs: 20_000, dangerouslyAllowHttp: false };
  const fields = { "x-api-key": "secret-field" };
  return { url: url + PATH, secrets: [SECRET], fields, format: "ndjson", ...bounds, ...options };
}

function destinationOf(url: string, options: Partial<WebhookOptions> = {}): Destination {
  return webhookDestination(serverOf(url, options), { name: "webhook", level: "info", clock: systemClock });
}

/** The ids of an honest request; throws for any other, as the official library does. */
function verified(asked: Asked, secret = SECRET): string[] {
  const fields = asked.headers as Record<string, string>;
  const payload = asked.body.toString();
  new Webhook(secret).verify(payload, fields, { jsonParse: false });
  const events =
    fields["content-type"] === "application/json" ? payload : `[${payload.trimEnd().replaceAll("\n", ",")}]`;
  return (JSON.parse(events) as { event: { id: string } }[]).map(({ event }) => event.id);
}

function keeping(): { answer: Answer; taken: () => readonly string[] } {
  const taken: string[] = [];
  const answer: Answer = (asked, response) => {
    taken.push(...verified(asked));
    response.writeHead(204).end();
  };
  return { answer, taken: () => taken };
}

describeFaults("a webhook", {
  well: keeping,
  create: (url, timeoutMs, ca) => destinationOf(url, { timeoutMs, ca }),
});

describe("a webhook", () => {
  let server: HttpServer;
  let well: ReturnType<typeof keeping>;
  const open: Destination[] = [];

  function destination(options: Partial<WebhookOptions> = {}): Destination {
    const made = destinationOf(server.url, options);
    open.push(made);
    return made;
  }

  beforeEach(async () => {
    well = keeping();
    server = await new HttpServer(well.answer).start();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
    await server.stop();
  });

  it.each(["ndjson", "json"] as const)("is posted as %s, with the events byte for byte", async (format) => {
    const given = records(3);
    expect(await destination({ format }).deliver(given, never)).toEqual({
      kind: "answered",
      outcomes: ["delivered", "delivered", "delivered"],
    });
    const lines = given.map(({ json }) => Buffer.from(json).toString());
    const [asked] = server.asked;
    expect(asked?.body.toString()).toBe(format === "json" ? `[${lines.join(",")}]` : `${lines.join("\n")}\n`);
    expect(asked).toMatchObject({ method: "POST", url: PATH, headers: { "x-api-key": "secret-field" } });
    expect(well.taken()).toEqual(ids(given));
  });

  it("is believed by those who know the secret, the old one or the new one, and by no others", async () => {
    await destination({ secrets: [NEXT, SECRET] }).deliver(records(1), never);
    const [asked] = server.asked as [Asked];
    expect(asked.headers["webhook-signature"]).toMatch(/^v1,[A-Za-z0-9+/]{43}= v1,[A-Za-z0-9+/]{43}=$/);
    expect(verified(asked, SECRET)).toEqual(verified(asked, NEXT));
    const stranger = `whsec_${Buffer.from("x".repeat(32)).toString("base64")}`;
    expect(() => verified(asked, stranger)).toThrow("signature");
    expect(() => verified({ ...asked, body: Buffer.from("{}") })).toThrow("signature");
    const renamed = { ...asked, headers: { ...asked.headers, "webhook-id": "msg_other" } };
    expect(() => verified(renamed)).toThrow("signature");
    const replayed = { ...asked, headers: { ...asked.headers, "webhook-timestamp": "1700000000" } };
    expect(() => verified(replayed)).toThrow("old");
  });

  it("has the same id when it is sent again, and another for other events", async () => {
    const sending = destination();
    for (const given of [records(2), records(2), records(3)]) await sending.deliver(given, never);
    const found = server.asked.map(({ headers }) => headers["webhook-id"]);
    expect(found[0]).toBe(found[1]);
    expect(found[0]).not.toBe(found[2]);
  });

  it.each([200, 201, 202, 204, 299])("is delivered by %i", async (status) => {
    server.answer = (_asked, response) => void response.writeHead(status).end();
    expect(await destination().deliver(records(1), never)).toMatchObject({ outcomes: ["delivered"] });
  });

  describe("that the server refuses", () => {
    const refusing =
      (status: number, poison: RegExp): Answer =>
      (asked, response) =>
        poison.test(asked.body.toString())
          ? void response.writeHead(status).end("secret words")
          : well.answer(asked, response);

    it.each([400, 413, 415, 422])("with %i loses the poisonous event alone, wherever it stands", async (status) => {
      server.answer = refusing(status, /poison/);
      for (const place of [0, 4, 8]) {
        const given = records(9, (event, i) => i === place && Object.assign(event, { message: "poison" }));
        const wanted: unknown[] = given.map(() => "delivered");
        wanted[place] = { dead: `${server.url}: it answered ${status}` };
        expect(await destination().deliver(given, never)).toEqual({ kind: "answered", outcomes: wanted });
      }
      expect(new Set(well.taken())).toEqual(new Set(ids(records(9))));
    });

    it.each([409, 418, 431])("with %i, which says little, too, once it takes others", async (status) => {
      server.answer = refusing(status, /poison/);
      const given = records(16, (event, i) => i === 7 && Object.assign(event, { message: "poison" }));
      const wanted: unknown[] = given.map(() => "delivered");
      wanted[7] = { dead: expect.stringContaining(String(status)) as string };
      // Which ones it tries first is chance; what was not tried yet is offered again.
      await expect
        .poll(async () => (await destination().deliver(given, never)) as unknown)
        .toEqual({ kind: "answered", outcomes: wanted });
    });

    it.each([409, 418])("with %i for everything keeps everything: it may be no event's fault", async (status) => {
      server.answer = refusing(status, /./);
      expect(await destination().deliver(records(40), never)).toMatchObject({ kind: "unavailable" });
      expect(server.asked.length).toBeLessThan(6);
      expect(await destination().deliver(records(1), never)).toMatchObject({ kind: "unavailable" });
    });

    it.each([401, 403, 404, 405, 407, 408, 410, 421, 425, 429, 500, 501, 502, 503, 504, 507])(
      "with %i keeps everything, and is asked once",
      async (status) => {
        server.answer = refusing(status, /./);
        const delivery = await destination().deliver(records(5), never);
        expect(delivery).toEqual({ kind: "unavailable", reason: `${server.url}: it answered ${status}` });
        expect(server.asked).toHaveLength(1);
      },
    );

    it("all of them with 400 is asked a bounded number of times in one go", async () => {
      server.answer = refusing(400, /./);
      const delivery = (await destination().deliver(records(500), never)) as Extract<Delivery, { kind: "answered" }>;
      expect(server.asked.length).toBeLessThanOrEqual(64);
      expect(JSON.stringify(delivery)).not.toContain("secret");
    });

    it("while it goes away in the middle keeps what it did not take, and is left alone as long as it asks", async () => {
      server.answer = (asked, response) => {
        if (server.asked.length > 3) response.writeHead(503, { "retry-after": "9" }).end();
        else refusing(400, /poison/)(asked, response);
      };
      const given = records(8, (event, i) => i === 7 && Object.assign(event, { message: "poison" }));
      expect(await destination().deliver(given, never)).toEqual({
        kind: "answered",
        retryAfterMs: 9_000,
        outcomes: ["delivered", "delivered", "delivered", "delivered", "retry", "retry", "retry", "retry"],
      });
    });

    it("alone is dead", async () => {
      server.answer = refusing(400, /./);
      expect(await destination().deliver([recordOf("{}")], never)).toMatchObject({
        outcomes: [{ dead: expect.stringContaining("400") as string }],
      });
    });
  });
});
