// Binds the document's security schemes to what proves them: by name, by `*` for every token scheme, or not at all.
import { type Authenticator, type KeySource, unjudgedAuthenticator } from "../../authentication/index.ts";
import type { SecurityAlternatives } from "../../core/security.ts";
import type { SecurityScheme } from "../../openapi/operation.ts";
import { suggestion } from "../did-you-mean.ts";
import { RESERVED } from "../resolve/authentication.ts";
import type { SchemeSettings } from "../settings.ts";
import type { Judgement } from "./judgement.ts";
import { readApiKeys } from "./api-keys.ts";
import { makeAuthenticator, type Means } from "./authenticators.ts";
import { readDenied } from "./denied.ts";
import { FollowedLists } from "./followed-lists.ts";
import { KeyShelf } from "./keys.ts";
import type { ComposePorts, Say } from "./ports.ts";
import type { Survivors, VerifiedTokens } from "./survivors.ts";
import { described, isTokenScheme, remedyFor } from "./scheme-kinds.ts";

export interface BoundSchemes {
  readonly authenticators: ReadonlyMap<string, Authenticator>;
  /** The settings behind each authenticator; none where nobody judges. */
  readonly settings: ReadonlyMap<string, SchemeSettings>;
  /** By the settings that they were made of. */
  readonly keys: ReadonlyMap<string, KeySource>;
  /** By security scheme. */
  readonly verified: ReadonlyMap<string, VerifiedTokens>;
  /** What may change while all else stays. */
  readonly lists: FollowedLists;
  /** Ends the key sources that no policy before had. */
  closeNew(): void;
  /** What operations ask for where the document says nothing; undefined where nobody says. */
  readonly silent: SecurityAlternatives | undefined;
}

/** The settings key that stands for every token scheme without an entry; --issuer sets it. */
const EVERY = "*";

export async function bindSchemes(
  judgement: Judgement,
  ports: ComposePorts,
  say: Say,
  before?: Survivors,
): Promise<BoundSchemes> {
  const lists = new FollowedLists(ports.readText, ports.cwd);
  const apiKeys = await readApiKeys(judgement, lists);
  const denied = await readDenied(judgement, ports, lists);
  const shelf = new KeyShelf(ports, say, before);
  const binding = new Binding({ judgement, shelf, ports, apiKeys, denied, lists });
  const { api, settings } = judgement;
  await shelf.look(settings.authentication.schemes.values());
  for (const name of usedSchemes(judgement)) {
    const scheme = api.schemes.get(name);
    if (scheme !== undefined) binding.bindDeclared(scheme);
  }
  const silent = binding.silentAlternatives();
  binding.refuseUnused(silent);
  for (const [scheme, entry] of binding.settings) {
    const keys = binding.shelf.of(entry);
    if (keys === undefined || entry.kind !== "jwt" || entry.keys.kind !== "file") continue;
    await keys
      .ready()
      .catch((error: unknown) => judgement.collect({ settings: ["authentication", scheme, "jwks"] }, error));
  }
  return {
    authenticators: binding.authenticators,
    settings: binding.settings,
    keys: shelf.sources(),
    verified: shelf.verified(),
    lists,
    closeNew: () => shelf.closeNew(),
    silent: settings.observe && silent === undefined ? binding.unjudgedAlternatives() : silent,
  };
}

/** Names of all schemes that some operation asks for. */
function usedSchemes({ api }: Judgement): Set<string> {
  const used = new Set<string>();
  for (const { security } of api.operations) {
    for (const alternative of security ?? []) for (const { scheme } of alternative) used.add(scheme);
  }
  return used;
}

class Binding {
  readonly authenticators = new Map<string, Authenticator>();
  readonly settings = new Map<string, SchemeSettings>();
  readonly shelf: KeyShelf;
  readonly #judgement: Judgement;
  readonly #means: Means;

  constructor(means: Means) {
    this.#judgement = means.judgement;
    this.shelf = means.shelf;
    this.#means = means;
  }

