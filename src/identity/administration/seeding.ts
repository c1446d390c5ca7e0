// Takes over what the configuration keeps: roles, API resources, clients, accounts. Of each that differs there is a change on record.
import { type Actor, differences } from "../changes/change-log.ts";
import type { IdentityClient } from "../clients/client-store.ts";
import type { ResourceSettings } from "../provider/settings.ts";
import { ADMINISTRATOR_ROLE, type Role } from "../roles/role-store.ts";
import { endClient, endWhatWasLost, recordOf } from "./client-administration.ts";
import { type DeclaredUser, takeUsers } from "./declared-users.ts";
import type { AskedForPassword, PasswordWishes } from "./password-wishes.ts";
import type { Stores, Together } from "./stores.ts";

export interface Declared {
  readonly roles: readonly Role[];
  readonly resources: readonly ResourceSettings[];
  /** Left out by what only looks: then clients stay as they are. */
  readonly clients?: readonly Omit<IdentityClient, "secrets" | "isDeclared">[] | undefined;
  /** Left out likewise. */
  readonly users?: readonly DeclaredUser[] | undefined;
}

const CONFIGURATION: Actor = { kind: "configuration", id: "portcullis.yaml" };

/** What administrators made stays, but for what the configuration names as well: that is the configuration's from then on. Whom mails have to ask. */
export function takeOver(
  { roles, resources, clients, users }: Declared,
  together: Together,
  wishes: PasswordWishes,
): Promise<readonly AskedForPassword[]> {
  const own: Role = { name: ADMINISTRATOR_ROLE, includes: [], permissions: [] };
  const all = roles.some(({ name }) => name === own.name) ? roles : [...roles, own];
  return together(async (stores) => {
    await takeRoles(all, stores);
    await takeResources(resources, stores);
    if (clients !== undefined) await takeClients(clients, stores);
    return users === undefined ? [] : takeUsers(users, CONFIGURATION, stores, wishes);
  });
}

async function takeRoles(declared: readonly Role[], { roles, changes }: Stores): Promise<void> {
  const known = new Map((await roles.all()).map((role) => [role.name, role]));
  for (const role of declared) {
    const { name, includes, permissions } = role;
    const before = known.get(name);
    known.delete(name);
    const difference = differences(withoutName(before), withoutName({ name, includes, permissions }));
    if (before?.isDeclared === true && difference === undefined) continue;
    await roles.put({ ...role, isDeclared: true });
    const what = before === undefined ? "created" : "changed";
    await changes.write({ actor: CONFIGURATION, what, targetKind: "role", target: name, ...difference });
  }
  for (const [name, before] of known) {
    if (!before.isDeclared) continue;
    await roles.remove(name);
    const state = { before: withoutName(before) };
    await changes.write({ actor: CONFIGURATION, what: "removed", targetKind: "role", target: name, ...state });
  }
}

function withoutName(role: Role | undefined): Readonly<Record<string, unknown>> {
  return role === undefined ? {} : { includes: role.includes, permissions: role.permissions };
}

async function takeResources(declared: readonly ResourceSettings[], { resources, changes }: Stores): Promise<void> {
  const known = new Map((await resources.all()).map((resource) => [resource.audience, resource]));
  for (const resource of declared) {
    const { audience, scopes } = resource;
    const before = known.get(audience);
    known.delete(audience);
    const difference = differences(before === undefined ? {} : { scopes: before.scopes }, { scopes });
    if (difference === undefined) continue;
    await resources.put(resource);
    const what = before === undefined ? "created" : "changed";
    await changes.write({ actor: CONFIGURATION, what, targetKind: "resource", target: audience, ...difference });
  }
  for (const [audience, { scopes }] of known) {
    await resources.remove(audience);
    const state = { before: { scopes } };
    await changes.write({ actor: CONFIGURATION, what: "removed", targetKind: "resource", target: audience, ...state });
  }
}

async function takeClients(declared: NonNullable<Declared["clients"]>, stores: Stores): Promise<void> {
  const { clients, changes } = stores;
  const known = new Map((await clients.all()).map((client) => [client.id, client]));
  for (const one of declared) {
    const before = known.get(one.id);
    known.delete(one.id);
    const after: IdentityClient = { ...one, secrets: before?.secrets ?? [], isDeclared: true };
    const difference = differences(before === undefined ? {} : recordOf(before), recordOf(after));
    if (difference === undefined) continue;
    await clients.put(after);
    if (before !== undefined) await endWhatWasLost(before, after, stores);
    const what = before === undefined ? "created" : "changed";
    await changes.write({ actor: CONFIGURATION, what, targetKind: "client", target: one.id, ...difference });
  }
  for (const client of known.values()) if (client.isDeclared) await endClient(client, CONFIGURATION, stores);
}
