// Where people go on after a mail took them out of an application: its own address, known from where its codes may be sent to.
import type { ClientStore } from "./client-store.ts";

export interface WayBack {
  readonly clientId: string;
  readonly name: string;
  /** Origin of its first redirect URI that a browser can open. */
  readonly url: string;
}

/** Undefined for a client that nobody knows, or that has no address in a browser: then there is no link. */
export async function wayBackTo(clients: ClientStore, clientId: string | undefined): Promise<WayBack | undefined> {
  const client = clientId === undefined || clientId === "" ? undefined : await clients.find(clientId);
  const uri = client?.settings.redirectUris.find((text) => /^https?:\/\//i.test(text));
  if (client === undefined || uri === undefined) return undefined;
  return { clientId: client.id, name: client.name, url: `${new URL(uri).origin}/` };
}
