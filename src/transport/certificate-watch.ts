// Takes over a renewed certificate while the gateway runs, and keeps the old one when the new one is not good.
import type { Clock } from "../core/clock.ts";
import { type CertificateFiles, type LoadedCertificate, loadCertificate } from "./certificates.ts";
import { fileStamp } from "./file-stamp.ts";

export interface CertificateWatchOptions {
  readonly files: CertificateFiles;
  readonly clock: Clock;
  /** Called with each new certificate that passed all checks. */
  readonly onRenewed: (loaded: LoadedCertificate) => void;
  /** Called once for each change that could not be taken over; the certificate in use stays. */
  readonly onFailed: (error: Error) => void;
  readonly intervalMs?: number;
}

export interface CertificateWatch {
  /** Looks now. Resolves to whether a new certificate was taken over. */
  look(): Promise<boolean>;
  /**
   * Judges now what differs from the certificate in use, as on SIGHUP, where whoever asks waits for the answer: nothing is
   * tried again. Resolves to what takes it over, undefined where nothing differs; rejects with what is wrong with it.
   */
  renewal(): Promise<(() => void) | undefined>;
  close(): void;
}

/**
 * Files are looked at by time rather than by events: symbolic links that are exchanged (certbot, Kubernetes) and network
 * file systems give no events that can be relied on.
 */
const LOOKED_EVERY_MS = 10_000;

/** A pair is renewed file by file: a mismatch is tried again so often before it counts as failed. */
const TRIES = 3;

/** The files were loaded before: only what changes from now on is taken over. */
export async function watchCertificate(options: CertificateWatchOptions): Promise<CertificateWatch> {
  const { files, clock, onRenewed, onFailed } = options;
  let used = await stamp(files);
  let seen = used;
  let tries = 0;
  let looking: Promise<boolean> | undefined;

  const take = (loaded: LoadedCertificate, at: string): void => {
    used = at;
    seen = at;
    tries = 0;
    onRenewed(loaded);
  };
  const check = async (): Promise<boolean> => {
    const now = await stamp(files);
    if (now === seen) return false;
    try {
      const loaded = await loadCertificate(files, clock.nowMs());
      take(loaded, now);
      return true;
    } catch (error) {
      tries += 1;
      if (tries < TRIES) return false;
      seen = now;
      tries = 0;
      onFailed(error as Error);
      return false;
    }
  };
  const look = (): Promise<boolean> =>
    (looking ??= check().finally(() => {
      looking = undefined;
    }));
  const renewal = async (): Promise<(() => void) | undefined> => {
    const now = await stamp(files);
    if (now === used) return undefined;
    try {
      const loaded = await loadCertificate(files, clock.nowMs());
      return () => take(loaded, now);
    } catch (error) {
      // Told to whoever asked: later looks need not tell it again, unless the files change once more.
      seen = now;
      tries = 0;
      throw error;
    }
  };
  const timer = setInterval(() => void look(), options.intervalMs ?? LOOKED_EVERY_MS);
  timer.unref();
  return { look, renewal, close: () => clearInterval(timer) };
}

async function stamp({ certificate, key }: CertificateFiles): Promise<string> {
  return `${await fileStamp(certificate)} ${await fileStamp(key)}`;
}
