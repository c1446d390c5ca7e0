// The configuration as the rest of the product reads it: complete, with defaults filled in, durations in milliseconds, files resolved.
import type { Mode } from "../core/practice.ts";
import type { WatchSettings } from "../monitoring/index.ts";
import type { KeyPart, Slowdown } from "../rate-limiting/index.ts";
import type { SecurityAlternatives } from "../core/security.ts";
import type { TokenPreset } from "../authentication/index.ts";
import type { DeclaredUser } from "../identity/administration/declared-users.ts";
import type { ClientProfile } from "../identity/clients/client-store.ts";
import type { ClientKey } from "../identity/provider/client-keys.ts";
import type { DpopSettings } from "./resolve/dpop.ts";
import type { WrittenApiKey } from "./schema/api-keys.ts";
import type { CorsRules } from "../transport/cors.ts";
import type { ListenAddress } from "./schema/words.ts";
import type {
  CheckpointSettings,
  DestinationSettings,
  SanctionSettings,
  SinkSettings,
  SpoolSettings,
} from "./sink-settings.ts";
import type { KeyPath } from "./source.ts";

export type {
  CheckpointSettings,
  DestinationSettings,
  SanctionSettings,
  SinkSettings,
  SpoolSettings,
} from "./sink-settings.ts";
export type { Configuration } from "./schema/portcullis.ts";
export type { ListenAddress } from "./schema/words.ts";

type GuardMode = Exclude<Mode, "off">;

export interface UpstreamSettings {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly connectionsMax: number;
  /** PEM: the authorities that its certificate may come from, in place of the system's. */
  readonly ca: string | undefined;
}

export type TlsSettings =
  | { readonly kind: "development" }
  | { readonly kind: "files"; readonly certificate: string; readonly key: string }
  | { readonly kind: "terminated-by-proxy" }
  | { readonly kind: "off" };

/** Which pages of other origins may use an operation. */
export interface CorsSettings extends CorsRules {
  readonly at: KeyPath;
}

export interface TransportSettings {
  readonly listen: ListenAddress;
  /** Without a slash at its end. */
  readonly publicUrl: string | undefined;
  readonly tls: TlsSettings;
  readonly trustedProxies: readonly string[];
  readonly clientAddressField: "x-forwarded-for" | "forwarded";
  /** Value of Strict-Transport-Security, or none. */
  readonly hsts: string | undefined;
  readonly cors: CorsSettings | undefined;
  /** The plain HTTP port, with the URL that it sends clients to. */
  readonly redirect: { readonly listen: ListenAddress; readonly publicUrl: string } | undefined;
  readonly adminListen: ListenAddress | undefined;
}

export type KeySettings =
  | { readonly kind: "discovery" }
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "secret"; readonly secret: string };

export interface ForwardSettings {
  readonly fields: boolean;
  readonly credentials: "keep" | "drop";
  readonly jwt:
    | {
        readonly audience: string;
        readonly issuer: string | undefined;
        /** Undefined: a key of this process. */
        readonly keyFile: string | undefined;
        readonly lifetimeMs: number;
        readonly bind: "caller" | "request";
      }
    | undefined;
}

/** Where the API keys of a scheme are kept. */
export type ApiKeySettings =
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "list"; readonly keys: readonly WrittenApiKey[] };

/** How one security scheme is proven. */
export type SchemeSettings =
  | { readonly kind: "checked-by-upstream"; readonly at: KeyPath }
  | { readonly kind: "api-keys"; readonly at: KeyPath; readonly keys: ApiKeySettings }
  | {
      readonly kind: "jwt";
      readonly at: KeyPath;
      readonly issuer: string;
      readonly audience: readonly string[];
      readonly keys: KeySettings;
      readonly algorithms: readonly string[] | undefined;
      readonly typ: readonly string[] | undefined;
      readonly preset: TokenPreset | undefined;
      readonly scopes: readonly string[] | undefined;
      readonly roles: readonly string[] | undefined;
      readonly permissions: readonly string[] | undefined;
      readonly lifetimeMaxSeconds: number | undefined;
      readonly dpop: DpopSettings;
      readonly dangerouslyAllowMissingTyp: boolean;
      readonly allowMissingKid: boolean;
    };

/** Whose requests a limit counts together. */
export interface LimitKeySettings {
  readonly key: readonly KeyPart[];
  readonly claim?: readonly string[] | undefined;
  readonly fallback: "address" | undefined;
}

export interface LimitSettings extends LimitKeySettings {
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly slowdown?: Slowdown | undefined;
  readonly at: KeyPath;
}

export interface ConcurrencySettings extends Omit<LimitKeySettings, "key"> {
  readonly name: string;
  readonly limit: number;
  /** Undefined: all together. */
  readonly key: readonly KeyPart[] | undefined;
  readonly queue: number;
  readonly timeoutMs: number;
  readonly at: KeyPath;
}

export interface CeilingSettings {
  readonly limit: number;
  readonly windowMs: number;
  readonly at: KeyPath;
}

/** `strip`: what may not leave is cut out of answers. */
export type AnswersMode = Mode | "strip";

export interface ValidationSettings {
  readonly requests: Mode;
  readonly responses: AnswersMode;
  readonly unknownParameters: GuardMode;
  readonly injection: Mode;
  readonly bodyBytesMax: number;
  readonly responseBytesMax: number;
}

