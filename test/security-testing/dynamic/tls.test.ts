// Guards the probes of TLS: servers that speak what is old, weak or plain are found out; ours is not.
import { createServer as createHttpServer } from "node:http";
import { connect, createServer as createPlainServer, type AddressInfo, type Server } from "node:net";
import { createServer, type TlsOptions } from "node:tls";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { answerHeads } from "../../../src/security-testing/dynamic/probes/answer-heads.ts";
import { tls } from "../../../src/security-testing/dynamic/probes/tls.ts";
import type { Finding } from "../../../src/security-testing/finding.ts";
import { opensslCertificate, type TestCertificate } from "../../gateway/certificates.ts";
import { fires, isSilent } from "./shown.ts";
import { probed, tiny, type TinyOptions } from "./tiny.ts";

const OPTIONS: TinyOptions = {
  document: `paths:\n  /things:\n    get: { operationId: list, security: [], responses: { "200": { description: ok } } }\n`,
  api: { "GET /things": () => ({ body: [] }) },
};

let certificate: TestCertificate;
beforeAll(() => {
  const folder = mkdtempSync(path.join(tmpdir(), "portcullis-tls-"));
  certificate = opensslCertificate(folder, "localhost", ["-newkey", "rsa:2048"]);
  rmSync(folder, { recursive: true });
});

describe("the probe of TLS", () => {
  it.each([
    ["TLS 1.0", { minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: "ALL:@SECLEVEL=0" }],
    ["TLS 1.1", { minVersion: "TLSv1.1", maxVersion: "TLSv1.2", ciphers: "ALL:@SECLEVEL=0" }],
    ["static RSA keys", { maxVersion: "TLSv1.2", ciphers: "AES128-SHA:AES128-GCM-SHA256" }],
    ["CBC", { maxVersion: "TLSv1.2", ciphers: "ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES128-SHA256" }],
    ["no encryption", { maxVersion: "TLSv1.2", ciphers: "NULL-SHA256:@SECLEVEL=0" }],
  ] as const)("finds %s", async (name, options) => {
    const messages = messagesOf(await foundAt(createServer({ ...key(), ...(options as TlsOptions) })));
    expect(messages.filter((message) => message.includes(name))).toHaveLength(1);
  });

  it("tells what is old from what is weak", async () => {
    const old = { ...key(), minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: "ALL:@SECLEVEL=0" } as const;
    fires(await foundAt(createServer(old)), "dynamic.tls-version-old");
    const weak = { ...key(), maxVersion: "TLSv1.2", ciphers: "AES128-SHA" } as const;
    const findings = await foundAt(createServer(weak));
    fires(findings, "dynamic.tls-cipher-weak");
    isSilent(findings, "dynamic.tls-version-old");
  });

  it("finds a port that serves requests with and without TLS", async () => {
    const plain = createHttpServer((_request, response) => response.end("[]"));
    const secure = createServer(sound());
    await Promise.all([listening(plain), listening(secure)]);
    const either = createPlainServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", (bytes) => {
        const { port } = (bytes[0] === 0x16 ? secure : plain).address() as AddressInfo;
        const behind = connect(port, "127.0.0.1", () => void behind.write(bytes));
        behind.on("error", () => socket.destroy());
        socket.pipe(behind).pipe(socket);
      });
    });
    const findings = await foundAt(either);
    fires(findings, "dynamic.plain-http-answered");
    expect(messagesOf(findings)).toEqual(["A request without TLS is served on the TLS port"]);
  });

  it("is silent where TLS 1.2 and 1.3 are spoken with good suites alone", async () => {
    const findings = await foundAt(createServer(sound()));
    expect(messagesOf(findings)).toEqual([]);
    isSilent(findings, "dynamic.tls-version-old", "dynamic.tls-cipher-weak", "dynamic.plain-http-answered");
  });

  it("is silent at the gate", async () => {
    const { findings } = await probed(tls, await tiny({ ...OPTIONS, layer: "gate" }));
    expect(findings).toEqual([]);
  });
});

describe("the probe of HSTS", () => {
  const at = async (hsts: string | undefined) => {
    const context = await tiny({ ...OPTIONS, layer: "gate" });
    const { settings } = context;
    const expecting = { ...settings, transport: { ...settings.transport, hsts } };
    return (await probed(answerHeads, { ...context, settings: expecting })).findings.map(({ rule }) => rule);
  };

  it("finds a gate that does not send what the policy has", async () => {
    const found = await at("max-age=63072000");
    expect(found).toHaveLength(1);
    fires(found, "dynamic.hsts-missing");
  });

  it("is silent where the policy has none, as with a certificate for development", async () => {
    const found = await at(undefined);
    expect(found).toEqual([]);
    isSilent(found, "dynamic.hsts-missing");
  });
});

function key() {
  return { cert: certificate.cert, key: certificate.key };
}

function sound(): TlsOptions {
  return { ...key(), minVersion: "TLSv1.2", ciphers: "TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256" };
}

async function listening(server: Server): Promise<void> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
}

function messagesOf(findings: readonly Finding[]): string[] {
  return findings.map(({ message }) => message);
}

async function foundAt(server: Server): Promise<readonly Finding[]> {
  server.on("tlsClientError", () => undefined);
  await listening(server);
  const context = await tiny(OPTIONS);
  const { port } = server.address() as AddressInfo;
  const target = { ...context.target, layer: "gate" as const, port, isTls: true, authority: `localhost:${port}` };
  return (await probed(tls, { ...context, target })).findings;
}
