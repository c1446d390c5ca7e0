// Who called and over what: the part of a record that is the same for a caller's next request, made once and kept.
import type { Exchange } from "../core/exchange.ts";
import type { Principal } from "../core/principal.ts";
import { quoted } from "./escaping.ts";
import { clientJson, type IdentityFields } from "./identity-fields.ts";
import { maskedField } from "./masking.ts";
import { wireText } from "./wire-text.ts";

const USER_AGENT_CHARACTERS_MAX = 256;
const USER_AGENTS_MAX = 256;
const ADDRESS = /^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$/;

interface Caller {
  readonly clientAddress: string;
  readonly peerAddress: string;
  readonly tlsVersion: string | undefined;
  readonly tlsCipher: string | undefined;
  readonly agent: string | undefined;
  readonly json: Buffer;
}

export class CallerFields {
  readonly #identities: IdentityFields;
  /** By credential, the caller as last seen with it. */
  readonly #callers = new WeakMap<Principal, Caller>();
  /** Judging a user agent costs more than finding it again; the map is emptied when full. */
  readonly #agents = new Map<string, string>();

  constructor(identities: IdentityFields) {
    this.#identities = identities;
  }

  /** `client`, `source`, `tls`, `user`, `user_agent`, and the begin of `portcullis` with its `authentication`. */
  json(exchange: Exchange): Buffer {
    const { request, principal } = exchange;
    const agent = request.fields.get("user-agent");
    const last = this.#callers.get(principal);
    if (
      last !== undefined &&
      last.clientAddress === request.clientAddress &&
      last.peerAddress === request.peerAddress &&
      last.agent === agent &&
      last.tlsVersion === exchange.tlsVersion &&
      last.tlsCipher === exchange.tlsCipher
    ) {
      return last.json;
    }
    const identity = this.#identities.of(principal);
    const json = Buffer.from(
      `"client":{${addressJson(request.clientAddress)}},"source":{${addressJson(request.peerAddress)}},` +
        tlsJson(exchange.tlsVersion, exchange.tlsCipher) +
        identity.user +
        (agent === undefined ? "" : this.#agent(agent)) +
        `"portcullis":{${identity.authentication}`,
    );
    this.#callers.set(principal, {
      clientAddress: request.clientAddress,
      peerAddress: request.peerAddress,
      tlsVersion: exchange.tlsVersion,
      tlsCipher: exchange.tlsCipher,
      agent,
      json,
    });
    return json;
  }

  #agent(agent: string): string {
    let json = this.#agents.get(agent);
    if (json === undefined) {
      json = `"user_agent":{"original":${quoted(maskedField(wireText(agent)), USER_AGENT_CHARACTERS_MAX)}},`;
      if (this.#agents.size >= USER_AGENTS_MAX) this.#agents.clear();
      this.#agents.set(agent, json);
    }
    return json;
  }
}

/** Where the authorization server refused one of its clients: no `kind`, as nothing was proven. */
export function claimedClientJson({ refusedBehind, principal }: Exchange): string {
  if (refusedBehind?.client === undefined || principal.kind !== "anonymous") return "";
  return `"authentication":{${clientJson(refusedBehind.client)}},`;
}

/** `ip` has a type of its own in indexes: an event with anything else in it would be refused whole. */
export function addressJson(text: string): string {
  if (ADDRESS.test(text)) return `"ip":"${text}"`;
  return `"address":${quoted(text, 64)}`;
}

function tlsJson(version: string | undefined, cipher: string | undefined): string {
  if (version === undefined) return "";
  const suite = cipher === undefined ? "" : `,"cipher":${quoted(cipher, 64)}`;
  const number = version.startsWith("TLSv") ? version.slice(4) : version;
  return `"tls":{"version":${quoted(number, 16)},"version_protocol":"tls"${suite}},`;
}