  bindDeclared(scheme: SecurityScheme): void {
    const { settings } = this.#judgement;
    const place = { document: scheme.at };
    if (RESERVED.has(scheme.name) || scheme.name === EVERY) {
      this.#judgement.error(
        "scheme-name-reserved",
        place,
        `a security scheme cannot be called "${scheme.name}": under \`authentication\` that key means something else`,
        "Rename it in the document.",
      );
      return;
    }
    const own = settings.authentication.schemes.get(scheme.name);
    const every = settings.authentication.schemes.get(EVERY);
    if (own !== undefined) this.#bind(scheme.name, own, scheme);
    else if (every !== undefined && isTokenScheme(scheme)) this.#bind(scheme.name, every, scheme);
    else if (settings.observe) {
      this.authenticators.set(scheme.name, unjudgedAuthenticator(scheme.name));
      this.#judgement.warn(
        "scheme-unjudged",
        place,
        `nothing verifies the security scheme "${scheme.name}": its operations cannot be judged`,
        remedyFor(scheme),
      );
    } else {
      this.#judgement.error(
        "scheme-unconfigured",
        place,
        `nothing verifies the security scheme "${scheme.name}" (${described(scheme)})`,
        remedyFor(scheme),
      );
    }
  }

  silentAlternatives(): SecurityAlternatives | undefined {
    const { settings, api } = this.#judgement;
    const written = settings.authentication.default;
    const every = settings.authentication.schemes.get(EVERY);
    if (written !== undefined) {
      const names = new Set(written.flat().map(({ scheme }) => scheme));
      for (const name of names) this.#bindDefault(name);
      return written;
    }
    if (every === undefined) return undefined;
    const declared = [...api.schemes.values()].find(
      (scheme) => isTokenScheme(scheme) && settings.authentication.schemes.get(scheme.name) === undefined,
    );
    const name = declared?.name ?? (api.schemes.has("bearer") ? "issuer" : "bearer");
    if (!this.authenticators.has(name)) this.#bind(name, every, undefined);
    return [[{ scheme: name, scopes: [] }]];
  }

  /** For `--observe` without an issuer: denies, so that the record says that nobody can judge. */
  unjudgedAlternatives(): SecurityAlternatives {
    this.authenticators.set("", unjudgedAuthenticator("authentication.default"));
    return [[{ scheme: "", scopes: [] }]];
  }

  /** An entry that binds nothing is a slip: the scheme it was meant for would go unguarded, or stop the start without a hint. */
  refuseUnused(silent: SecurityAlternatives | undefined): void {
    const { settings, api } = this.#judgement;
    const asked = new Set((silent ?? []).flat().map(({ scheme }) => scheme));
    for (const [name, entry] of settings.authentication.schemes) {
      if (name === EVERY || api.schemes.has(name) || asked.has(name)) continue;
      const declared = [...api.schemes.keys()];
      const remedy =
        declared.length === 0
          ? `The document declares none. Name it in \`authentication.default: [${name}]\` so that silent operations ask for it.`
          : (suggestion(name, declared) ?? "");
      this.#judgement.error(
        "scheme-undeclared",
        { settings: entry.at },
        `the document declares no security scheme "${name}"`,
        remedy,
      );
    }
  }

  #bindDefault(name: string): void {
    if (this.authenticators.has(name)) return;
    const { settings, api } = this.#judgement;
    const scheme = api.schemes.get(name);
    const entry =
      settings.authentication.schemes.get(name) ??
      (scheme === undefined || isTokenScheme(scheme) ? settings.authentication.schemes.get(EVERY) : undefined);
    if (entry !== undefined) {
      this.#bind(name, entry, scheme);
      return;
    }
    if (scheme !== undefined) {
      this.bindDeclared(scheme);
      return;
    }
    const known = [...api.schemes.keys(), ...settings.authentication.schemes.keys()].filter((key) => key !== EVERY);
    this.#judgement.error(
      "default-unknown",
      { settings: ["authentication", "default"] },
      `authentication.default names the security scheme "${name}", which nobody declares`,
      suggestion(name, known) ?? "Declare it in the document, or configure it under `authentication`.",
    );
  }

  #bind(name: string, entry: SchemeSettings, scheme: SecurityScheme | undefined): void {
    this.settings.set(name, entry);
    const authenticator = makeAuthenticator(name, entry, scheme, this.#means);
    if (authenticator !== undefined) this.authenticators.set(name, authenticator);
  }
}
