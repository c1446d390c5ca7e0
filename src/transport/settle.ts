// Settles once, for everybody after it, what a request asks for: method, target, fields, host, client; or refuses it.
import type { RequestHead } from "../core/exchange.ts";
import { type Denial, deny } from "../core/outcome.ts";
import { AddressSet, AddressSetError } from "../http/address-set.ts";
import { type FieldLines, Fields } from "../http/fields.ts";
import { judgeTarget, TARGET_FAULTS } from "../http/target.ts";
import { equalsIgnoringCase } from "../http/tokens.ts";
import { ProblemsError } from "../openapi/located.ts";
import { hostEnd, KnownAuthorities } from "./authority.ts";
import { type Client, ClientFinder, type ForwardingField, peerOf } from "./client-address.ts";
import { LIMITS } from "./limits.ts";
import { overridesMethod } from "./method-override.ts";
import { RequestFieldsReader } from "./request-fields.ts";

/** A request's head as the server or framework gives it, nothing decoded, joined or dropped. */
export interface IncomingHead {
  method: string;
  target: string;
  rawFields: FieldLines;
  /** `unknown` is any other version over an HTTP/1 connection. */
  protocol: RequestHead["protocol"] | "unknown";
  /** HTTP/2: `:scheme`. */
  scheme?: string;
  /** Whether this hop is TLS. */
  secure: boolean;
  peerAddress: string;
  /** HTTP/2: whether the stream is still open after its head. */
  hasBody?: boolean;
  /** HTTP/2: `:authority`. */
  authority?: string;
}

export interface SettlerOptions {
  /** Addresses and networks of the proxies in front. Their word about clients is believed, nobody else's. */
  readonly trustedProxies: readonly string[];
  /** The field in which those proxies name the client; only this one is read. Default `x-forwarded-for`. */
  readonly clientAddressField?: ForwardingField | undefined;
  /** Hosts that this server answers for (421 for others): `api.example.com` with any port, or with its port. */
  readonly authorities?: readonly string[] | undefined;
  /** The listener is behind proxies that end TLS: what they do not call https is refused, and so is who goes around them. */
  readonly httpsRequired?: boolean | undefined;
  /** Allows semicolons in paths: for documents with `style: matrix` path parameters only. Default false. */
  readonly pathParameters?: boolean | undefined;
  readonly targetLengthMax?: number | undefined;
  readonly fieldsMax?: number | undefined;
  readonly headBytesMax?: number | undefined;
}

export interface Settler {
  (incoming: IncomingHead): RequestHead | Denial;
  /** Who sent a request that is refused, for its record: the peer where nobody who is trusted says otherwise. */
  readonly clientOf: (incoming: IncomingHead) => Client;
}

