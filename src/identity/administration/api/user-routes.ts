// Accounts, over the administration API. What a request does not name is not changed, and what the server decides nobody can name.
import { isRefusal, type Refusal } from "../refusal.ts";
import type { ChangeOptions, ShownUser, UserAdministration } from "../user-administration.ts";
import { type ApiRequest, fromVersion, limitOf, ok, type Route, text, texts, versioned } from "./route.ts";

type Change = (id: string, options: ChangeOptions) => Promise<ShownUser | Refusal>;

export function userRoutes(users: UserAdministration): readonly Route[] {
  const post = (path: string, change: Change): Route => ({
    method: "POST",
    path: `/users/*/${path}`,
    answer: async (request) => shown(await change(idOf(request), optionsOf(request))),
  });
  return [
    {
      method: "GET",
      path: "/users",
      answer: async ({ query }) => {
        const status = query.get("status");
        const found = await users.search({
          text: query.get("search"),
          status: status === "active" || status === "disabled" ? status : undefined,
          role: query.get("role"),
          after: query.get("after"),
          limit: limitOf(query),
        });
        return ok(found);
      },
    },
    {
      method: "POST",
      path: "/users",
      answer: async ({ body, actor }) => {
        const made = await users.add({ email: text(body, "email") ?? "", roles: texts(body, "roles") ?? [] }, actor);
        return isRefusal(made) ? made : versioned(made, 201);
      },
    },
    { method: "GET", path: "/users/*", answer: async (request) => shown(await users.find(idOf(request))) },
    {
      method: "DELETE",
      path: "/users/*",
      answer: async (request) => {
        const outcome = await users.remove(idOf(request), optionsOf(request));
        return isRefusal(outcome) ? outcome : { status: 204 };
      },
    },
    {
      method: "PUT",
      path: "/users/*/roles",
      answer: fromVersion(async (request) => {
        const roles = texts(request.body, "roles");
        if (roles === undefined) return { refused: "identity.request-invalid", detail: "roles is a list of names." };
        return shown(await users.setRoles(idOf(request), roles, optionsOf(request)));
      }),
    },
    post("disable", (id, options) => users.disable(id, options)),
    post("enable", (id, options) => users.enable(id, options)),
    post("sign-out", (id, options) => users.signOut(id, options)),
    post("reset-factors", (id, options) => users.resetFactors(id, options)),
  ];
}

function idOf({ parameters }: ApiRequest): string {
  return parameters[0] as string;
}

function optionsOf({ actor, version }: ApiRequest): ChangeOptions {
  return { actor, version };
}

function shown(outcome: ShownUser | Refusal) {
  return isRefusal(outcome) ? outcome : versioned(outcome);
}
