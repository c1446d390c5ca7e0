// What scopes mean to people, for whoever allows them: as the document describes them, or as the configuration does.
import type { ApiDescription } from "../openapi/api-description.ts";
import type { SecurityScheme } from "../openapi/operation.ts";
import type { Settings } from "./settings.ts";

const TEXT_CHARACTERS_MAX = 200;
/** Nothing in a text moves, hides or turns round what stands beside it (CWE-150). */
const MOVING = /[\p{Cc}\u2028-\u202e\u2066-\u2069\s]+/gu;

/** By scope, of the schemes that name the built-in issuer. A scope without a text is shown by its name alone. */
export function scopeTexts(
  { identity, authentication }: Settings,
  api: ApiDescription,
): Readonly<Record<string, string>> {
  const texts = new Map<string, string>();
  for (const scheme of api.schemes.values()) {
    const entry = authentication.schemes.get(scheme.name) ?? authentication.schemes.get("*");
    if (entry?.kind !== "jwt" || entry.issuer !== identity?.issuer) continue;
    for (const [scope, text] of described(scheme, api)) if (!texts.has(scope)) texts.set(scope, text);
  }
  for (const [scope, text] of Object.entries(identity?.scopeTexts ?? {})) texts.set(scope, text);
  const shown = [...texts].map(([scope, text]) => [scope, shownText(text)] as const);
  return Object.fromEntries(shown.filter(([, text]) => text !== ""));
}

/** Only oauth2 has a place for it. */
function described({ at }: SecurityScheme, { set }: ApiDescription): readonly (readonly [string, string])[] {
  const flows = set.child(at, "flows");
  return members(flows.value).flatMap(([flow]) =>
    members(set.child(flows, flow, "scopes").value).flatMap(([scope, text]) =>
      typeof text === "string" ? [[scope, text] as const] : [],
    ),
  );
}

function members(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

function shownText(text: string): string {
  const plain = text.replaceAll(MOVING, " ").trim();
  return plain.length <= TEXT_CHARACTERS_MAX ? plain : `${plain.slice(0, TEXT_CHARACTERS_MAX - 1)}…`;
}