/** CONNECT opens tunnels, TRACE echoes credentials; others nobody declared (F12). OpenAPI 3.2 knows QUERY. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"]);

/** Throws ProblemsError where the options are wrong. The settler never throws and keeps nothing of a request. */
export function createSettler(options: SettlerOptions): Settler {
  const clients = new ClientFinder(trustedSet(options.trustedProxies), options.clientAddressField ?? "x-forwarded-for");
  const known = options.authorities === undefined ? undefined : new KnownAuthorities(options.authorities);
  const pathParameters = options.pathParameters ?? false;
  const httpsRequired = options.httpsRequired ?? false;
  const targetLengthMax = options.targetLengthMax ?? LIMITS.targetLengthMax;
  const reader = new RequestFieldsReader({
    fieldsMax: options.fieldsMax ?? LIMITS.fieldsMax,
    headBytesMax: options.headBytesMax ?? LIMITS.headBytesMax,
  });

  const settle = (incoming: IncomingHead): RequestHead | Denial => {
    const { method, target, protocol, peerAddress } = incoming;
    if (protocol === "unknown") return deny("transport.version-not-supported");
    if (incoming.scheme !== undefined && incoming.scheme !== "https") {
      return deny("transport.fields-invalid", { internal: ":scheme is not https" });
    }
    if (!METHODS.has(method)) return deny("transport.method-not-supported");
    if (target.length > targetLengthMax) return deny("transport.target-too-long");
    const queryAt = judgeTarget(target, pathParameters);
    if (typeof queryAt === "string") {
      return deny("transport.target-invalid", { detail: TARGET_FAULTS[queryAt], internal: queryAt });
    }
    const denial = reader.read(incoming.rawFields, protocol);
    if (denial !== undefined) return denial;
    const query = queryAt === target.length ? undefined : target.slice(queryAt + 1);
    // Rails and Laravel ask that it is a POST, WordPress does not.
    if (query !== undefined && overridesMethod(query)) {
      return deny("transport.method-override", { internal: "_method" });
    }

    const authority = incoming.authority ?? reader.host;
    if (authority === undefined) return deny("transport.fields-invalid", { internal: "no host" });
    const end = hostEnd(authority);
    if (end < 0) return deny("transport.fields-invalid", { internal: "host is invalid" });
    if (reader.host !== undefined && reader.host !== authority && !sameAuthority(reader.host, authority)) {
      return deny("transport.fields-invalid", { internal: "host and :authority differ" });
    }
    if (known !== undefined && !known.has(authority, end)) return deny("transport.authority-unknown");

    const { contentLength } = reader;
    // Clients that leave a stream open over HTTP/2 to send nothing on it say so by a length of 0.
    const isOpen = incoming.hasBody === true && contentLength !== 0;
    const hasBody = isOpen || (incoming.hasBody === undefined && (reader.chunked || (contentLength ?? 0) > 0));
    if (!hasBody && contentLength !== undefined && contentLength > 0) {
      return deny("transport.framing-invalid", { internal: "a length without a body" });
    }

    const fields = new Fields(incoming.rawFields, reader.names);
    let secure = incoming.secure;
    let clientAddress: string;
    let clientAddressFrom: RequestHead["clientAddressFrom"] = "peer";
    if (clients.believes(peerAddress)) {
      const client = clients.find(peerAddress, fields);
      if (client === undefined)
        return deny("transport.fields-invalid", { internal: "a trusted proxy's client address" });
      clientAddress = client.address;
      clientAddressFrom = client.from;
      secure = client.secure ?? secure;
    } else {
      clientAddress = peerOf(peerAddress);
    }
    if (httpsRequired && !secure) {
      const internal = clientAddressFrom === "peer" ? "not over a trusted proxy" : "the proxy does not say https";
      return deny("transport.https-required", { internal });
    }

    return {
      method,
      target,
      path: query === undefined && queryAt === target.length ? target : target.slice(0, queryAt),
      query,
      fields,
      protocol,
      secure,
      authority,
      peerAddress,
      clientAddress,
      clientAddressFrom,
      hasBody,
      contentLength,
    };
  };
  const clientOf = ({ peerAddress, rawFields }: IncomingHead): Client => {
    const named = clients.believes(peerAddress) ? clients.find(peerAddress, new Fields(rawFields)) : undefined;
    return named ?? { address: peerOf(peerAddress), from: "peer", secure: undefined };
  };
  return Object.assign(settle, { clientOf });
}

function sameAuthority(host: string, authority: string): boolean {
  return equalsIgnoringCase(host, authority.toLowerCase());
}

function trustedSet(entries: readonly string[]): AddressSet {
  try {
    return new AddressSet(entries);
  } catch (error) {
    if (!(error instanceof AddressSetError)) throw error;
    throw new ProblemsError([
      {
        severity: "error",
        rule: "transport.trusted-proxy-invalid",
        message: error.message,
        remedy:
          "List in transport.trustedProxies the addresses or networks of the proxies in front, and of nobody else.",
        position: undefined,
      },
    ]);
  }
}
