// Reads the certificates of authorities that a setting names: the only ones that its connections are verified against.
import { X509Certificate } from "node:crypto";
import { whyUnreadable } from "../error-code.ts";
import type { KeyPath } from "../source.ts";
import type { Resolving } from "./resolving.ts";

/** Their PEM; undefined, with the problem noted, where the file holds none. */
export async function readAuthorities(file: string, at: KeyPath, to: Resolving): Promise<string | undefined> {
  let pem: string;
  try {
    pem = await to.readText(to.file(at, file));
  } catch (error) {
    const remedy = "Put the certificate of the authority there, as PEM.";
    to.error(at, "file-unreadable", `${file} cannot be read: ${whyUnreadable(error)}`, remedy);
    return undefined;
  }
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    const authorities = blocks.map((block) => new X509Certificate(block));
    if (authorities.length > 0) return pem;
  } catch {
    // Told below.
  }
  const remedy = "PEM begins with -----BEGIN CERTIFICATE-----. `openssl x509 -in FILE -noout` must accept it.";
  to.error(at, "certificate-invalid", `${file} holds no certificate in PEM form`, remedy);
  return undefined;
}
