// Who asks the administration, proven anew behind the gate: a token of ours for this audience, not revoked, of somebody who may right now.
import type { ReasonCode } from "../../../core/reasons/registry.ts";
import type { Actor } from "../../changes/change-log.ts";
import type { SignedTokenReader } from "../../provider/signed-token.ts";
import { ADMINISTRATOR_ROLE } from "../../roles/role-store.ts";
import type { Stores } from "../stores.ts";

export interface CallerRules {
  readonly issuer: string;
  readonly audience: string;
}

/** Whoever reaches the listener beside the gate meets this; whoever came through it, has been judged once more by what holds now. */
export class Callers {
  readonly #stores: Stores;
  readonly #rules: CallerRules;
  #read: SignedTokenReader = () => Promise.resolve(undefined);

  constructor(stores: Stores, rules: CallerRules) {
    this.#stores = stores;
    this.#rules = rules;
  }

  /** With the keys that are published now. */
  use(read: SignedTokenReader): void {
    this.#read = read;
  }

  /** The administrator, or why not. */
  async identify(authorization: string | undefined, scope: string): Promise<Actor | ReasonCode> {
    const [, scheme = "", token] = /^(Bearer|DPoP) ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? "") ?? [];
    if (token === undefined) return "authentication.credentials-missing";
    const claims = await this.#read(token);
    if (claims === undefined) return "authentication.signature-invalid";
    const { iss, aud, exp, sub, jti, client_id: clientId, scope: scopes } = claims;
    if (iss !== this.#rules.issuer) return "authentication.issuer-rejected";
    if (aud !== this.#rules.audience) return "authentication.audience-rejected";
    const isWhole = [sub, jti, clientId].every((name) => typeof name === "string" && name !== "");
    if (!isWhole || typeof exp !== "number" || typeof claims["iat"] !== "number")
      return "authentication.token-malformed";
    if (exp <= this.#stores.artifacts.nowSeconds()) return "authentication.token-expired";
    // Whether it was proven is the gate's to say: here a bound token is at least not taken for an unbound one.
    if ("cnf" in claims !== (scheme.toLowerCase() === "dpop")) return "authentication.proof-required";
    if (await this.#stores.revocations.concern(claims)) return "authentication.token-revoked";
    const granted = typeof scopes === "string" ? scopes.split(" ") : [];
    if (!granted.includes(scope)) return "authorization.scope-insufficient";
    if (sub === clientId) return this.#machine(sub as string, scope);
    return this.#person(sub as string, clientId as string, scope);
  }

  /** Its roles and scopes are those that it has now. */
  async #machine(id: string, scope: string): Promise<Actor | ReasonCode> {
    const client = await this.#stores.clients.find(id);
    if (client?.profile !== "machine") return "authentication.token-revoked";
    if (!client.settings.scopes.includes(scope)) return "authorization.scope-insufficient";
    if (client.settings.roles?.includes(ADMINISTRATOR_ROLE) !== true) return "authorization.role-missing";
    return { kind: "client", id };
  }

  async #person(id: string, clientId: string, scope: string): Promise<Actor | ReasonCode> {
    const { accounts, clients } = this.#stores;
    const [account, client, roles] = [await accounts.byId(id), await clients.find(clientId), await accounts.roles(id)];
    if (account?.status !== "active" || client === undefined) return "authentication.token-revoked";
    if (!client.settings.scopes.includes(scope)) return "authorization.scope-insufficient";
    return roles.includes(ADMINISTRATOR_ROLE) ? { kind: "account", id } : "authorization.role-missing";
  }
}
