// The scopes of the administration: a client has them only where somebody named them, never by default.

export const READ_SCOPE = "identity:read";
export const WRITE_SCOPE = "identity:write";
export const ADMINISTRATION_SCOPES: readonly string[] = [READ_SCOPE, WRITE_SCOPE];

/** Where it is served below the issuer; the audience of its tokens is the whole address. */
export const ADMINISTRATION_PATH = "/admin/v1";

export function administrationAudience(issuer: string): string {
  return `${issuer.replace(/\/$/, "")}${ADMINISTRATION_PATH}`;
}
