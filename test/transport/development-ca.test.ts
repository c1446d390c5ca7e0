// The development authority: accepted by openssl, Node and curl for local names, worth nothing for others.
import { execFile, execFileSync } from "node:child_process";
import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import tls from "node:tls";
import { promisify } from "node:util";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { ProblemsError } from "../../src/openapi/located.ts";
import { developmentCertificate, developmentFolder } from "../../src/transport/development-ca.ts";
import { http1ServerOptions, http2ServerOptions } from "../../src/transport/server-options.ts";
import { rotateTicketKeys, tlsServerOptions } from "../../src/transport/tls-options.ts";
import { trustCommands } from "../../src/transport/trust-commands.ts";
import { issueServer } from "../../src/transport/x509.ts";

const root = mkdtempSync(path.join(tmpdir(), "portcullis-development-"));
const NOW = Date.now();
const DAY_MS = 86_400_000;
let folder: string;
let count = 0;
beforeEach(() => {
  count += 1;
  folder = path.join(root, `user's data ${count}`, "portcullis");
});
afterAll(() => rmSync(root, { recursive: true }));

function verify(authorityFile: string, certificate: string, ...more: string[]): string {
  const file = path.join(root, "leaf.pem");
  writeFileSync(file, certificate);
  try {
    return execFileSync(
      "openssl",
      ["verify", "-x509_strict", "-purpose", "sslserver", ...more, "-CAfile", authorityFile, file],
      {
        encoding: "utf8",
        stdio: "pipe",
      },
    );
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr);
  }
}

describe("files", () => {
  it("are made once, for this user only", async () => {
    const first = await developmentCertificate({ folder, nowMs: NOW });
    expect(first.authorityIsNew).toBe(true);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(folder, "authority")).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(folder, "authority", "ca.key")).mode & 0o777).toBe(0o600);
    for (const name of readdirSync(folder).filter((entry) => entry.endsWith(".pem"))) {
      expect(statSync(path.join(folder, name)).mode & 0o777).toBe(0o600);
    }
    const second = await developmentCertificate({ folder, nowMs: NOW + DAY_MS });
    expect(second).toEqual({ ...first, authorityIsNew: false });
  });

  it("are whole when processes begin at the same time", async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => developmentCertificate({ folder, nowMs: NOW })));
    const authority = readFileSync(path.join(folder, "authority", "ca.crt"), "utf8");
    for (const { material } of all) {
      expect(new X509Certificate(material.cert).verify(new X509Certificate(authority).publicKey)).toBe(true);
      expect(new X509Certificate(material.cert).checkPrivateKey(createPrivateKey(material.key))).toBe(true);
    }
    expect(readdirSync(folder).filter((name) => name.includes("-new-"))).toEqual([]);
  });

  it("are renewed before they end, under the same authority", async () => {
    const first = await developmentCertificate({ folder, nowMs: NOW });
    const kept = await developmentCertificate({ folder, nowMs: first.renewAtMs - DAY_MS });
    expect(kept.material).toEqual(first.material);
    const renewed = await developmentCertificate({ folder, nowMs: first.renewAtMs + DAY_MS });
    expect(renewed.material.cert).not.toBe(first.material.cert);
    expect(renewed.authorityIsNew).toBe(false);
    expect(renewed.notAfterMs).toBeGreaterThan(first.notAfterMs);
    const late = await developmentCertificate({ folder, nowMs: NOW + 3_640 * DAY_MS });
    expect(late.authorityIsNew).toBe(true);
  });

  it("are refused when the authority's key is open to others, or damaged", async () => {
    await developmentCertificate({ folder, nowMs: NOW });
    const key = path.join(folder, "authority", "ca.key");
    chmodSync(key, 0o640);
    await expect(developmentCertificate({ folder, nowMs: NOW })).rejects.toThrow(ProblemsError);
    chmodSync(key, 0o600);
    writeFileSync(
      key,
      generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }),
    );
    await expect(developmentCertificate({ folder, nowMs: NOW })).rejects.toThrow(/damaged/);
  });

  it("lie where the platform keeps such things", () => {
    expect(developmentFolder({ XDG_DATA_HOME: "/data" }, "/home/a", "linux")).toBe("/data/portcullis");
    expect(developmentFolder({}, "/home/a", "linux")).toBe("/home/a/.local/share/portcullis");
    expect(developmentFolder({ XDG_DATA_HOME: "relative" }, "/Users/a", "darwin")).toBe(
      "/Users/a/Library/Application Support/portcullis",
    );
  });
});

