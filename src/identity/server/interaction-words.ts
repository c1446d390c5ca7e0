// What the steps of an interaction have in common: what they are about, and how it is said.
import type Provider from "oidc-provider";

export type Details = Awaited<ReturnType<Provider["interactionDetails"]>>;

export async function clientName(provider: Provider, details: Details): Promise<string> {
  const client = await provider.Client.find(String(details.params["client_id"]));
  return client?.clientName ?? "the application";
}

export function waitSentence(seconds: number): string {
  return `There were too many tries. Try again in ${seconds} seconds.`;
}
