// The transport practice: what a user of `portcullis/transport` needs.
export { addressKey, normalizeAddress } from "../http/addresses.ts";
export { answerGuard, type AnswerGuardOptions } from "./answer-guard.ts";
export { type CertificateWatch, type CertificateWatchOptions, watchCertificate } from "./certificate-watch.ts";
export {
  type CertificateFiles,
  type CertificateMaterial,
  type LoadedCertificate,
  loadCertificate,
} from "./certificates.ts";
export {
  type DevelopmentCertificate,
  developmentCertificate,
  type DevelopmentCertificateOptions,
  developmentFolder,
} from "./development-ca.ts";
export { corsGuard, type CorsRules, preflightGuard } from "./cors.ts";
export { forwardedLines, type ForwardingOptions } from "./forwarding.ts";
export { LIMITS } from "./limits.ts";
export { type PlainAnswer, redirectAnswer } from "./redirect.ts";
export { http1ServerOptions, http2ServerOptions } from "./server-options.ts";
export { createSettler, type IncomingHead, type Settler, type SettlerOptions } from "./settle.ts";
export { rotateTicketKeys, TLS_CIPHERS, tlsServerOptions } from "./tls-options.ts";
export { type TrustCommands, trustCommands } from "./trust-commands.ts";