describe("names", () => {
  it("openssl accepts the certificate for its names", async () => {
    const { material, authorityFile } = await developmentCertificate({
      folder,
      names: ["API.test", "10.1.2.3"],
      nowMs: NOW,
    });
    for (const host of ["localhost", "api.test"]) {
      expect(verify(authorityFile, material.cert, "-verify_hostname", host)).toContain(": OK");
    }
    for (const address of ["127.0.0.1", "::1", "10.1.2.3"]) {
      expect(verify(authorityFile, material.cert, "-verify_ip", address)).toContain(": OK");
    }
    expect(verify(authorityFile, material.cert, "-verify_hostname", "other.test")).toContain("hostname mismatch");
  });

  it("refuses names that are not local, before and after issuing", async () => {
    for (const name of [
      "example.com",
      "api.example.com",
      "8.8.8.8",
      "2001:db8::1",
      "localhost.evil.com",
      "",
      "a b.test",
      "*.test",
      "x\u0000.test",
    ]) {
      await expect(developmentCertificate({ folder, names: [name], nowMs: NOW })).rejects.toThrow(ProblemsError);
    }
    // With the stolen key somebody could try: what the authority is constrained to holds nevertheless.
    const { authorityFile } = await developmentCertificate({ folder, nowMs: NOW });
    const key = createPrivateKey(readFileSync(path.join(folder, "authority", "ca.key")));
    const commonName = new X509Certificate(readFileSync(authorityFile)).subject.replace("CN=", "");
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const validity = { notBeforeMs: NOW - DAY_MS, notAfterMs: NOW + DAY_MS };
    for (const name of ["www.example.com", "8.8.8.8"]) {
      const forged = issueServer([name], publicKey, { commonName, key }, validity);
      expect(verify(authorityFile, forged)).toContain("permitted subtree violation");
    }
    expect(verify(authorityFile, issueServer(["a.localhost"], publicKey, { commonName, key }, validity))).toContain(
      ": OK",
    );
  });
});

describe("a server with it", () => {
  async function serving<T>(use: (port: number, authorityFile: string) => Promise<T>): Promise<T> {
    const { material, authorityFile } = await developmentCertificate({ folder, nowMs: NOW });
    const options = { ...http1ServerOptions(), ...http2ServerOptions(), ...tlsServerOptions(), ...material };
    const server = createSecureServer(options, (request, response) => response.end(`HTTP/${request.httpVersion}`));
    const stop = rotateTicketKeys(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      return await use((server.address() as AddressInfo).port, authorityFile);
    } finally {
      stop();
      server.close();
    }
  }

  function handshake(
    port: number,
    options: tls.ConnectionOptions,
  ): Promise<{ protocol: string | null; cipher: string; alpn: string | false | null }> {
    return new Promise((resolve, reject) => {
      const socket = tls.connect({ port, host: "127.0.0.1", servername: "localhost", ...options }, () => {
        resolve({ protocol: socket.getProtocol(), cipher: socket.getCipher().standardName, alpn: socket.alpnProtocol });
        socket.destroy();
      });
      socket.once("error", reject);
    });
  }

  it("is trusted by Node's client that knows the authority, by no other", async () => {
    await serving(async (port, authorityFile) => {
      const ca = readFileSync(authorityFile);
      await expect(handshake(port, { ca, ALPNProtocols: ["h2"] })).resolves.toMatchObject({
        protocol: "TLSv1.3",
        alpn: "h2",
      });
      await expect(handshake(port, { ca, ALPNProtocols: ["http/1.1"] })).resolves.toMatchObject({ alpn: "http/1.1" });
      await expect(handshake(port, { ca, servername: "evil.example" })).rejects.toThrow(/altnames/);
      await expect(handshake(port, {})).rejects.toThrow(/verify|self-signed|unable/i);
    });
  });

  it("speaks TLS 1.2 with forward secrecy and AEAD only, and nothing older", async () => {
    await serving(async (port, authorityFile) => {
      const ca = readFileSync(authorityFile);
      expect(tlsServerOptions().minVersion).toBe("TLSv1.2");
      const twelve = { ca, maxVersion: "TLSv1.2" as const };
      const { cipher } = await handshake(port, twelve);
      expect(cipher).toMatch(/^TLS_ECDHE_ECDSA_WITH_(AES_(128|256)_GCM|CHACHA20_POLY1305)/);
      for (const ciphers of ["ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-SHA384"]) {
        await expect(handshake(port, { ...twelve, ciphers })).rejects.toThrow(/alert|handshake/i);
      }
      for (const version of ["TLSv1.1", "TLSv1"] as const) {
        const old = { ca, minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" };
        await expect(handshake(port, old)).rejects.toThrow(/alert|protocol/i);
      }
    });
  });

  it("is trusted by curl with the printed command, over HTTP/1.1 and HTTP/2", async () => {
    await serving(async (port, authorityFile) => {
      const { curl } = trustCommands(authorityFile, `https://localhost:${port}/`, "linux");
      const run = (command: string) =>
        promisify(execFile)("sh", ["-c", `${command} -sS --resolve localhost:${port}:127.0.0.1`]);
      expect((await run(curl)).stdout).toBe("HTTP/2.0");
      expect((await run(`${curl} --http1.1`)).stdout).toBe("HTTP/1.1");
      await expect(run(`curl https://localhost:${port}/`)).rejects.toThrow(/60|certificate/);
    });
  });
});

it("an unwritable place is an error, never a weaker key", async () => {
  mkdirSync(path.dirname(folder), { recursive: true });
  writeFileSync(folder, "a file");
  await expect(developmentCertificate({ folder, nowMs: NOW })).rejects.toThrow(/EEXIST|ENOTDIR/);
});
