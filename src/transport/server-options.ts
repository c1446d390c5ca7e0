// The limits as Node's servers take them: options for HTTP/1.1 and HTTP/2.
import type { ServerOptions } from "node:http";
import type { SecureServerOptions } from "node:http2";
import { LIMITS } from "./limits.ts";

/** For `http.createServer`, and for the HTTP/1.1 side of `http2.createSecureServer`. */
export function http1ServerOptions(): ServerOptions {
  return {
    maxHeaderSize: LIMITS.headBytesMax,
    headersTimeout: LIMITS.headersTimeoutMs,
    requestTimeout: LIMITS.requestTimeoutMs,
    keepAliveTimeout: LIMITS.keepAliveTimeoutMs,
    connectionsCheckingInterval: LIMITS.connectionsCheckingIntervalMs,
    insecureHTTPParser: false,
    joinDuplicateHeaders: false,
    // A missing Host is refused by the settler, which records it; Node would answer without a word to anybody.
    requireHostHeader: false,
    noDelay: true,
    keepAlive: true,
  };
}

/** The HTTP/2 side of `http2.createSecureServer`. */
export function http2ServerOptions(): SecureServerOptions {
  return {
    allowHTTP1: true,
    maxDeflateDynamicTableSize: LIMITS.headerTableBytes,
    maxHeaderListPairs: LIMITS.headerListPairsMax,
    maxOutstandingPings: LIMITS.pingsMax,
    maxSessionMemory: LIMITS.sessionMemoryMegabytes,
    maxSettings: LIMITS.settingsEntriesMax,
    maxSessionInvalidFrames: LIMITS.invalidFramesMax,
    maxSessionRejectedStreams: LIMITS.rejectedStreamsMax,
    streamResetBurst: LIMITS.streamResetsBurst,
    streamResetRate: LIMITS.streamResetsPerSecond,
    unknownProtocolTimeout: LIMITS.unknownProtocolTimeoutMs,
    strictFieldWhitespaceValidation: true,
    strictSingleValueFields: true,
    settings: {
      maxConcurrentStreams: LIMITS.streamsMax,
      // RFC 9113 6.5.2 counts 32 bytes more for each field. The settler answers 431; here the stream would just be reset.
      maxHeaderListSize: LIMITS.headBytesMax + 32 * LIMITS.headerListPairsMax,
      headerTableSize: LIMITS.headerTableBytes,
      initialWindowSize: LIMITS.streamWindowBytes,
      enablePush: false,
      // Tunnels over streams (RFC 8441) are not served.
      enableConnectProtocol: false,
    },
  };
}
