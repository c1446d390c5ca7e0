// Clients as administrators make, change and end them: whoever does it, by the same rules and with a change on record.
import { type Actor, differences } from "../changes/change-log.ts";
import { type ClientDraft, describedClient } from "../clients/client-draft.ts";
import {
  type ClientSecret,
  type IdentityClient,
  newSecret,
  SECRETS_MAX,
  takesSecrets,
} from "../clients/client-store.ts";
import type { ClientKey } from "../provider/client-keys.ts";
import { PROTOCOL_SCOPES } from "../provider/client-metadata.ts";
import { isRefusal, type Refusal, refuse } from "./refusal.ts";
import type { Stores, Together } from "./stores.ts";
import { versionOf } from "./version-of.ts";

/** A client as it is shown: its secrets by their names. */
export interface ShownClient {
  readonly id: string;
  readonly profile: IdentityClient["profile"];
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** Public keys that it signs with, in place of secrets. */
  readonly keys: readonly ClientKey[];
  readonly keptByConfiguration: boolean;
  readonly secrets: readonly { readonly id: string; readonly createdAt: string }[];
}

export interface MadeSecret {
  readonly id: string;
  /** Shown this once. */
  readonly secret: string;
}

export class ClientAdministration {
  readonly #stores: Stores;
  readonly #together: Together;
  readonly #nowSeconds: () => number;

  constructor(stores: Stores, together: Together) {
    this.#stores = stores;
    this.#together = together;
    this.#nowSeconds = () => stores.artifacts.nowSeconds();
  }

  async list(): Promise<readonly ShownClient[]> {
    return (await this.#stores.clients.all()).map(shown);
  }

  async find(id: string): Promise<ShownClient | Refusal> {
    const client = await this.#stores.clients.find(id);
    return client === undefined ? refuse("identity.client-unknown") : shown(client);
  }

  /** With its first secret, where it has one. */
  add(id: string, draft: ClientDraft, actor: Actor): Promise<{ client: ShownClient; secret?: MadeSecret } | Refusal> {
    return this.#together(async (stores) => {
      const { clients, changes } = stores;
      if ((await clients.find(id)) !== undefined) return refuse("identity.client-known");
      const described = await describedClient(id, draft, undefined, stores);
      if (isRefusal(described)) return described;
      await clients.put({ ...described, isDeclared: false });
      const after = recordOf({ ...described, secrets: [], isDeclared: false });
      await changes.write({ actor, what: "created", targetKind: "client", target: id, after });
      if (!takesSecrets(described)) return { client: await found(id, stores) };
      const secret = await this.#makeSecret(await known(id, stores), actor, stores);
      return { client: await found(id, stores), secret };
    });
  }

  /** `version`: of what the administrator saw; left out where nobody else can have changed it. */
  change(id: string, draft: ClientDraft, actor: Actor, version?: string): Promise<ShownClient | Refusal> {
    return this.#changed(id, version, async (before, stores) => {
      const described = await describedClient(id, draft, before, stores);
      if (isRefusal(described)) return described;
      const after = { ...before, ...described };
      const difference = differences(recordOf(before), recordOf(after));
      if (difference === undefined) return shown(before);
      await stores.clients.put(after);
      if (!takesSecrets(after)) await stores.clients.setSecrets(id, []);
      await endWhatWasLost(before, after, stores);
      await stores.changes.write({ actor, what: "changed", targetKind: "client", target: id, ...difference });
      return found(id, stores);
    });
  }

  /** Ends everything that it holds, too. */
  remove(id: string, actor: Actor, version?: string): Promise<ShownClient | Refusal> {
    return this.#changed(id, version, async (before, stores) => {
      await endClient(before, actor, stores);
      return shown(before);
    });
  }

  /** `rotates`: of two that there are, the older one ends. */
  addSecret(id: string, actor: Actor, rotates = false): Promise<MadeSecret | Refusal> {
    return this.#together(async (stores) => {
      const client = await stores.clients.find(id);
      if (client === undefined) return refuse("identity.client-unknown");
      if (!takesSecrets(client)) return refuse("identity.client-without-secrets");
      if (client.secrets.length >= SECRETS_MAX && !rotates) return refuse("identity.secrets-full");
      return this.#makeSecret(client, actor, stores);
    });
  }

  /** What was got by it ends as well: it may be known to somebody. */
  removeSecret(id: string, secretId: string, actor: Actor): Promise<ShownClient | Refusal> {
    return this.#together(async (stores) => {
      const client = await stores.clients.find(id);
      if (client === undefined) return refuse("identity.client-unknown");
      const left = client.secrets.filter((secret) => secret.id !== secretId);
      if (left.length === client.secrets.length) return refuse("identity.secret-unknown");
      await stores.clients.setSecrets(id, left);
      await stores.revocations.revokeClient(id);
      const state = { before: { secrets: idsOf(client.secrets) }, after: { secrets: idsOf(left) } };
      await stores.changes.write({ actor, what: "secret-removed", targetKind: "client", target: id, ...state });
      return found(id, stores);
    });
  }

  async #makeSecret(client: IdentityClient, actor: Actor, { clients, changes }: Stores): Promise<MadeSecret> {
    const { text, secret } = newSecret(this.#nowSeconds());
    const secrets = [secret, ...client.secrets].slice(0, SECRETS_MAX);
    await clients.setSecrets(client.id, secrets);
    const state = { before: { secrets: idsOf(client.secrets) }, after: { secrets: idsOf(secrets) } };
    await changes.write({ actor, what: "secret-added", targetKind: "client", target: client.id, ...state });
    return { id: secret.id, secret: text };
  }

  #changed(
    id: string,
    version: string | undefined,
    work: (before: IdentityClient, stores: Stores) => Promise<ShownClient | Refusal>,
  ): Promise<ShownClient | Refusal> {
    return this.#together(async (stores) => {
      const before = await stores.clients.find(id);
      if (before === undefined) return refuse("identity.client-unknown");
      if (before.isDeclared) return refuse("identity.kept-by-configuration", `It stands under identity.clients.${id}.`);
      if (version !== undefined && version !== versionOf(shown(before))) return refuse("identity.changed-meanwhile");
      return work(before, stores);
    });
  }
}

