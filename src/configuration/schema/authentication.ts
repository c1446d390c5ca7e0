// The `authentication` settings: who may vouch for a caller, by security scheme of the document.
import { z } from "zod";
import { apiKeySchema } from "./api-keys.ts";
import { duration, mode, secret } from "./words.ts";

const claimPath = z.array(z.string().min(1)).min(1);

const algorithm = z.enum([
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "HS256",
]);

const dpopMode = z.enum(["accept", "require", "off"]);

const issuer = z.string().regex(/^(built-in|https?:\/\/[^\s#?]+)$/, {
  error: "an https URL, as the tokens' `iss` has it; or built-in, for the section identity",
});

const schemeSchema = z
  .strictObject({
    issuer: issuer
      .optional()
      .describe(
        "`iss` of the tokens, exactly. Keys are found by discovery unless jwks or secret is given. built-in: the section identity.",
      ),
    audience: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .optional()
      .describe("`aud` that names this API: one of these must be in the token."),
    jwks: z.string().min(1).optional().describe("Keys of the issuer: a URL, or a file relative to this one."),
    secret: secret.optional().describe("Shared secret of at least 32 bytes (HS256), where the issuer has no key pair."),
    algorithms: z
      .array(algorithm)
      .min(1)
      .optional()
      .describe("Signature algorithms that are accepted. Default: all asymmetric ones; with `secret`, HS256."),
    typ: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .optional()
      .describe("Accepted `typ` header of the tokens, in place of the preset's."),
    preset: z
      .enum(["rfc9068", "keycloak", "hydra", "auth0", "entra", "okta", "cognito"])
      .optional()
      .describe(
        "Conventions of the issuer: typ and claims. Default rfc9068, whose typ is at+jwt. See docs/issuers.md.",
      ),
    claims: z
      .strictObject({
        scopes: claimPath.optional().describe("Path to the scopes. Default [scope]."),
        roles: claimPath.optional().describe("Path to the user's roles. Default: none are believed."),
        permissions: claimPath.optional().describe("Path to the user's permissions. Default: none are believed."),
      })
      .optional()
      .describe("Where the token carries what, each a path of names: [realm_access, roles]."),
    lifetimeMax: duration.optional().describe("Longest accepted life of a token, from iat to exp. Default: no limit."),
    dangerouslyAllowMissingTyp: z
      .boolean()
      .optional()
      .describe("Accept tokens without a `typ` header, where no preset tells them apart. Default false."),
    allowMissingKid: z
      .boolean()
      .optional()
      .describe("Accept tokens without `kid` where the issuer has a single key. Default false."),
    dpop: z
      .union([
        dpopMode,
        z.strictObject({
          mode: dpopMode.optional().describe("The same, beside other settings. Default accept."),
          maxAge: duration.optional().describe("How old a proof may be, beside 30s of skew. Default 1m."),
          nonce: z.boolean().optional().describe("Demand a nonce of the gate's own in each proof. Default false."),
        }),
      ])
      .optional()
      .describe(
        "Tokens bound to a key (RFC 9449): accept them with their proof, require them, or off. Default accept.",
      ),
    keys: z
      .union([z.string().min(1), z.array(apiKeySchema)])
      .optional()
      .describe("API keys of this scheme: the file that `portcullis keys create` writes, or a list of what it prints."),
    checkedByUpstream: z
      .literal(true)
      .optional()
      .describe(
        "The API checks this credential itself (basic, cookie, query key); the gate only asks that it is sent.",
      ),
  })
  .describe("How credentials of one security scheme are proven.");

const forwardSchema = z
  .strictObject({
    fields: z.boolean().optional().describe("Caller, scopes and roles in fields X-Portcullis-…. Default false."),
    jwt: z
      .strictObject({
        audience: z.string().min(1).describe("`aud`: the name by which the API knows itself."),
        issuer: z.string().min(1).optional().describe("`iss`. Default: transport.publicUrl, else portcullis."),
        key: z
          .string()
          .min(1)
          .optional()
          .describe("Private key for ES256 (PEM). Default: one of this process, published by the admin listener."),
        lifetime: duration.optional().describe("How long a token is good. Default 1m."),
        bind: z
          .enum(["caller", "request"])
          .optional()
          .describe("caller: one token for the requests of a credential. request: each signed anew. Default caller."),
      })
      .optional()
      .describe("A short-lived token of the gate's own in X-Portcullis-Token."),
    credentials: z
      .enum(["keep", "drop"])
      .optional()
      .describe("Whether the API gets the credentials that the gate has judged. Default keep."),
  })
  .describe("What the API behind the gate learns of the caller.");

const requirement = z.union([
  z.string().min(1),
  z.record(z.string(), z.array(z.string().min(1))).describe("Schemes that must all hold, with their scopes."),
]);

export const authenticationSchema = z
  .object({
    mode: mode
      .optional()
      .describe(
        "monitor: note what would be refused, let it through. Default enforce. No off: `security: []` in the document makes an operation public.",
      ),
    default: z
      .array(requirement)
      .min(1)
      .optional()
      .describe("What operations ask for where the document says nothing: alternatives, as in `security`."),
    forward: forwardSchema.optional(),
    denied: z
      .string()
      .min(1)
      .optional()
      .describe("File of tokens that are refused before they end; `portcullis tokens deny` writes it."),
  })
  .catchall(schemeSchema)
  .describe('Who is calling: one entry per security scheme of the document; "*" for every token scheme without one.');
