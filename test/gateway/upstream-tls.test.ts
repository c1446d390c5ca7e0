// An API behind https is verified, always: whoever cannot prove to be it gets no byte of a request.
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { issueAuthority, issueServer } from "../../src/transport/x509.ts";
import { refusals, settingsOf } from "../configuration/loading.ts";
import { opensslCertificate, type TestCertificate } from "./certificates.ts";
import { ask, keep, startOver } from "./harness.ts";

const folder = mkdtempSync(path.join(tmpdir(), "portcullis-upstream-"));
afterAll(() => rmSync(folder, { recursive: true }));
const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
const selfSigned = opensslCertificate(folder, "self", EC);
const DAY_MS = 86_400_000;

/** An API that offers HTTP/2 as well, and notes over what it was asked. */
async function startTls({ cert, key }: TestCertificate): Promise<{ origin: string; seen: string[] }> {
  const seen: string[] = [];
  const server = createSecureServer({ cert, key, allowHTTP1: true }, (request, response) => {
    seen.push(`${request.method} ${request.url} HTTP/${request.httpVersion}`);
    response.end("hello");
  });
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { origin: `https://localhost:${(server.address() as AddressInfo).port}`, seen };
}

async function through(origin: string, ca: string | undefined) {
  const upstream = {
    origin,
    connectTimeoutMs: 20_000,
    answerTimeoutMs: 20_000,
    idleTimeoutMs: 20_000,
    connectionsMax: 4,
    ca,
  };
  const { gateway, recorder } = keep(await startOver(origin, {}, { upstream, drainTimeoutMs: 200 }));
  const answer = await ask(`${gateway.url}/orders`, { headers: { authorization: "Bearer secret" } });
  return { answer, exchange: await recorder.nth(1) };
}

describe("an API over https", () => {
  it("is asked where its certificate comes from the authority that is named, over HTTP/1.1", async () => {
    const { origin, seen } = await startTls(selfSigned);
    const { answer } = await through(origin, selfSigned.ca);
    expect(answer).toMatchObject({ status: 200, body: "hello" });
    expect(seen).toEqual(["GET /orders HTTP/1.1"]);
  });

  it("is verified also where the environment says not to", async () => {
    const { origin, seen } = await startTls(selfSigned);
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    onTestFinished(() => void vi.unstubAllEnvs());
    const { answer } = await through(origin, undefined);
    expect([answer.status, seen]).toEqual([502, []]);
  });

  it.each([
    ["self-signed", () => ({ presented: selfSigned, ca: undefined }), "DEPTH_ZERO_SELF_SIGNED_CERT"],
    [
      "of another authority",
      () => ({ presented: selfSigned, ca: opensslCertificate(folder, "other", EC).ca }),
      "DEPTH_ZERO_SELF_SIGNED_CERT",
    ],
    ["for another name", () => withName("api.example"), "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["for a name that begins alike", () => withName("localhost.example"), "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["over", () => withName("localhost", -2 * DAY_MS, -DAY_MS), "CERT_HAS_EXPIRED"],
    ["not valid yet", () => withName("localhost", DAY_MS, 2 * DAY_MS), "CERT_NOT_YET_VALID"],
  ])("that shows a certificate which is %s is told nothing, and the record says why", async (_what, make, code) => {
    const { presented, ca } = make();
    const { origin, seen } = await startTls(presented);
    const { answer, exchange } = await through(origin, ca);
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.body)).toMatchObject({ reason: "transport.upstream-untrusted" });
    expect(answer.body).not.toMatch(/localhost|CERT|SELF/);
    expect(exchange.denial).toMatchObject({ reason: "transport.upstream-untrusted", internal: code });
    expect(seen).toEqual([]);
  });
});

/** A certificate of an authority that is trusted. */
function withName(name: string, fromMs = -DAY_MS, untilMs = DAY_MS) {
  const pair = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
  const [authority, server] = [pair(), pair()];
  const validity = (from: number, until: number) => ({
    notBeforeMs: Date.now() + from,
    notAfterMs: Date.now() + until,
  });
  const ca = issueAuthority("Test", authority.privateKey, validity(-9 * DAY_MS, 9 * DAY_MS));
  const issuer = { commonName: "Test", key: authority.privateKey };
  const cert = issueServer([name], server.publicKey, issuer, validity(fromMs, untilMs));
  const key = server.privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  return { presented: { cert, key, ca }, ca };
}

describe("upstream.tls.ca", () => {
  it("is read beside the configuration, and must be what it says", async () => {
    const text = 'openapi: a\nupstream: { url: "https://api.internal", tls: { ca: ca.pem } }\n';
    const settings = await settingsOf(text, { files: { "ca.pem": selfSigned.ca } });
    expect(settings.upstream?.ca).toBe(selfSigned.ca);
    expect(await refusals(text)).toEqual([
      expect.stringContaining("ca.pem cannot be read: there is no such file | Put"),
    ]);
    expect(await refusals(text, { files: { "ca.pem": "nothing" } })).toEqual([
      expect.stringContaining("ca.pem holds no certificate in PEM form"),
    ]);
    const plain = text.replace("https", "http");
    expect(await refusals(plain, { files: { "ca.pem": selfSigned.ca } })).toEqual([
      expect.stringContaining("upstream.tls has no effect: upstream.url is http"),
    ]);
  });
});
