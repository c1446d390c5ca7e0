// Loads a certificate with its key from files, and judges both before any client meets them.
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { isIP } from "node:net";
import { type Problem, ProblemsError } from "../openapi/located.ts";
import { certificateProblem } from "./certificate-problem.ts";

export interface CertificateFiles {
  /** PEM: the server's certificate first, then those that lead to its authority. */
  readonly certificate: string;
  /** PEM, not encrypted. */
  readonly key: string;
}

/** Ready for `tls.createServer` and `setSecureContext`. */
export interface CertificateMaterial {
  readonly cert: string;
  readonly key: string;
}

export interface LoadedCertificate {
  readonly material: CertificateMaterial;
  readonly notAfterMs: number;
  /** DNS names and addresses that it is for. */
  readonly names: readonly string[];
  /** Nothing that stops: soon over, readable for others. */
  readonly warnings: readonly Problem[];
}

const DAY_MS = 86_400_000;
/** Automatic renewal happens 30 days before the end; two weeks before it, something is wrong. */
const WARNED_BEFORE_MS = 14 * DAY_MS;
const RSA_BITS_MIN = 2_048;

/** Throws ProblemsError: not readable, not PEM, not in order, not for each other, not valid now, too weak. `publicUrl`: what clients call it. */
export async function loadCertificate(
  files: CertificateFiles,
  nowMs: number,
  publicUrl?: string,
): Promise<LoadedCertificate> {
  const [cert, key] = await both(read(files.certificate, "certificate"), read(files.key, "key"));
  const chain = readChain(cert, files.certificate);
  const leaf = chain[0] as X509Certificate;
  const privateKey = readKey(key, files.key);
  judgeKey(leaf, privateKey, files);
  judgeOrder(chain, files.certificate);
  const notAfterMs = judgeTimes(leaf, files.certificate, nowMs);
  const names = subjectNames(leaf);
  if (names.length === 0) {
    throw certificateProblem(
      "certificate-nameless",
      `${files.certificate}: the certificate names no host.`,
      "Have it issued with subject alternative names: clients have ignored the common name for years.",
    );
  }
  const warnings = [
    ...soonOver(files.certificate, notAfterMs, nowMs),
    ...otherName(leaf, names, files.certificate, publicUrl),
    ...(await readableForOthers(files.key)),
  ];
  return { material: { cert, key }, notAfterMs, names, warnings };
}

/** Where neither can be read, both are told. */
async function both(one: Promise<string>, other: Promise<string>): Promise<[string, string]> {
  const [first, second] = await Promise.allSettled([one, other]);
  if (first.status === "fulfilled" && second.status === "fulfilled") return [first.value, second.value];
  const reasons = [first, second].flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
  const problems = reasons.flatMap((reason) => (reason instanceof ProblemsError ? reason.problems : []));
  throw problems.length === reasons.length ? new ProblemsError(problems) : reasons[0];
}

async function read(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = (error as { code?: string }).code ?? "unknown";
    const remedy =
      code === "EACCES"
        ? "Give the gateway's user the right to read it."
        : `Check transport.tls.${what}; relative paths begin at the configuration's folder.`;
    throw certificateProblem(`${what}-unreadable`, `${file}: the ${what} cannot be read (${code}).`, remedy);
  }
}

function readChain(pem: string, file: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (blocks === null) {
    throw certificateProblem(
      "certificate-invalid",
      `${file}: there is no certificate in PEM form.`,
      "PEM begins with -----BEGIN CERTIFICATE-----. Convert DER with: openssl x509 -inform der -in FILE -out FILE.pem",
    );
  }
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    throw certificateProblem(
      "certificate-invalid",
      `${file}: a certificate in it is damaged.`,
      "Fetch it anew from whoever issued it. `openssl x509 -in FILE -noout` must accept it.",
    );
  }
}

function readKey(pem: string, file: string): KeyObject {
  if (pem.includes("ENCRYPTED")) {
    throw certificateProblem(
      "key-encrypted",
      `${file}: the key is encrypted with a passphrase.`,
      "Decrypt it into a file that only the gateway's user can read: openssl pkey -in FILE -out FILE.plain",
    );
  }
  try {
    return createPrivateKey(pem);
  } catch {
    throw certificateProblem(
      "key-invalid",
      `${file}: there is no private key in PEM form.`,
      "PEM begins with -----BEGIN PRIVATE KEY-----. Are certificate and key exchanged?",
    );
  }
}

