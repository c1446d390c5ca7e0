// Reads the certificate and key that we show to servers who ask who we are.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { whyUnreadable } from "../error-code.ts";
import { name as nameOf } from "../issues.ts";
import type { KeyPath } from "../source.ts";
import type { Resolving } from "./resolving.ts";

interface Written {
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

/** Their PEM; empty, with the problem noted, where they are not of use. */
export async function readClientCertificate(
  { certificate, key }: Written,
  at: KeyPath,
  to: Resolving,
): Promise<{ readonly certificate?: string; readonly key?: string }> {
  if (certificate === undefined && key === undefined) return {};
  if (certificate === undefined || key === undefined) {
    const missing = certificate === undefined ? "certificate" : "key";
    to.error(at, "missing-key", `${missing} is missing in ${nameOf(at)}`, "A certificate is of use with its key only.");
    return {};
  }
  const texts = [await read(certificate, [...at, "certificate"], to), await read(key, [...at, "key"], to)];
  const [certificateText, keyText] = texts;
  if (certificateText === undefined || keyText === undefined) return {};
  try {
    if (new X509Certificate(certificateText).checkPrivateKey(createPrivateKey(keyText))) {
      return { certificate: certificateText, key: keyText };
    }
  } catch {
    // Told below.
  }
  const message = `${certificate} and ${key} are no certificate with its private key`;
  to.error([...at, "certificate"], "certificate-invalid", message, "Both are PEM; the key has no passphrase.");
  return {};
}

async function read(file: string, at: KeyPath, to: Resolving): Promise<string | undefined> {
  try {
    return await to.readText(to.file(at, file));
  } catch (error) {
    const remedy = "Put it there as PEM, readable by this user only.";
    to.error(at, "file-unreadable", `${file} cannot be read: ${whyUnreadable(error)}`, remedy);
    return undefined;
  }
}
