// Scopes as people read them: what they mean where that is known, and always their name.
import type { PageSettings } from "./frame.ts";
import { type Html, html } from "./html.ts";

/** Of the protocol and the administration: the same everywhere. */
const KNOWN: ReadonlyMap<string, string> = new Map([
  ["openid", "Know which account you have here"],
  ["email", "See your e-mail address"],
  ["offline_access", "Keep this access while you do something else"],
  ["identity:read", "See all accounts, roles and clients"],
  ["identity:write", "Change all accounts, roles and clients"],
]);

export function scopeItem({ scopeTexts }: Pick<PageSettings, "scopeTexts">, scope: string): Html {
  const text = scopeTexts.get(scope) ?? KNOWN.get(scope);
  return text === undefined ? html`<code>${scope}</code>` : html`${text} <code>${scope}</code>`;
}
