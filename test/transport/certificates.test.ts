// Certificates from files: what stops the start, what warns, and how a renewed one is taken over.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { ProblemsError } from "../../src/openapi/located.ts";
import { watchCertificate } from "../../src/transport/certificate-watch.ts";
import { type LoadedCertificate, loadCertificate } from "../../src/transport/certificates.ts";

const folder = mkdtempSync(path.join(tmpdir(), "portcullis-certificates-"));
const at = (name: string) => path.join(folder, name);
/** An hour on: what openssl makes below, however late, is valid by then. */
const NOW = Date.now() + 3_600_000;
const DAY_MS = 86_400_000;

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
}

/** A self-signed pair for `name`, of 30 days. */
function make(name: string, ...more: string[]): void {
  const request = [
    "req",
    "-x509",
    "-nodes",
    "-days",
    "30",
    "-subj",
    `/CN=${name}`,
    "-keyout",
    `${name}.key`,
    "-out",
    `${name}.crt`,
  ];
  openssl(...request, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", ...more);
  chmodSync(at(`${name}.key`), 0o600);
}

const SAN = ["-addext", "subjectAltName=DNS:a.test,IP:127.0.0.1"];
const load = (certificate: string, key: string, nowMs = NOW) =>
  loadCertificate({ certificate: at(certificate), key: at(key) }, nowMs);

async function rule(certificate: string, key: string, nowMs = NOW): Promise<string> {
  const error = await load(certificate, key, nowMs).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProblemsError);
  const [problem] = (error as ProblemsError).problems;
  expect(problem?.remedy).not.toBe("");
  return problem?.rule ?? "";
}

beforeAll(() => {
  make("one", ...SAN);
  make("two", ...SAN);
  make("nameless");
  openssl(
    "req",
    "-x509",
    "-nodes",
    "-newkey",
    "rsa:1024",
    "-subj",
    "/CN=weak",
    ...SAN,
    "-keyout",
    "weak.key",
    "-out",
    "weak.crt",
  );
  openssl("ec", "-in", "one.key", "-aes128", "-passout", "pass:x", "-out", "locked.key");
  writeFileSync(at("swapped.crt"), readFileSync(at("one.crt"), "utf8") + readFileSync(at("two.crt"), "utf8"));
  writeFileSync(at("damaged.crt"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  writeFileSync(at("empty.crt"), "");
  copyFileSync(at("one.key"), at("open.key"));
  chmodSync(at("open.key"), 0o644);
});
afterAll(() => rmSync(folder, { recursive: true }));

it("loads a good pair with its names and end", async () => {
  const loaded = await load("one.crt", "one.key");
  expect(loaded.names).toEqual(["a.test", "127.0.0.1"]);
  expect(loaded.warnings).toEqual([]);
  expect(loaded.notAfterMs - NOW).toBeGreaterThan(29 * DAY_MS);
  expect(loaded.material.cert).toContain("BEGIN CERTIFICATE");
});

it("names what is wrong, and what to do", async () => {
  expect(await rule("absent.crt", "one.key")).toBe("transport.certificate-unreadable");
  expect(await rule("one.crt", "absent.key")).toBe("transport.key-unreadable");
  expect(await rule("empty.crt", "one.key")).toBe("transport.certificate-invalid");
  expect(await rule("damaged.crt", "one.key")).toBe("transport.certificate-invalid");
  expect(await rule("one.crt", "one.crt")).toBe("transport.key-invalid");
  expect(await rule("one.crt", "locked.key")).toBe("transport.key-encrypted");
  expect(await rule("one.crt", "two.key")).toBe("transport.key-mismatched");
  expect(await rule("weak.crt", "weak.key")).toBe("transport.key-weak");
  expect(await rule("swapped.crt", "one.key")).toBe("transport.certificate-order");
  expect(await rule("nameless.crt", "nameless.key")).toBe("transport.certificate-nameless");
  expect(await rule("one.crt", "one.key", NOW + 31 * DAY_MS)).toBe("transport.certificate-expired");
  expect(await rule("one.crt", "one.key", NOW - 2 * DAY_MS)).toBe("transport.certificate-not-yet-valid");
});

it("warns of a near end and of a key that everybody can read", async () => {
  const soon = await load("one.crt", "one.key", NOW + 20 * DAY_MS);
  expect(soon.warnings.map((problem) => problem.rule)).toEqual(["transport.certificate-ending"]);
  const open = await load("one.crt", "open.key");
  expect(open.warnings.map((problem) => problem.rule)).toEqual(["transport.key-exposed"]);
});

it("takes over a renewed pair, waits for its second half, and keeps the old one otherwise", async () => {
  const files = { certificate: at("live.crt"), key: at("live.key") };
  const replace = (certificate: string, key: string) => {
    rmSync(files.certificate, { force: true });
    rmSync(files.key, { force: true });
    copyFileSync(at(certificate), files.certificate);
    copyFileSync(at(key), files.key);
  };
  replace("one.crt", "one.key");
  const renewed: LoadedCertificate[] = [];
  const failed: Error[] = [];
  const watch = await watchCertificate({
    files,
    clock: systemClock,
    onRenewed: (loaded) => renewed.push(loaded),
    onFailed: (error) => failed.push(error),
    intervalMs: 3_600_000,
  });
  try {
    expect(await watch.look()).toBe(false);

    writeFileSync(files.certificate, readFileSync(at("two.crt")));
    expect(await watch.look()).toBe(false);
    writeFileSync(files.key, readFileSync(at("two.key")));
    expect(await watch.look()).toBe(true);
    expect(renewed[0]?.material.cert).toBe(readFileSync(at("two.crt"), "utf8"));
    expect(failed).toEqual([]);

    writeFileSync(files.certificate, "not a certificate");
    for (let i = 0; i < 5; i += 1) expect(await watch.look()).toBe(false);
    expect(failed).toHaveLength(1);
    expect(failed[0]).toBeInstanceOf(ProblemsError);
    expect(renewed).toHaveLength(1);

    replace("one.crt", "one.key");
    expect(await watch.look()).toBe(true);
  } finally {
    watch.close();
  }
});

it.each([
  ["https://a.test", []],
  ["https://127.0.0.1:8443", []],
  [undefined, []],
  ["https://b.test", ["transport.certificate-other-name"]],
  ["https://sub.a.test:8443", ["transport.certificate-other-name"]],
  ["https://127.0.0.2", ["transport.certificate-other-name"]],
])("warns where clients call it %s and the certificate does not", async (publicUrl, rules) => {
  const { warnings } = await loadCertificate({ certificate: at("one.crt"), key: at("one.key") }, NOW, publicUrl);
  expect(warnings.map((problem) => problem.rule)).toEqual(rules);
});
