// Reasons of the authorization practice: a known caller who may not.
import type { Reason } from "./reason.ts";

export const AUTHORIZATION_REASONS = {
  "authorization.scope-insufficient": {
    status: 403,
    title: "The access token does not have the scope that this operation needs.",
    remedy:
      "The client must be granted the scopes that the operation's `security` names; the WWW-Authenticate field lists them.",
  },
  "authorization.role-missing": {
    status: 403,
    title: "You do not have the role that this operation needs.",
    remedy:
      "The operation's authorization.roles name none of the caller's roles, also by inclusion. Check authentication.<scheme>.claims.roles.",
  },
  "authorization.permission-missing": {
    status: 403,
    title: "You do not have the permission that this operation needs.",
    remedy: "None of the caller's roles gives a permission of the operation's authorization.permissions.",
  },
} as const satisfies Record<`authorization.${string}`, Reason>;
