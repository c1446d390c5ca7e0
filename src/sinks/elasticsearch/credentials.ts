// What stands in the field Authorization: an API key of Elasticsearch, or a user and a password.

/** As the server prints it: base64 of id and key. */
const ENCODED_KEY = /^[A-Za-z0-9+/_-]+={0,2}$/;
const ID_AND_KEY = /^[\x21-\x39\x3b-\x7e]+:[\x21-\x7e]+$/;

export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** Undefined where it is no such key. */
export function apiKeyAuthorization(key: string): string | undefined {
  if (ID_AND_KEY.test(key)) return `ApiKey ${Buffer.from(key).toString("base64")}`;
  return ENCODED_KEY.test(key) ? `ApiKey ${key}` : undefined;
}
