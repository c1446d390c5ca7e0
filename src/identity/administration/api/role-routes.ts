// Roles, over the administration API: those of the configuration are shown, those of administrators are kept here.
import { isRefusal, type Refusal } from "../refusal.ts";
import type { RoleAdministration, ShownRole } from "../role-administration.ts";
import { type ApiRequest, fromVersion, ok, type Route, text, texts, versioned } from "./route.ts";

export function roleRoutes(roles: RoleAdministration): readonly Route[] {
  return [
    { method: "GET", path: "/roles", answer: async () => ok({ roles: await roles.list() }) },
    {
      method: "POST",
      path: "/roles",
      answer: async ({ body, actor }) =>
        shown(await roles.add(text(body, "name") ?? "", texts(body, "includes") ?? [], actor), 201),
    },
    { method: "GET", path: "/roles/*", answer: async (request) => shown(await roles.find(nameOf(request))) },
    {
      method: "PUT",
      path: "/roles/*",
      answer: fromVersion(async (request) => {
        const { body, actor, version } = request;
        return shown(await roles.change(nameOf(request), texts(body, "includes") ?? [], actor, version));
      }),
    },
    {
      method: "DELETE",
      path: "/roles/*",
      answer: async (request) => {
        const outcome = await roles.remove(nameOf(request), request.actor, request.version);
        return isRefusal(outcome) ? outcome : { status: 204 };
      },
    },
  ];
}

function nameOf({ parameters }: ApiRequest): string {
  return parameters[0] as string;
}

function shown(outcome: ShownRole | Refusal, status = 200) {
  return isRefusal(outcome) ? outcome : versioned(outcome, status);
}
