// Reasons of the administration of identity: what the built-in authorization server does not do for an administrator.
import type { Reason } from "./reason.ts";

export const IDENTITY_REASONS = {
  "identity.request-invalid": {
    status: 400,
    title: "The request is not valid.",
    remedy: "`detail` says what. The operations are described in data/administration.openapi.yaml.",
  },
  "identity.resource-unknown": {
    status: 404,
    title: "There is nothing here.",
    remedy: "Operations of the administration are described in data/administration.openapi.yaml.",
  },
  "identity.user-unknown": {
    status: 404,
    title: "There is no such user.",
    remedy: "Users are named by their id: `portcullis identity user list --json` shows it.",
  },
  "identity.user-known": {
    status: 409,
    title: "There is an account of this address already.",
    remedy: "Search for it; accounts are told apart by their e-mail address, whatever its letter case.",
  },
  "identity.email-invalid": {
    status: 400,
    title: "This is not an e-mail address.",
    remedy: "One `@`, a domain behind it, no spaces or control characters.",
  },
  "identity.password-rejected": {
    status: 400,
    title: "The password cannot be taken.",
    remedy:
      "12 to 256 characters (from 15 where `profile: nist` wants it), none of the common ones, nothing that repeats itself, not made of the address or the service's name.",
  },
  "identity.role-unknown": {
    status: 400,
    title: "There is no such role.",
    remedy: "Roles stand under authorization.roles; `portcullis identity role list` shows those that are in use.",
  },
  "identity.role-missing": {
    status: 404,
    title: "There is no role of this name.",
    remedy: "`portcullis identity role list` shows them all.",
  },
  "identity.role-known": {
    status: 409,
    title: "There is a role of this name already.",
    remedy: "Choose another name, or change that one.",
  },
  "identity.role-invalid": {
    status: 400,
    title: "The role cannot be as it is described.",
    remedy: "`detail` says why. It is a name for roles of authorization.roles, of which it includes at least one.",
  },
  "identity.administrator-known": {
    status: 409,
    title: "There is an administrator already.",
    remedy:
      "That one makes others: `portcullis identity user list --role identity-administrator` shows who it is. For another link all the same: `portcullis identity bootstrap --another`.",
  },
  "identity.last-administrator": {
    status: 409,
    title: "This is the last administrator.",
    remedy:
      "Give the role identity-administrator to somebody else first; on the machine itself, `portcullis identity user … --force` does it all the same.",
  },
  "identity.client-unknown": {
    status: 404,
    title: "There is no such client.",
    remedy: "`portcullis identity client list` shows them all.",
  },
  "identity.client-known": {
    status: 409,
    title: "There is a client of this id already.",
    remedy: "Choose another id, or change that one.",
  },
  "identity.client-invalid": {
    status: 400,
    title: "The client cannot be as it is described.",
    remedy: "`detail` says what does not go together: profile, redirect URIs, roles. See docs/administration.md.",
  },
  "identity.scope-unknown": {
    status: 400,
    title: "There is no such scope.",
    remedy: "Scopes are those of the document, and openid, email, offline_access, identity:read, identity:write.",
  },
  "identity.kept-by-configuration": {
    status: 409,
    title: "This is kept by the configuration and can only be changed there.",
    remedy:
      "Change identity.clients, identity.users or authorization.roles in portcullis.yaml and start again. Secrets of such a client, sessions and second factors of such a user are changed here.",
  },
  "identity.client-without-secrets": {
    status: 409,
    title: "The client has no secrets.",
    remedy: "A public client could not keep one: PKCE protects it. One with keys signs in place of sending a secret.",
  },
  "identity.secrets-full": {
    status: 409,
    title: "The client has two secrets already.",
    remedy: "Remove the one that is no longer in use, then make another.",
  },
  "identity.secret-unknown": {
    status: 404,
    title: "The client has no such secret.",
    remedy: "`portcullis identity client show` lists its secrets by their ids.",
  },
  "identity.version-missing": {
    status: 428,
    title: "The version that the change was made from must be named.",
    remedy: "Send the `ETag` of what was read as `If-Match` (RFC 9110 13.1.1), so that nobody's change is lost.",
  },
  "identity.changed-meanwhile": {
    status: 412,
    title: "Somebody else changed it meanwhile.",
    remedy: "Read it again, and make the change from there.",
  },
  "identity.mail-failed": {
    status: 503,
    title: "The account is there, but the mail could not be sent.",
    remedy: "Look at identity.mail. Its holder can ask for another mail by “Forgot your password?”.",
  },
  "identity.failed": {
    status: 500,
    title: "This is our fault. Please try again later.",
    remedy: "Standard error of the authorization server says what went wrong.",
  },
} as const satisfies Record<`identity.${string}`, Reason>;