/** What one entry of `operations` changes; what it leaves out stays. */
export interface OperationSettings {
  /** operationId, tag, `DELETE /orders/{id}`, `/orders/{id}`, or `/admin/*`. */
  readonly selector: string;
  readonly at: KeyPath;
  readonly cors: CorsSettings | "off" | undefined;
  readonly authenticationMode: GuardMode | undefined;
  /** `acr` that tokens must have. */
  readonly authenticationLevel: string | undefined;
  readonly authorizationMode: GuardMode | undefined;
  readonly roles: readonly string[] | undefined;
  readonly permissions: readonly string[] | undefined;
  readonly rateLimitingMode: GuardMode | undefined;
  readonly limits: readonly LimitSettings[];
  readonly concurrency: readonly ConcurrencySettings[];
  readonly validation: Partial<ValidationSettings>;
}

export interface IdentityClientSettings {
  readonly id: string;
  readonly profile: ClientProfile;
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  /** Undefined: every scope that there is. */
  readonly scopes: readonly string[] | undefined;
  /** Of a machine's own. */
  readonly roles: readonly string[];
  /** Public keys that it signs with in place of a secret. */
  readonly keys: readonly ClientKey[];
}

export type IdentityMailSettings =
  | { readonly kind: "smtp"; readonly url: string; readonly from: string }
  | { readonly kind: "folder"; readonly folder: string };

/** The built-in authorization server. */
export interface IdentityAppearanceSettings {
  readonly colours: { readonly light: string; readonly dark: string } | undefined;
  readonly logo: { readonly file: string; readonly mediaType: string } | undefined;
}

export interface IdentityPasswordSettings {
  readonly profile: "default" | "nist";
  /** Undefined: nobody is asked. */
  readonly breached: { readonly range: string; readonly whenUnreachable: "accept" | "refuse" } | undefined;
}

export interface IdentitySettings {
  /** `iss` of its tokens: the public URL with its path. */
  readonly issuer: string;
  readonly path: string;
  readonly listen: ListenAddress;
  /** A file, or `postgres://…`. */
  readonly database: string;
  /** Newest first, in base64url. */
  readonly secrets: readonly string[];
  readonly serviceName: string | undefined;
  /** Beside and before those of the document, by scope. */
  readonly scopeTexts: Readonly<Record<string, string>>;
  readonly registration: "open" | "invitation" | "closed";
  readonly appearance: IdentityAppearanceSettings;
  /** Where else JSON makes an account. */
  readonly registrationPath: string | undefined;
  readonly passwords: IdentityPasswordSettings;
  readonly administration: boolean;
  /** Undefined only beside an error. */
  readonly mail: IdentityMailSettings | undefined;
  readonly accessTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  readonly sessionSeconds: number;
  readonly clients: readonly IdentityClientSettings[];
  readonly users: readonly DeclaredUser[];
}

export interface Settings {
  /** The OpenAPI document, as messages show it: from the working folder, or whole. */
  readonly openapi: string;
  /** Undefined inside a framework. */
  readonly upstream: UpstreamSettings | undefined;
  /** `--observe`: every guard in monitor. */
  readonly observe: boolean;
  readonly transport: TransportSettings;
  readonly authentication: {
    readonly mode: GuardMode;
    readonly default: SecurityAlternatives | undefined;
    /** What the API learns of the caller; nothing where undefined. */
    readonly forward?: ForwardSettings | undefined;
    /** What was revoked before its time. */
    readonly denied?: { readonly file: string } | undefined;
    /** By name of the scheme; `*` stands for every token scheme without an entry. */
    readonly schemes: ReadonlyMap<string, SchemeSettings>;
  };
  readonly authorization: {
    /** Undefined: as authentication, since nobody's scopes can be judged who is not known. */
    readonly mode: GuardMode | undefined;
    readonly roles: Readonly<Record<string, { includes?: readonly string[]; permissions?: readonly string[] }>>;
  };
  readonly rateLimiting: {
    readonly mode: GuardMode;
    readonly limits: readonly LimitSettings[];
    readonly addressCeiling: CeilingSettings;
    readonly failedAuthentication: CeilingSettings;
    readonly concurrency: readonly ConcurrencySettings[];
    /** How much of an address is one client, in bits. */
    readonly prefixes: { readonly ipv4: number; readonly ipv6: number };
  };
  readonly validation: ValidationSettings;
  readonly monitoring: {
    readonly sinks: readonly SinkSettings[];
    readonly destinations: readonly DestinationSettings[];
    /** Undefined: events go to the sinks directly. */
    readonly spool?: SpoolSettings | undefined;
    readonly checkpoints?: CheckpointSettings | undefined;
    readonly detections: WatchSettings;
    /** Undefined: nobody is held back. */
    readonly sanctions?: SanctionSettings | undefined;
    readonly traces?: { readonly ratio: number; readonly perSecondMax: number } | undefined;
    /** Keys the hashes of token ids; random where undefined. */
    readonly hashKey?: readonly [string, ...string[]] | undefined;
  };
  readonly identity: IdentitySettings | undefined;
  readonly operations: readonly OperationSettings[];
}
