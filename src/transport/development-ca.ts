// A local authority, made once for this user, and a certificate of it for localhost: https from the first minute.
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  X509Certificate,
} from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { normalizeAddress } from "../http/addresses.ts";
import { certificateProblem } from "./certificate-problem.ts";
import type { CertificateMaterial } from "./certificates.ts";
import { isDevelopmentName, issueAuthority, issueServer } from "./x509.ts";

export interface DevelopmentCertificateOptions {
  /** See `developmentFolder`. Made when absent, for this user only. */
  readonly folder: string;
  /** Further names and addresses, beside localhost, 127.0.0.1 and ::1. */
  readonly names?: readonly string[];
  readonly nowMs: number;
}

export interface DevelopmentCertificate {
  readonly material: CertificateMaterial;
  readonly names: readonly string[];
  readonly notAfterMs: number;
  /** When to ask again: it is renewed then. */
  readonly renewAtMs: number;
  /** The authority's certificate, to be trusted. */
  readonly authorityFile: string;
  /** Whether the authority was made just now: then it is trusted nowhere yet. */
  readonly authorityIsNew: boolean;
}

const DAY_MS = 86_400_000;
const AUTHORITY_LIFETIME_MS = 3_650 * DAY_MS;
/** Short, since nothing has to be done for a new one. */
const SERVER_LIFETIME_MS = 90 * DAY_MS;
const RENEWED_BEFORE_MS = 30 * DAY_MS;
/** Clocks of virtual machines and containers differ. */
const BACKDATED_MS = 3_600_000;

