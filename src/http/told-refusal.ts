// The field by which the authorization server tells its gate whom it refused and why: for the record, it never goes on to the client.

export const TOLD_REFUSAL = "X-Portcullis-Refused";

/** `client`: one that is known. As base64url, since an id may hold what a field may not. */
export function toldRefusal(reason: string, client: string | undefined): string {
  return client === undefined ? reason : `${reason} ${Buffer.from(client).toString("base64url")}`;
}

export function readToldRefusal(value: string): { readonly reason: string; readonly client: string | undefined } {
  const end = value.indexOf(" ");
  if (end < 0) return { reason: value, client: undefined };
  return { reason: value.slice(0, end), client: Buffer.from(value.slice(end + 1), "base64url").toString() };
}