function judgeKey(leaf: X509Certificate, key: KeyObject, files: CertificateFiles): void {
  if (!leaf.checkPrivateKey(key)) {
    throw certificateProblem(
      "key-mismatched",
      `${files.key}: the key does not belong to the first certificate in ${files.certificate}.`,
      "The server's certificate must come first, and both files must come from the same issuance.",
    );
  }
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && bits < RSA_BITS_MIN) {
    throw certificateProblem(
      "key-weak",
      `${files.key}: RSA with ${bits} bits is too weak.`,
      "Have a certificate issued for a key of P-256, or RSA with 2048 bits or more.",
    );
  }
}

function judgeOrder(chain: readonly X509Certificate[], file: string): void {
  for (let i = 0; i + 1 < chain.length; i += 1) {
    const issuer = chain[i + 1] as X509Certificate;
    const issued = chain[i] as X509Certificate;
    if (issued.checkIssued(issuer) && issued.verify(issuer.publicKey)) continue;
    throw certificateProblem(
      "certificate-order",
      `${file}: certificate ${i + 1} was not issued by certificate ${i + 2}.`,
      "Order them: the server's, then the one that issued it, and so on.",
    );
  }
}

function judgeTimes(leaf: X509Certificate, file: string, nowMs: number): number {
  const notAfterMs = leaf.validToDate.getTime();
  if (nowMs >= notAfterMs) {
    throw certificateProblem(
      "certificate-expired",
      `${file}: the certificate ended on ${leaf.validToDate.toISOString()}.`,
      "Renew it. A running gateway takes the new one by itself.",
    );
  }
  if (nowMs < leaf.validFromDate.getTime()) {
    throw certificateProblem(
      "certificate-not-yet-valid",
      `${file}: the certificate is valid from ${leaf.validFromDate.toISOString()}.`,
      "Check this machine's clock, or wait.",
    );
  }
  return notAfterMs;
}

/** `DNS:localhost, IP Address:127.0.0.1` without the kinds. */
function subjectNames(leaf: X509Certificate): string[] {
  return (leaf.subjectAltName ?? "")
    .split(", ")
    .filter((name) => name.startsWith("DNS:") || name.startsWith("IP Address:"))
    .map((name) => name.slice(name.indexOf(":") + 1));
}

function soonOver(file: string, notAfterMs: number, nowMs: number): Problem[] {
  if (notAfterMs - nowMs > WARNED_BEFORE_MS) return [];
  const days = Math.floor((notAfterMs - nowMs) / DAY_MS);
  const message = `${file}: the certificate ends in ${days} day${days === 1 ? "" : "s"}.`;
  const remedy = "Renew it. A running gateway takes the new one by itself.";
  return [{ severity: "warning", rule: "transport.certificate-ending", message, remedy, position: undefined }];
}

/** Whoever ends TLS in front may have another. */
function otherName(
  leaf: X509Certificate,
  names: readonly string[],
  file: string,
  publicUrl: string | undefined,
): Problem[] {
  const host = URL.parse(publicUrl ?? "")?.hostname.replace(/^\[|\]$/g, "");
  if (host === undefined) return [];
  if ((isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host)) !== undefined) return [];
  const message = `${file}: the certificate is for ${names.join(", ")}, not for ${host} of publicUrl: clients refuse it.`;
  const remedy = `Have one issued for ${host}, or set publicUrl to what clients call this gateway.`;
  return [{ severity: "warning", rule: "transport.certificate-other-name", message, remedy, position: undefined }];
}

async function readableForOthers(file: string): Promise<Problem[]> {
  if (process.platform === "win32") return [];
  const { mode } = await stat(file);
  if ((mode & 0o007) === 0) return [];
  const message = `${file}: everybody on this machine can read the key.`;
  return [
    { severity: "warning", rule: "transport.key-exposed", message, remedy: `chmod 600 ${file}`, position: undefined },
  ];
}