interface Authority {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

/** Where this user's authority lives: by the platform's custom, `$XDG_DATA_HOME/portcullis` on Linux. */
export function developmentFolder(env: NodeJS.ProcessEnv, home: string, platform: NodeJS.Platform): string {
  const xdg = env["XDG_DATA_HOME"];
  if (xdg !== undefined && path.isAbsolute(xdg)) return path.join(xdg, "portcullis");
  if (platform === "darwin") return path.join(home, "Library", "Application Support", "portcullis");
  if (platform === "win32") return path.join(env["LOCALAPPDATA"] ?? path.join(home, "AppData", "Local"), "portcullis");
  return path.join(home, ".local", "share", "portcullis");
}

/** Gives the certificate that is there while it is good for long enough, else a new one. Safe beside other processes. */
export async function developmentCertificate(options: DevelopmentCertificateOptions): Promise<DevelopmentCertificate> {
  const { folder, nowMs } = options;
  const names = allNames(options.names ?? []);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const place = path.join(folder, "authority");
  const existing = await readAuthority(place, nowMs);
  const authority = existing ?? (await makeAuthority(place, nowMs));
  const fingerprint = authority.certificate.fingerprint256;
  const mark = createHash("sha256")
    .update([fingerprint, ...names].join("\n"))
    .digest("hex")
    .slice(0, 16);
  const file = path.join(folder, `server-${mark}.pem`);
  const pem = (await readServer(file, authority, nowMs)) ?? (await makeServer(file, names, authority, nowMs));
  const notAfterMs = new X509Certificate(pem).validToDate.getTime();
  return {
    // One file holds both, so that they always belong together.
    material: {
      cert: pem.slice(0, pem.indexOf("-----BEGIN PRIVATE")),
      key: pem.slice(pem.indexOf("-----BEGIN PRIVATE")),
    },
    names,
    notAfterMs,
    renewAtMs: notAfterMs - RENEWED_BEFORE_MS,
    authorityFile: path.join(place, "ca.crt"),
    authorityIsNew: existing === undefined,
  };
}

function allNames(further: readonly string[]): string[] {
  const names = new Set(["localhost", "127.0.0.1", "::1"]);
  for (const given of further) {
    const lower = given.toLowerCase();
    const name = normalizeAddress(lower) ?? lower;
    if (!isDevelopmentName(name)) {
      throw certificateProblem(
        "development-name-refused",
        `The development certificate cannot be for "${given}".`,
        "Its authority is for localhost, *.test, *.local, *.internal and private addresses only. For other names give transport.tls a certificate and key.",
      );
    }
    names.add(name);
  }
  return [...names].sort();
}

async function readAuthority(place: string, nowMs: number): Promise<Authority | undefined> {
  const keyFile = path.join(place, "ca.key");
  let pem: string;
  let keyPem: string;
  try {
    [pem, keyPem] = await Promise.all([readFile(path.join(place, "ca.crt"), "utf8"), readFile(keyFile, "utf8")]);
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
  await refuseExposed(keyFile);
  let authority: Authority;
  try {
    authority = { certificate: new X509Certificate(pem), key: createPrivateKey(keyPem) };
  } catch {
    throw broken(place);
  }
  if (!authority.certificate.checkPrivateKey(authority.key)) throw broken(place);
  if (authority.certificate.validToDate.getTime() < nowMs + SERVER_LIFETIME_MS) {
    await rename(place, `${place}-ended-${nowMs}`);
    return undefined;
  }
  return authority;
}

function broken(place: string): Error {
  return certificateProblem(
    "development-authority-broken",
    `${place}: the development authority is damaged.`,
    `Remove it (rm -r '${place}'): a new one is made at the next start, and must be trusted anew.`,
  );
}

/** Who has the key can pass for any local server: one that others could read is not used. */
async function refuseExposed(keyFile: string): Promise<void> {
  if (process.platform === "win32") return;
  const { mode } = await stat(keyFile);
  if ((mode & 0o077) === 0) return;
  throw certificateProblem(
    "development-authority-exposed",
    `${keyFile}: others on this machine can read the development authority's key.`,
    `Remove '${path.dirname(keyFile)}' and stop trusting it: a new authority is made at the next start.`,
  );
}

/** Appears whole or not at all. Where another process was faster, its authority is taken. */
async function makeAuthority(place: string, nowMs: number): Promise<Authority> {
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const commonName = `Portcullis development authority ${randomBytes(4).toString("hex")}`;
  const validity = { notBeforeMs: nowMs - BACKDATED_MS, notAfterMs: nowMs + AUTHORITY_LIFETIME_MS };
  const pem = issueAuthority(commonName, key, validity);
  const draft = await mkdtemp(`${place}-new-`);
  await writeFile(path.join(draft, "ca.key"), exported(key), { mode: 0o600, flag: "wx" });
  await writeFile(path.join(draft, "ca.crt"), pem, { mode: 0o644, flag: "wx" });
  try {
    await rename(draft, place);
  } catch (error) {
    await rm(draft, { recursive: true });
    const other = await readAuthority(place, nowMs);
    if (other === undefined) throw error;
    return other;
  }
  return { certificate: new X509Certificate(pem), key };
}

async function readServer(file: string, authority: Authority, nowMs: number): Promise<string | undefined> {
  try {
    const pem = await readFile(file, "utf8");
    const certificate = new X509Certificate(pem);
    const good =
      certificate.checkPrivateKey(createPrivateKey(pem)) && certificate.verify(authority.certificate.publicKey);
    return good && certificate.validToDate.getTime() - nowMs > RENEWED_BEFORE_MS ? pem : undefined;
  } catch {
    return undefined;
  }
}

async function makeServer(
  file: string,
  names: readonly string[],
  authority: Authority,
  nowMs: number,
): Promise<string> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const commonName = authority.certificate.subject.replace(/^CN=/, "");
  const validity = { notBeforeMs: nowMs - BACKDATED_MS, notAfterMs: nowMs + SERVER_LIFETIME_MS };
  const pem = issueServer(names, publicKey, { commonName, key: authority.key }, validity) + exported(privateKey);
  const draft = `${file}.${randomBytes(4).toString("hex")}`;
  await writeFile(draft, pem, { mode: 0o600, flag: "wx" });
  await rename(draft, file);
  return pem;
}

function exported(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }) as string;
}
