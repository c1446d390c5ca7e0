// Certificates for tests of the TLS listener: of the development authority, and an RSA one for suites that need it.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { developmentCertificate } from "../../src/transport/development-ca.ts";

export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
  /** What a client trusts. */
  readonly ca: string;
}

export async function ecCertificate(folder: string): Promise<TestCertificate> {
  const { material, authorityFile } = await developmentCertificate({ folder, nowMs: Date.now() });
  return { ...material, ca: readFileSync(authorityFile, "utf8") };
}

let shared: Promise<TestCertificate> | undefined;

/** One for all tests of a file. */
export function testCertificate(): Promise<TestCertificate> {
  return (shared ??= madeCertificate());
}

async function madeCertificate(): Promise<TestCertificate> {
  const folder = mkdtempSync(path.join(tmpdir(), "portcullis-certificate-"));
  try {
    return await ecCertificate(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Self-signed for localhost: `openssl` decides what goes into it. */
export function opensslCertificate(folder: string, name: string, key: readonly string[]): TestCertificate {
  const at = (end: string) => path.join(folder, `${name}.${end}`);
  const names = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const files = ["-keyout", at("key"), "-out", at("crt")];
  execFileSync("openssl", ["req", "-x509", "-nodes", "-days", "30", ...names, ...files, ...key], { stdio: "pipe" });
  const cert = readFileSync(at("crt"), "utf8");
  return { cert, key: readFileSync(at("key"), "utf8"), ca: cert };
}
