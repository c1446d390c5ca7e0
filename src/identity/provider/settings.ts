// What the authorization server is made from: addresses, resources, lifetimes. Complete: defaults are filled in.
import type { Appearance } from "../pages/appearance.ts";
import type { PasswordProfile } from "../accounts/password-policy.ts";

export interface ResourceSettings {
  /** `aud` of its tokens, and what clients name as `resource` (RFC 8707). */
  readonly audience: string;
  readonly scopes: readonly string[];
}

export interface IdentitySettings {
  /** Where the outside reaches it: `iss`, exactly. */
  readonly issuer: string;
  readonly serviceName: string;
  /** invitation: by those whom an administrator asks. closed: accounts are made by an administrator. */
  readonly registration: "open" | "invitation" | "closed";
  /** Where else JSON makes an account: from the root of the origin. */
  readonly registrationPath: string | undefined;
  readonly appearance: Appearance;
  /** What scopes mean to people, by their names. */
  readonly scopeTexts: Readonly<Record<string, string>>;
  readonly passwordProfile: PasswordProfile;
  readonly resources: readonly [ResourceSettings, ...ResourceSettings[]];
  /** Whether administrators get tokens for the administration API, and it is served. */
  readonly administration: boolean;
  readonly accessTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  readonly sessionSeconds: number;
}
