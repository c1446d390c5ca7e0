// What an operation's `security` asks for: alternatives, each a set of schemes that must hold together (OpenAPI 4.8.30).

/** One scheme of an alternative, with the scopes it must come with. */
export interface SchemeRequirement {
  /** Name of the security scheme in the document. */
  readonly scheme: string;
  readonly scopes: readonly string[];
}

/** Schemes that must all hold. An empty list is OpenAPI's `{}`: anonymous is enough. */
export type SecurityAlternative = readonly SchemeRequirement[];

/** One of these must hold. An empty list is OpenAPI's `security: []`: the operation is public. */
export type SecurityAlternatives = readonly SecurityAlternative[];
