// The plain HTTP port: it names the https address of publicUrl, and takes nothing else.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HOST, talk, wire } from "../attacks/wire.ts";
import { ask, type Started, startOver, startUpstream, type Upstream } from "./harness.ts";

let upstream: Upstream;
let started: Started;
let url: string;
let port: number;
beforeAll(async () => {
  upstream = await startUpstream((_request, response) => response.end("reached"));
  const redirect = { listen: { host: "127.0.0.1", port: 0 }, publicUrl: () => HERE };
  started = await startOver(upstream.origin, {}, { redirect });
  url = started.gateway.redirectUrl as string;
  port = Number(new URL(url).port);
});
afterAll(async () => {
  await started.close();
  await upstream.close();
});

const HERE = "https://api.example.com:8443";

describe("the plain HTTP port", () => {
  it.for(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])(
    "sends %s to the same target at publicUrl",
    async (method) => {
      const target = "/orders/7?a=%20b&c=d+e&u=https://evil.example";
      const answer = await ask(`${url}${target}`, { method, headers: { Host: "evil.example" } });
      expect(answer).toMatchObject({ status: 308, body: "", headers: { location: HERE + target } });
      expect(answer.headers["connection"]).toBe("close");
    },
  );

  it("never leads to another host", async () => {
    const targets = [
      "//evil.example/",
      "/\\evil.example/",
      "/%5cevil.example/",
      "http://evil.example/",
      "@evil.example/",
      "/a/..//evil.example",
      "*",
    ];
    for (const target of targets) {
      const { bytes, statuses, closed } = await talk(port, `GET ${target} HTTP/1.1\r\n${HOST}\r\n`);
      expect({ target, statuses, closed }).toEqual({ target, statuses: [400], closed: true });
      expect(bytes.toString("latin1").toLowerCase()).not.toContain("location:");
    }
    const forged = `GET /a HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\n\r\n`;
    expect((await talk(port, forged)).bytes.toString("latin1")).toContain(`\r\nLocation: ${HERE}/a\r\n`);
    expect((await ask(`${url}/${"a".repeat(9_000)}`)).status).toBe(414);
  });

  it.for([
    { headers: { Authorization: "Bearer secret" } },
    { headers: { Cookie: "session=secret" } },
    { headers: { "X-API-Key": "secret" } },
    { headers: { DPoP: "secret" }, method: "POST" },
    { headers: {}, target: "/a?x=1&access_token=secret" },
  ])("lets credentials in clear fail, so that they are revoked: %o", async (sent) => {
    const { headers, method = "GET", target = "/a" } = sent;
    const answer = await ask(url + target, { method, headers });
    expect(answer.status).toBe(400);
    expect(answer.headers["location"]).toBeUndefined();
    expect(JSON.parse(answer.body)).toMatchObject({
      reason: "transport.https-required",
      detail: "The credentials were sent in clear: revoke and replace them.",
    });
    expect(answer.body + JSON.stringify(answer.headers)).not.toContain("secret");
  });

  it("does not ask for a body in clear, and answers one who sends it", async () => {
    const head = `POST /a HTTP/1.1\r\n${HOST}Content-Length: 5000000\r\n`;
    const asked = await talk(port, `${head}Expect: 100-continue\r\n\r\n`);
    expect(asked).toMatchObject({ statuses: [308], closed: true });
    const sending = await talk(port, Buffer.concat([wire(`${head}\r\n`), Buffer.alloc(4_000_000)]));
    expect(sending).toMatchObject({ statuses: [308], closed: true });
  });

  it("takes one request of a connection", async () => {
    const one = `GET /a HTTP/1.1\r\n${HOST}\r\n`;
    expect((await talk(port, one + one)).statuses).toEqual([308]);
    expect((await talk(port, `CONNECT evil.example:443 HTTP/1.1\r\n${HOST}\r\n`)).closed).toBe(true);
  });

  it("is on record, with the reason where it was refused, and without what was sent in clear", async () => {
    const { recorder } = started;
    const before = recorder.exchanges.length;
    const sent = await ask(`${url}/orders/7?a=1`, { method: "DELETE" });
    const refused = await ask(`${url}/a?access_token=secret`, { headers: { Cookie: "session=secret" } });
    await talk(port, `CONNECT evil.example:443 HTTP/1.1\r\n${HOST}\r\n`);
    await talk(port, "GET /a HTTP/1.1\r\nno field\r\n\r\n");
    await recorder.nth(before + 4);
    const recorded = recorder.exchanges.slice(before);
    expect(recorded.map((exchange) => [exchange.answerStatus, exchange.denial?.reason, exchange.deniedBy])).toEqual([
      [308, undefined, undefined],
      [400, "transport.https-required", "transport.redirect"],
      [501, "transport.method-not-supported", "transport.head"],
      [400, "transport.framing-invalid", "transport.head"],
    ]);
    expect(recorded[0]).toMatchObject({ id: sent.headers["x-request-id"], ended: "complete", policyVersion: "test" });
    expect(recorded[0]?.request).toMatchObject({ method: "DELETE", secure: false, clientAddress: "127.0.0.1" });
    expect(recorded[1]).toMatchObject({ id: refused.headers["x-request-id"], answerBytes: refused.body.length });
    expect(recorded.flatMap(({ request }) => request.fields.lines).join()).not.toContain("secret");
  });

  it("lets nothing through to the API", async () => {
    await ask(`${url}/a`, { method: "POST", body: "x" });
    expect(upstream.connections()).toBe(0);
  });
});
