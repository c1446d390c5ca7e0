// The protocol core's port to clients: it reads them, and makes none by itself.
import type { Adapter, AdapterPayload } from "oidc-provider";
import type { ClientStore } from "../clients/client-store.ts";
import { ACCOUNT_CLIENT, accountClientMetadata } from "./account-client.ts";
import { clientMetadata } from "./client-metadata.ts";

export class ClientAdapter implements Adapter {
  readonly #clients: ClientStore;
  readonly #issuer: string;

  constructor(clients: ClientStore, issuer: string) {
    this.#clients = clients;
    this.#issuer = issuer;
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    if (id === ACCOUNT_CLIENT) return accountClientMetadata(this.#issuer);
    const client = await this.#clients.find(id);
    return client === undefined ? undefined : clientMetadata(client);
  }

  upsert(): Promise<void> {
    return neverAsked();
  }

  findByUid(): Promise<undefined> {
    return neverAsked();
  }

  findByUserCode(): Promise<undefined> {
    return neverAsked();
  }

  consume(): Promise<void> {
    return neverAsked();
  }

  destroy(): Promise<void> {
    return neverAsked();
  }

  revokeByGrantId(): Promise<void> {
    return neverAsked();
  }
}

/** Dynamic registration is closed (T20): clients come from the configuration and the administration. */
function neverAsked(): Promise<never> {
  return Promise.reject(new Error("clients are not registered through the protocol"));
}
