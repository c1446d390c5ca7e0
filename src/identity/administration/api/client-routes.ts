// Clients and their secrets, over the administration API.
import type { ClientDraft } from "../../clients/client-draft.ts";
import { profileNamed } from "../../clients/client-store.ts";
import type { ClientAdministration, ShownClient } from "../client-administration.ts";
import { isRefusal, type Refusal } from "../refusal.ts";
import { type ApiRequest, fromVersion, objects, ok, type Route, text, texts, versioned } from "./route.ts";

export function clientRoutes(clients: ClientAdministration): readonly Route[] {
  return [
    { method: "GET", path: "/clients", answer: async () => ok({ clients: await clients.list() }) },
    {
      method: "POST",
      path: "/clients",
      answer: async ({ body, actor }) => {
        const made = await clients.add(text(body, "id") ?? "", draftOf(body), actor);
        return isRefusal(made) ? made : { ...versioned(made.client, 201), value: made };
      },
    },
    { method: "GET", path: "/clients/*", answer: async ({ parameters: [id = ""] }) => shown(await clients.find(id)) },
    {
      method: "PATCH",
      path: "/clients/*",
      answer: fromVersion(async ({ parameters: [id = ""], body, actor, version }) =>
        shown(await clients.change(id, draftOf(body), actor, version)),
      ),
    },
    {
      method: "DELETE",
      path: "/clients/*",
      answer: async ({ parameters: [id = ""], actor, version }) => gone(await clients.remove(id, actor, version)),
    },
    {
      method: "POST",
      path: "/clients/*/secrets",
      answer: async ({ parameters: [id = ""], actor }) => {
        const made = await clients.addSecret(id, actor);
        return isRefusal(made) ? made : { status: 201, value: made };
      },
    },
    {
      method: "DELETE",
      path: "/clients/*/secrets/*",
      answer: async ({ parameters: [id = "", secretId = ""], actor }) =>
        gone(await clients.removeSecret(id, secretId, actor)),
    },
  ];
}

/** Nothing else of the body: `id` of another, `keptByConfiguration` or `secrets` change nothing. */
function draftOf(body: ApiRequest["body"]): ClientDraft {
  return {
    profile: profileNamed(text(body, "profile")),
    name: text(body, "name"),
    redirectUris: texts(body, "redirectUris"),
    postLogoutRedirectUris: texts(body, "postLogoutRedirectUris"),
    scopes: texts(body, "scopes"),
    roles: texts(body, "roles"),
    keys: objects(body, "keys"),
  };
}

function shown(outcome: ShownClient | Refusal) {
  return isRefusal(outcome) ? outcome : versioned(outcome);
}

function gone(outcome: ShownClient | Refusal) {
  return isRefusal(outcome) ? outcome : { status: 204 };
}
