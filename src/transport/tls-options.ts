// TLS of the listener: 1.2 and 1.3, only suites with forward secrecy and AEAD (RFC 9325 4.2, RFC 8446).
import { constants, randomBytes } from "node:crypto";
import type { TlsOptions } from "node:tls";
import { type Limits, LIMITS } from "./limits.ts";

/** The three of TLS 1.3, and of TLS 1.2 only ECDHE with AEAD. The server's order counts. */
export const TLS_CIPHERS = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
] as const;

/** Hybrid post-quantum first (draft-ietf-tls-ecdhe-mlkem), then the usual curves. */
const GROUPS = "X25519MLKEM768:X25519:prime256v1:secp384r1";

/** For `tls.createServer`, `http2.createSecureServer` and `setSecureContext`, beside certificate and key. */
export function tlsServerOptions(limits: Limits = LIMITS): TlsOptions {
  return {
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    ciphers: TLS_CIPHERS.join(":"),
    honorCipherOrder: true,
    ecdhCurve: GROUPS,
    // Renegotiation lets a client spend the server's time (CVE-2011-1473), compression leaks secrets (CRIME).
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
    handshakeTimeout: limits.tlsHandshakeTimeoutMs,
    sessionTimeout: limits.tlsSessionSeconds,
    ALPNProtocols: ["h2", "http/1.1"],
  };
}

/** What a TLS server offers for its tickets. */
export interface TicketServer {
  setTicketKeys(keys: Buffer): unknown;
}

/**
 * Gives the server new ticket keys now and then: with the one key that Node keeps for the life of a process, whoever
 * gets it reads all sessions of TLS 1.2 that were resumed by ticket. Returns how to stop.
 */
export function rotateTicketKeys(server: TicketServer, lifetimeMs: number = LIMITS.tlsTicketKeyLifetimeMs): () => void {
  const rotate = () => void server.setTicketKeys(randomBytes(48));
  rotate();
  const timer = setInterval(rotate, lifetimeMs);
  timer.unref();
  return () => clearInterval(timer);
}
