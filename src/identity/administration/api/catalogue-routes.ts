// Roles, API resources, signing keys and the record of changes, over the administration API.
import type { Change } from "../../changes/change-log.ts";
import type { Administration } from "../administration.ts";
import { roleRoutes } from "./role-routes.ts";
import { limitOf, ok, type Route } from "./route.ts";

/** `keysReplaced`: this server signs with the new ones before it answers. */
export function catalogueRoutes(administration: Administration, keysReplaced: () => Promise<void>): readonly Route[] {
  return [
    ...roleRoutes(administration.roles),
    { method: "GET", path: "/resources", answer: async () => ok({ resources: await administration.resources() }) },
    { method: "GET", path: "/keys", answer: async () => ok({ keys: await administration.keys() }) },
    {
      method: "POST",
      path: "/keys/replace",
      answer: async ({ actor }) => {
        const keys = await administration.replaceKeys(actor);
        await keysReplaced();
        return ok({ keys });
      },
    },
    {
      method: "GET",
      path: "/changes",
      answer: async ({ query }) => {
        const limit = limitOf(query);
        const after = query.get("after");
        const before = after !== undefined && /^\d{1,15}$/.test(after) ? Number(after) : undefined;
        const found = await administration.changes(limit, { target: query.get("target"), before });
        const last = found.at(-1);
        const next = found.length < limit || last === undefined ? undefined : String(last.sequence);
        return ok({ changes: found.map(shown), next });
      },
    },
  ];
}

function shown({ id, madeAt, actor, what, targetKind, target, before, after }: Change): object {
  const at = new Date(madeAt * 1000).toISOString();
  return { id, at, actor, what, target: { kind: targetKind, id: target }, before, after };
}
