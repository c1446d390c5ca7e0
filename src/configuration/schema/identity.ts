// The `identity` settings: the built-in authorization server, for those who have no issuer of tokens.
import { z } from "zod";
import { REDIRECT_URI } from "../../identity/clients/redirect-uris.ts";
import { SHOWN_NAME } from "../../identity/clients/shown-name.ts";
import { duration, listenAddress, secret } from "./words.ts";

const scope = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, { error: "a scope without spaces, such as orders:read" });

const redirectUri = z.string().regex(REDIRECT_URI, {
  error: "an absolute URI without a fragment or *, such as https://app.example.com/callback",
});

const shownName = z
  .string()
  .min(1)
  .max(100)
  .regex(SHOWN_NAME, { error: "a name without control characters and marks of direction" });

const shownText = z
  .string()
  .min(1)
  .max(200)
  .regex(SHOWN_NAME, { error: "a sentence without control characters and marks of direction" });

const clientSchema = z
  .strictObject({
    profile: z
      .enum(["public", "confidential", "machine", "fapi2"])
      .describe(
        "public: in a browser or on a device, without a secret. confidential: a server. machine: a program without a user. fapi2: a server by FAPI 2.0: pushed requests, a key of its own, tokens bound to a key.",
      ),
    name: shownName.optional().describe("What people are shown. Default: its id."),
    redirectUris: z.array(redirectUri).optional().describe("Where codes may be sent to, each exactly."),
    postLogoutRedirectUris: z.array(redirectUri).optional().describe("Where people may be sent after they signed out."),
    scopes: z
      .array(scope)
      .optional()
      .describe("What it may ask for. Default: every scope of the document, openid, email and offline_access."),
    roles: z.array(z.string().min(1)).optional().describe("Roles of a machine's own, as its tokens carry them."),
    keys: z
      .array(z.record(z.string(), z.unknown()))
      .min(1)
      .max(5)
      .optional()
      .describe("Public keys (JWK) that it signs with (private_key_jwt), in place of a secret. Needed for fapi2."),
  })
  .describe("A client by its id.");

const userSchema = z
  .strictObject({
    roles: z.array(z.string().min(1)).optional().describe("Exactly these roles. Default: none."),
    status: z.enum(["active", "disabled"]).optional().describe("disabled: nobody signs in with it. Default active."),
    passwordHash: secret
      .optional()
      .describe("Made by `portcullis identity user hash`. Default: a mail asks the holder for a password."),
  })
  .describe("An account by its e-mail address.");

const mailSchema = z.union([
  z.strictObject({
    smtp: secret.describe("smtps://user:password@host, or smtp://host:587 (with STARTTLS)."),
    from: z.string().min(3).describe('Sender: "Orders <no-reply@example.com>".'),
  }),
  z.strictObject({ folder: z.string().min(1).describe("For development: messages become files in this folder.") }),
]);

const colour = z.string().regex(/^#[0-9a-f]{6}$/i, { error: "a colour such as #0a58ca" });

const appearanceSchema = z.strictObject({
  colour: z
    .strictObject({
      light: colour.describe("On light pages: at least 4.5:1 on white."),
      dark: colour.describe("On dark pages: at least 4.5:1 on #161b22."),
    })
    .optional()
    .describe("Colour of links and buttons."),
  logo: z.string().min(1).optional().describe("A PNG, JPEG or WebP file of at most 256 KiB, in the place of the name."),
});

const passwordsSchema = z.strictObject({
  profile: z
    .enum(["default", "nist"])
    .optional()
    .describe("nist: 15 characters for accounts without a second factor. Default: 12 for all."),
  breached: z
    .strictObject({
      range: z
        .string()
        .regex(/^https?:\/\/[^\s?#]+$/, { error: "an address such as https://api.pwnedpasswords.com/range" })
        .describe("Asked for the hashes that begin as the password's does; five characters of it leave."),
      whenUnreachable: z
        .enum(["accept", "refuse"])
        .optional()
        .describe("Whether a password is taken while nobody can be asked. Default accept."),
    })
    .optional()
    .describe("Refuses passwords that leaked elsewhere, by an online list. Default: nobody is asked."),
});

export const identitySchema = z
  .strictObject({
    path: z
      .string()
      .regex(/^\/[a-z0-9-]+$/, { error: "a path of one segment, such as /identity" })
      .optional()
      .describe("Where it is served, below transport.publicUrl. Default /identity."),
    listen: listenAddress.optional().describe("Where its own process listens for the gateway. Default 127.0.0.1:9444."),
    database: z
      .string()
      .min(1)
      .optional()
      .describe('A SQLite file, or postgres://… (from the environment). Default "identity.db".'),
    secrets: z
      .array(secret)
      .min(1)
      .max(5)
      .describe("Keys that seal what is stored, newest first: each 32 bytes in base64 (openssl rand -base64 32)."),
    serviceName: shownName.optional().describe("What people are shown. Default: the title of the document."),
    scopeTexts: z
      .record(scope, shownText)
      .optional()
      .describe("What people are shown who allow a scope. Default: its description in the document's oauth2 scheme."),
    registration: z
      .enum(["open", "invitation", "closed"])
      .optional()
      .describe(
        "invitation: an administrator asks people by mail. closed: accounts are made by an administrator. Default open.",
      ),
    appearance: appearanceSchema.optional().describe("The look of the pages."),
    registrationPath: z
      .string()
      .regex(/^(\/[\w.~-]+)+$/, { error: "a path such as /api/register" })
      .optional()
      .describe("Another path where POST with JSON makes an account, beside /identity/api/register."),
    passwords: passwordsSchema.optional().describe("What a new password must be."),
    administration: z
      .enum(["on", "off"])
      .optional()
      .describe("Whether the administration API is served, below the path of identity. Default on."),
    mail: mailSchema.describe("How account holders are written to."),
    accessTokenLifetime: duration.optional().describe("Life of access tokens. Default 5m."),
    refreshTokenLifetime: duration.optional().describe("Life of a refresh token. Default 14d."),
    sessionLifetime: duration.optional().describe("How long a browser stays signed in after its sign-in. Default 14d."),
    clients: z
      .record(z.string().regex(/^[\w.-]{1,100}$/, { error: "an id of letters, digits, dot, hyphen" }), clientSchema)
      .optional()
      .describe("Clients that the configuration keeps."),
    users: z
      .record(z.string().min(3).max(254), userSchema)
      .optional()
      .describe("Accounts that the configuration keeps. One that it names no longer is disabled, never deleted."),
  })
  .describe("The built-in authorization server: OAuth 2.0 with PKCE, OpenID Connect, accounts.");
