// From what the user wrote under `identity` to complete settings of the authorization server.
import { clientKeyFault } from "../../identity/provider/client-keys.ts";
import { DEFAULTS } from "../defaults.ts";
import { name as nameOf } from "../issues.ts";
import { OWN_CLIENTS } from "../../identity/clients/client-draft.ts";
import { isSafeRedirect } from "../../identity/clients/redirect-uris.ts";
import type { Configuration } from "../schema/portcullis.ts";
import { durationMs, toListenAddress } from "../schema/words.ts";
import type { IdentityClientSettings, IdentityMailSettings, IdentitySettings, TransportSettings } from "../settings.ts";
import type { KeyPath } from "../source.ts";
import { resolveAppearance } from "./appearance.ts";
import { resolvePasswords, resolveSecrets } from "./identity-hashing.ts";
import { judgeReach } from "./identity-reach.ts";
import { resolveUsers } from "./identity-users.ts";
import type { Resolving } from "./resolving.ts";
import { resolveSecret } from "./secret.ts";

type Written = NonNullable<Configuration["identity"]>;

/** Undefined without the section. `transport`: where the gateway is reached. */
export async function resolveIdentity(
  written: Written | undefined,
  transport: TransportSettings,
  to: Resolving,
): Promise<IdentitySettings | undefined> {
  if (written === undefined) return undefined;
  const { publicUrl } = transport;
  const listen = written.listen === undefined ? DEFAULTS.identityListen : toListenAddress(written.listen);
  judgeReach(transport, listen, to);
  const path = written.path ?? DEFAULTS.identityPath;
  if (publicUrl === undefined) {
    to.error(
      ["identity"],
      "issuer-unknown",
      "identity needs transport.publicUrl: its addresses are in tokens, mails and redirects",
      "Add `publicUrl: https://api.example.com`.",
    );
  }
  const seconds = (text: string | undefined, otherwiseMs: number) =>
    Math.round((text === undefined ? otherwiseMs : durationMs(text)) / 1_000);
  const { database } = written;
  const secrets = await resolveSecrets(written.secrets, to);
  return {
    issuer: `${publicUrl ?? ""}${path}`,
    path,
    listen,
    database: databaseOf(database, to),
    secrets,
    serviceName: written.serviceName,
    scopeTexts: written.scopeTexts ?? {},
    registration: written.registration ?? "open",
    appearance: await resolveAppearance(written.appearance, to),
    registrationPath: registrationPathOf(written, path, to),
    passwords: resolvePasswords(written.passwords, to),
    administration: written.administration !== "off",
    mail: await resolveMail(written.mail, publicUrl, to),
    accessTokenSeconds: seconds(written.accessTokenLifetime, DEFAULTS.accessTokenLifetimeMs),
    refreshTokenSeconds: seconds(written.refreshTokenLifetime, DEFAULTS.refreshTokenLifetimeMs),
    sessionSeconds: seconds(written.sessionLifetime, DEFAULTS.sessionLifetimeMs),
    clients: Object.entries(written.clients ?? {}).map(([id, client]) => resolveClient(id, client, to)),
    users: await resolveUsers(written.users, { secrets, isWhole: secrets.length === written.secrets.length }, to),
  };
}

function databaseOf(written: string | undefined, to: Resolving): string {
  if (written !== undefined && /^postgres(ql)?:\/\//.test(written)) {
    if (!to.source.fromEnvironment(["identity", "database"]) && /^[^/]+\/\/[^@/]*:[^@/]*@/.test(written)) {
      to.warn(
        ["identity", "database"],
        "secret-in-file",
        "identity.database stands in the configuration with its password in clear",
        "Write ${DATABASE_URL} for a variable of the environment.",
      );
    }
    return written;
  }
  return to.file(["identity", "database"], written ?? DEFAULTS.identityDatabase);
}

function registrationPathOf(
  { registration = "open", registrationPath }: Written,
  path: string,
  to: Resolving,
): string | undefined {
  if (registrationPath === undefined) return undefined;
  const at = ["identity", "registrationPath"];
  if (registration !== "open") {
    to.error(at, "without-effect", "registration is not open: nothing is served there", "Leave registrationPath out.");
  }
  if (`${registrationPath}/`.startsWith(`${path}/`)) {
    const message = `identity.registrationPath lies below ${path}, where the authorization server has paths of its own`;
    to.error(at, "without-effect", message, `${path}/api/register is served already.`);
  }
  return registrationPath;
}

