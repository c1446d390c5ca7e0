// The tables of the authorization server, as the query layer knows them. Times are whole seconds since 1970.
import type { Generated } from "kysely";

export interface ArtifactTable {
  /** Name of the protocol's model: `AuthorizationCode`, `RefreshToken`, `Session`, … */
  model: string;
  /** Keyed hash of the identifier: who reads the database cannot use what it holds. */
  id_hash: string;
  /** Sealed (AES-256-GCM). */
  payload: Uint8Array;
  grant_hash: string | null;
  uid_hash: string | null;
  user_code_hash: string | null;
  /** The refresh token that this one came from. */
  previous_hash: string | null;
  account_id: string | null;
  client_id: string | null;
  consumed_at: number | null;
  /** When a consumed refresh token was answered once more. */
  repeated_at: number | null;
  expires_at: number | null;
}

export interface AccountTable {
  id: string;
  /** As it was given, in NFC. */
  email: string;
  /** What addresses are compared by. */
  email_key: string;
  email_verified_at: number | null;
  /** Argon2id in PHC form; null for an account without a password. */
  password: string | null;
  status: "active" | "disabled";
  created_at: number;
  updated_at: number;
  /** Counts how often sessions were ended: a sign-in that began before is of no use afterwards. */
  sessions_generation: number;
  /** How long its password had to be when it was set; null: as long as every one. */
  password_length_min: number | null;
  /** Whether the configuration keeps it. */
  declared: number;
  /** Digest of the password's hash that was taken from the configuration last. */
  declared_password: string | null;
}

export interface AccountRoleTable {
  account_id: string;
  role: string;
  created_at: number;
}

export interface ClientTable {
  id: string;
  profile: "public" | "confidential" | "machine" | "fapi2";
  name: string;
  /** JSON: redirect URIs, scopes, grants. */
  settings: string;
  /** JSON: at most two secrets, each with a name, its hash and when it was made. */
  secrets: string;
  /** Whether the configuration keeps it. */
  declared: number;
  created_at: number;
  updated_at: number;
}

export interface SigningKeyTable {
  kid: string;
  algorithm: string;
  public_jwk: string;
  /** Sealed private JWK. */
  private_jwk: Uint8Array;
  created_at: number;
  /** From when it signs: verifiers know it by then. */
  signs_from: number;
  /** Until when it is published: the last token that it signed has ended. Null while it is the newest. */
  published_until: number | null;
}

/** What is no longer to be believed although it is signed and has not ended: the feed of the gates. */
export interface RevocationTable {
  sequence: Generated<number>;
  /** As the gates name it: `jti`, `sid`, `sub` and `client_id` of tokens. */
  kind: "token" | "session" | "subject" | "client";
  value: string;
  created_at: number;
  /** When the last token that this is about has ended. */
  until: number;
}

/** Tries to sign in since the last success, by keyed hash of the address: also of addresses that have no account. */
export interface SignInFailureTable {
  key: string;
  failures: number;
  blocked_until: number;
  changed_at: number;
}

/** What an account can prove beside its password. */
export interface FactorTable {
  id: string;
  account_id: string;
  kind: "totp" | "passkey";
  /** As the holder called it. */
  name: string;
  /** Keyed hash of a passkey's credential id. */
  lookup_hash: string | null;
  /** Sealed: the shared secret, or the public key and what belongs to it. */
  secret: Uint8Array;
  /** The last step that a code was taken of, or the passkey's signature counter: only ever set forward. */
  counter: number;
  created_at: number;
  used_at: number | null;
}

export interface RecoveryCodeTable {
  account_id: string;
  /** Keyed: 80 bit of chance need no slow hash. */
  code_hash: string;
  used_at: number | null;
}

/** A session as its holder sees it: beside the protocol's own record, which the same keyed hash finds. */
export interface SessionTable {
  /** Shown in forms; it opens nothing. */
  id: string;
  account_id: string;
  uid_hash: string;
  /** In words, such as `Firefox on Linux`: no more of what the browser said is kept. */
  browser: string;
  /** The network of the address, not the address. */
  network: string;
  created_at: number;
  seen_at: number;
}

/** An account that is offered to an address: one at a time. */
export interface InvitationTable {
  id: string;
  email: string;
  email_key: string;
  /** Keyed hash of what the link holds. */
  token_hash: string;
  /** JSON: roles that come with the account. */
  roles: string;
  created_at: number;
  expires_at: number;
}

/** A role of `authorization.roles`, as the configuration has it. */
export interface RoleTable {
  name: string;
  /** JSON: names of roles. */
  includes: string;
  /** JSON: names of permissions. */
  permissions: string;
  /** Whether the configuration keeps it; else administrators do. */
  declared: number;
  updated_at: number;
}

/** An API that tokens are for. */
export interface ResourceTable {
  audience: string;
  /** JSON: what clients may ask for. */
  scopes: string;
  updated_at: number;
}

/** Who changed what: written together with the change, and handed to the record afterwards. */
export interface ChangeTable {
  sequence: Generated<number>;
  id: string;
  made_at: number;
  actor_kind: "account" | "client" | "command" | "configuration" | "gate" | "link";
  /** Id of the account or client, name of the user who ran the command, or of the rule of a gate. */
  actor: string;
  /** `roles-changed`, `secret-added`, … */
  what: string;
  target_kind: "account" | "client" | "role" | "resource" | "key";
  target: string;
  /** JSON: what was different, without secrets and addresses. */
  before: string | null;
  after: string | null;
  /** Whoever hands it to the record has it until then. */
  claimed_until: number | null;
  recorded_at: number | null;
}

export interface IdentityTables {
  role: RoleTable;
  resource: ResourceTable;
  change: ChangeTable;
  artifact: ArtifactTable;
  account: AccountTable;
  account_role: AccountRoleTable;
  client: ClientTable;
  signing_key: SigningKeyTable;
  revocation: RevocationTable;
  sign_in_failure: SignInFailureTable;
  factor: FactorTable;
  recovery_code: RecoveryCodeTable;
  session: SessionTable;
  invitation: InvitationTable;
}