/** Also of clients that the configuration no longer names. */
export async function endClient(client: IdentityClient, actor: Actor, stores: Stores): Promise<void> {
  const { id } = client;
  await stores.clients.remove(id);
  await stores.artifacts.removeByClient(id);
  await stores.revocations.revokeClient(id);
  await stores.changes.write({ actor, what: "removed", targetKind: "client", target: id, before: recordOf(client) });
}

/** Where it may do something no longer that it could: its access tokens, and what would give it others that still can. */
export async function endWhatWasLost(
  before: IdentityClient,
  after: IdentityClient,
  { artifacts, revocations }: Stores,
): Promise<void> {
  const isOther = before.profile !== after.profile;
  const lostScopes = lost(before.settings.scopes, after.settings.scopes);
  const isLess =
    isOther ||
    lostScopes.length > 0 ||
    lost(before.settings.roles, after.settings.roles).length > 0 ||
    // Somebody else may have it.
    lost(namesOfKeys(before), namesOfKeys(after)).length > 0;
  if (isLess) await revocations.revokeClient(after.id);
  // Scopes of an API are looked up for each token; what codes and refresh tokens say about the account is not.
  if (isOther || lostScopes.some((scope) => PROTOCOL_SCOPES.includes(scope))) await artifacts.removeByClient(after.id);
}

function lost(before: readonly string[] = [], after: readonly string[] = []): readonly string[] {
  return before.filter((name) => !after.includes(name));
}

function namesOfKeys({ settings: { keys = [] } }: IdentityClient): readonly string[] {
  return keys.map((key) => JSON.stringify(key));
}

function shown({ id, profile, name, settings, secrets, isDeclared }: IdentityClient): ShownClient {
  return {
    id,
    profile,
    name,
    redirectUris: settings.redirectUris,
    postLogoutRedirectUris: settings.postLogoutRedirectUris,
    scopes: settings.scopes,
    roles: settings.roles ?? [],
    keys: settings.keys ?? [],
    keptByConfiguration: isDeclared,
    secrets: secrets.map((secret) => ({ id: secret.id, createdAt: new Date(secret.createdAt * 1000).toISOString() })),
  };
}

/** What of a client goes on record: no secret and no hash of one. */
export function recordOf(client: IdentityClient): Readonly<Record<string, unknown>> {
  const { id: _, secrets, ...rest } = shown(client);
  return { ...rest, secrets: secrets.map(({ id }) => id) };
}

function idsOf(secrets: readonly ClientSecret[]): readonly string[] {
  return secrets.map(({ id }) => id);
}

async function known(id: string, { clients }: Stores): Promise<IdentityClient> {
  return (await clients.find(id)) as IdentityClient;
}

async function found(id: string, stores: Stores): Promise<ShownClient> {
  return shown(await known(id, stores));
}
