// The listener's certificate: from files or of the development authority, and how it is renewed while the gateway runs.
import { homedir } from "node:os";
import type { SecureContextOptions } from "node:tls";
import type { TransportSettings } from "../configuration/settings.ts";
import { systemClock } from "../core/clock.ts";
import type { Recorder } from "../core/record.ts";
import type { Problem } from "../openapi/located.ts";
import { loadCertificate } from "../transport/certificates.ts";
import { type CertificateWatch, watchCertificate } from "../transport/certificate-watch.ts";
import { developmentCertificate, developmentFolder } from "../transport/development-ca.ts";

export type CertificateSettings = Pick<TransportSettings, "tls" | "publicUrl">;
export type Renew = (material: SecureContextOptions) => void;

export interface ListenerCertificate {
  readonly material: SecureContextOptions | undefined;
  /** The authority to trust where it is a development certificate. */
  readonly authorityFile?: string;
  /** What is not well with it, but does not stop. */
  readonly warnings: readonly Problem[];
  /** Renews it on the running gateway from now on. */
  follow(renew: Renew): Promise<void> | void;
  /** What takes over a renewed one, looked for now; rejects with what is wrong with it. */
  renewal(): Promise<(() => void) | undefined>;
  close(): void;
}

/** Throws ProblemsError where it cannot be used. */
export async function openCertificate(
  settings: CertificateSettings,
  recorder: Recorder,
  folder: string | undefined,
): Promise<ListenerCertificate> {
  const { tls, publicUrl } = settings;
  if (tls.kind === "development") return openDevelopment(publicUrl, folder);
  const nothing = () => undefined;
  const renewal = () => Promise.resolve(undefined);
  if (tls.kind !== "files") {
    return { material: undefined, warnings: [], follow: nothing, renewal, close: nothing };
  }
  const loaded = await loadCertificate(tls, systemClock.nowMs(), publicUrl);
  let watch: CertificateWatch | undefined;
  return {
    material: loaded.material,
    warnings: loaded.warnings,
    follow: async (renew) => {
      watch = await watchCertificate({
        files: tls,
        clock: systemClock,
        onRenewed: ({ material }) => {
          renew(material);
          const message = "a new certificate is in use";
          recorder.system({ action: "transport.certificate-renewed", level: "info", message });
        },
        onFailed: (error) =>
          recorder.system({ action: "transport.certificate-refused", level: "error", message: error.message }),
      });
    },
    renewal: async () => watch?.renewal(),
    close: () => watch?.close(),
  };
}

/** Whether both mean the same certificate. */
export function isSameCertificate(one: CertificateSettings, other: CertificateSettings): boolean {
  const essence = ({ tls, publicUrl }: CertificateSettings) =>
    JSON.stringify(tls.kind === "development" ? [tls, publicUrl] : tls);
  return essence(one) === essence(other);
}

/** Longer times than a timer can hold are taken in steps. */
const RENEWAL_STEP_MS = { min: 60_000, max: 86_400_000 };

async function openDevelopment(publicUrl: string | undefined, named: string | undefined): Promise<ListenerCertificate> {
  const folder = named ?? developmentFolder(process.env, homedir(), process.platform);
  const names = publicUrl === undefined ? [] : [new URL(publicUrl).hostname];
  const make = () => developmentCertificate({ folder, names, nowMs: systemClock.nowMs() });
  const own = await make();
  let timer: NodeJS.Timeout | undefined;
  const renewLater = (renew: Renew, atMs: number) => {
    const waitMs = Math.min(Math.max(atMs - systemClock.nowMs(), RENEWAL_STEP_MS.min), RENEWAL_STEP_MS.max);
    timer = setTimeout(() => {
      void make().then(
        (next) => {
          renew(next.material);
          renewLater(renew, next.renewAtMs);
        },
        () => renewLater(renew, 0),
      );
    }, waitMs).unref();
  };
  return {
    material: own.material,
    authorityFile: own.authorityFile,
    warnings: [],
    follow: (renew) => renewLater(renew, own.renewAtMs),
    renewal: () => Promise.resolve(undefined),
    close: () => clearTimeout(timer),
  };
}
