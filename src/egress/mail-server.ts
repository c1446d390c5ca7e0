// The connection to a mail server: over TLS, unless it is this machine.
import type { createTransport } from "nodemailer";

const CONNECT_TIMEOUT_MS = 10_000;
const SOCKET_TIMEOUT_MS = 30_000;
const CONNECTIONS_MAX = 5;

export type MailServer = ReturnType<typeof createTransport>;

/** Loaded with the first message. */
export async function openMailServer(url: string, from: string): Promise<MailServer> {
  const { hostname } = new URL(url);
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  const mailer = await import("nodemailer");
  return mailer.createTransport(
    {
      url,
      pool: true,
      maxConnections: CONNECTIONS_MAX,
      requireTLS: !isLocal,
      tls: { rejectUnauthorized: true },
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    { from },
  );
}