async function resolveMail(
  written: Written["mail"],
  publicUrl: string | undefined,
  to: Resolving,
): Promise<IdentityMailSettings | undefined> {
  const at = ["identity", "mail"];
  if ("folder" in written) {
    if (publicUrl !== undefined && !/^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(publicUrl)) {
      to.error(
        at,
        "mail-nowhere",
        "identity.mail.folder is for development: nobody outside would get a mail",
        "Name a mail server: `mail: { smtp: ${SMTP_URL}, from: no-reply@example.com }`.",
      );
    }
    return { kind: "folder", folder: to.file([...at, "folder"], written.folder) };
  }
  const url = await resolveSecret(written.smtp, [...at, "smtp"], to);
  if (url === undefined) return undefined;
  if (!/^smtps?:$/.test(URL.parse(url)?.protocol ?? "")) {
    to.error(
      [...at, "smtp"],
      "smtp-url",
      "identity.mail.smtp is no smtp: or smtps: URL",
      "Such as smtps://user:password@mail.example.com",
    );
    return undefined;
  }
  return { kind: "smtp", url, from: written.from };
}

type WrittenClient = NonNullable<Written["clients"]>[string];

function judgeKeys({ profile, keys }: WrittenClient, at: KeyPath, to: Resolving): void {
  if (keys === undefined) {
    if (profile !== "fapi2") return;
    const remedy = "Have its owner make a key pair, and put the public half here as a JWK. There is no secret.";
    to.error(at, "missing-key", `keys is missing in ${nameOf(at)}: a fapi2 client signs what it asks for`, remedy);
    return;
  }
  if (profile === "public") {
    const message = `${nameOf(at)} is public: whatever it signed with would be in everybody's hands`;
    to.error([...at, "keys"], "without-effect", message, "Leave keys out, or choose another profile.");
  }
  const kids = keys.map(({ kid }) => kid);
  if (keys.length > 1 && new Set(kids).size < keys.length) {
    const message = `${nameOf([...at, "keys"])} are not told apart: each needs a kid of its own`;
    to.error([...at, "keys"], "kid-twice", message, "Give each its `kid`, which the client names in what it signs.");
  }
  for (const [i, key] of keys.entries()) {
    const fault = clientKeyFault(key);
    if (fault === undefined) continue;
    const remedy = "A public key for ES256, PS256 or EdDSA, such as the one that jose's `exportJWK` gives.";
    to.error([...at, "keys", i], "client-key", `${nameOf([...at, "keys", i])} cannot be used: ${fault}`, remedy);
  }
}

function resolveClient(id: string, written: WrittenClient, to: Resolving): IdentityClientSettings {
  const at = ["identity", "clients", id];
  const { profile, redirectUris = [] } = written;
  if (OWN_CLIENTS.includes(id)) {
    to.error(
      at,
      "client-reserved",
      `${id} is the id of the account page: this client would never be asked for`,
      "Choose another id.",
    );
  }
  if (profile !== "machine" && redirectUris.length === 0) {
    to.error(
      at,
      "missing-key",
      `redirectUris is missing in ${nameOf(at)}`,
      "Name each address that codes may be sent to, exactly.",
    );
  }
  if (profile === "machine" && redirectUris.length > 0) {
    to.error(
      [...at, "redirectUris"],
      "without-effect",
      `${nameOf(at)} is a machine: it is never redirected to`,
      "Leave redirectUris out, or choose another profile.",
    );
  }
  for (const key of ["redirectUris", "postLogoutRedirectUris"] as const) {
    for (const [i, uri] of (written[key] ?? []).entries()) {
      if (isSafeRedirect(uri, profile)) continue;
      to.error(
        [...at, key, i],
        "redirect-insecure",
        `${uri} could be anybody's`,
        "Use https; http for localhost only; or, for an application on a device, a scheme with your domain in it: com.example.app:/callback.",
      );
    }
  }
  if (profile !== "machine" && (written.roles ?? []).length > 0) {
    to.error(
      [...at, "roles"],
      "without-effect",
      `${nameOf(at)} acts for its users: only a machine has roles of its own`,
      "Give the roles to the users: portcullis identity user grant.",
    );
  }
  judgeKeys(written, at, to);
  return {
    id,
    profile,
    keys: written.keys ?? [],
    name: written.name ?? id,
    roles: written.roles ?? [],
    redirectUris,
    postLogoutRedirectUris: written.postLogoutRedirectUris ?? [],
    scopes: written.scopes,
  };
}
