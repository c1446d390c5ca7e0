// What account holders allowed to clients, and how they take it back: grants, with every code and token that came of them.
import type { ArtifactPayload, ArtifactStore } from "../artifacts/artifact-store.ts";
import type { ClientStore } from "../clients/client-store.ts";
import { inTransaction } from "../database.ts";
import { ACCOUNT_CLIENT } from "../provider/account-client.ts";
import type { Revocations } from "../revocation/revocations.ts";

export interface Consent {
  readonly clientId: string;
  readonly clientName: string;
  readonly scopes: readonly string[];
  readonly since: number;
}

const MODEL = "Grant";

export class Consents {
  readonly #artifacts: ArtifactStore;
  readonly #clients: ClientStore;
  readonly #revocations: Revocations;

  constructor(artifacts: ArtifactStore, clients: ClientStore, revocations: Revocations) {
    this.#artifacts = artifacts;
    this.#clients = clients;
    this.#revocations = revocations;
  }

  /** One for each client, by name: in several sessions it may have been allowed different things. */
  async list(accountId: string): Promise<readonly Consent[]> {
    const byClient = new Map<string, { scopes: Set<string>; since: number }>();
    for (const grant of await this.#grantsOf(accountId)) {
      const { clientId } = grant;
      if (clientId === undefined || clientId === ACCOUNT_CLIENT) continue;
      const since = grant["iat"] as number;
      const known = byClient.get(clientId) ?? { scopes: new Set<string>(), since };
      for (const scope of scopesOf(grant)) known.scopes.add(scope);
      byClient.set(clientId, { scopes: known.scopes, since: Math.min(known.since, since) });
    }
    const consents = await Promise.all(
      [...byClient].map(async ([clientId, { scopes, since }]) => {
        const clientName = (await this.#clients.find(clientId))?.name ?? clientId;
        return { clientId, clientName, scopes: [...scopes].sort(), since };
      }),
    );
    return consents.sort((a, b) => a.clientName.localeCompare(b.clientName));
  }

  /** Whether there was any. Its refresh tokens end at once, its access tokens as soon as the gates hear of it. */
  async revoke(accountId: string, clientId: string): Promise<boolean> {
    const grants = (await this.#grantsOf(accountId)).filter((grant) => grant.clientId === clientId);
    if (grants.length === 0) return false;
    await inTransaction(this.#artifacts.database, async (queries) => {
      for (const grant of grants) {
        await this.#revocations.revokeGrant(grant["jti"] as string, queries);
        await this.#artifacts.removeGrant(grant["jti"] as string, queries);
      }
    });
    return true;
  }

  async #grantsOf(accountId: string): Promise<readonly ArtifactPayload[]> {
    const stored = await this.#artifacts.byAccount(MODEL, accountId);
    return stored.map((artifact) => this.#artifacts.open(artifact)).filter((grant) => grant !== undefined);
  }
}

/** Scopes about the account, and those of APIs. */
function scopesOf(grant: ArtifactPayload): readonly string[] {
  const { scope = "" } = (grant["openid"] ?? {}) as { scope?: string };
  const resources = (grant["resources"] ?? {}) as Readonly<Record<string, string>>;
  return [scope, ...Object.values(resources)].flatMap((text) => text.split(" ")).filter((text) => text !== "");
}
