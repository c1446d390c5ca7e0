// The limits as Node's servers take them: options for HTTP/1.1 and HTTP/2.
import type { ServerOptions } from "node:http";
import type { SecureServerOptions } from "node:http2";
import { type Limits, LIMITS } from "./limits.ts";

/** For `http.createServer`, and for the HTTP/1.1 side of `http2.createSecureServer`. */
export function http1ServerOptions(limits: Limits = LIMITS): ServerOptions {
  return {
    maxHeaderSize: limits.headBytesMax,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.connectionsCheckingIntervalMs,
    insecureHTTPParser: false,
    joinDuplicateHeaders: false,
    // A missing Host is refused by the settler, which records it; Node would answer without a word to anybody.
    requireHostHeader: false,
    // A request without a body is no stream to be read: neither guards nor the upstream ask for one.
    optimizeEmptyRequests: true,
    noDelay: true,
    keepAlive: true,
  };
}

/** The HTTP/2 side of `http2.createSecureServer`. */
export function http2ServerOptions(limits: Limits = LIMITS): SecureServerOptions {
  return {
    allowHTTP1: true,
    maxDeflateDynamicTableSize: limits.headerTableBytes,
    maxHeaderListPairs: limits.headerListPairsMax,
    maxSendHeaderBlockLength: limits.sentHeadBytesMax,
    maxOutstandingPings: limits.pingsMax,
    maxSessionMemory: limits.sessionMemoryMegabytes,
    maxSettings: limits.settingsEntriesMax,
    maxSessionInvalidFrames: limits.invalidFramesMax,
    maxSessionRejectedStreams: limits.rejectedStreamsMax,
    streamResetBurst: limits.resetFramesBurst,
    streamResetRate: limits.resetFramesPerSecond,
    unknownProtocolTimeout: limits.unknownProtocolTimeoutMs,
    strictFieldWhitespaceValidation: true,
    strictSingleValueFields: true,
    settings: {
      maxConcurrentStreams: limits.streamsMax,
      // RFC 9113 6.5.2 counts 32 bytes more for each field. The settler answers 431; here the stream would just be reset.
      maxHeaderListSize: limits.headBytesMax + 32 * limits.headerListPairsMax,
      headerTableSize: limits.headerTableBytes,
      initialWindowSize: limits.streamWindowBytes,
      enablePush: false,
      // Tunnels over streams (RFC 8441) are not served.
      enableConnectProtocol: false,
    },
  };
}
