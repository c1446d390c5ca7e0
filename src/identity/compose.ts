// Puts the authorization server together from its database, its secrets and its settings.
import type { Clock } from "../core/clock.ts";
import type { SystemEvent } from "../core/record.ts";
import { AccountData } from "./accounts/account-data.ts";
import type { AccountStore } from "./accounts/account-store.ts";
import { AddressChange } from "./accounts/address-change.ts";
import { Accounts } from "./accounts/accounts.ts";
import { accountMadeMail, type Mail, type MailMessage, type MailTexts } from "./accounts/mail.ts";
import { MailLimit } from "./accounts/mail-limit.ts";
import { Invitations } from "./accounts/invitations.ts";
import { PasswordPolicy } from "./accounts/password-policy.ts";
import { PasswordHasher } from "./accounts/password-hash.ts";
import { SprayGuard } from "./accounts/spray-guard.ts";
import { SignInThrottle } from "./accounts/sign-in-throttle.ts";
import { Administration } from "./administration/administration.ts";
import { AdministrationApi } from "./administration/api/administration-api.ts";
import { Callers } from "./administration/api/caller.ts";
import { PasswordWishes } from "./administration/password-wishes.ts";
import { atOnceOn, storesOn, togetherOn } from "./administration/stores.ts";
import type { ArtifactStore } from "./artifacts/artifact-store.ts";
import type { ChangeLog, HeardChange } from "./changes/change-log.ts";
import type { ClientStore } from "./clients/client-store.ts";
import type { IdentityDatabase } from "./database.ts";
import type { FactorStore } from "./factors/factor-store.ts";
import { FactorChanges } from "./factors/factor-changes.ts";
import { Passkeys } from "./factors/passkeys.ts";
import type { RecoveryCodes } from "./factors/recovery-codes.ts";
import { SecondFactors } from "./factors/second-factors.ts";
import { administrationAudience } from "./roles/administration-scopes.ts";
import { keyFor, peppersOf } from "./key-for.ts";
import { SigningKeys } from "./keys/signing-keys.ts";
import { Pages } from "./pages/pages.ts";
import { styleWith } from "./pages/style.ts";
import { CookieSigner } from "./provider/cookie-signer.ts";
import type { IdentitySettings } from "./provider/settings.ts";
import { RevocationFeed } from "./revocation/feed.ts";
import { EndedSessions } from "./revocation/ended-sessions.ts";
import { GateKey } from "./revocation/feed-key.ts";
import type { Revocations } from "./revocation/revocations.ts";
import { Sealer } from "./sealing.ts";
import type { Consents } from "./sessions/consents.ts";
import type { SessionStore } from "./sessions/session-store.ts";
import { AccountPages } from "./server/account-pages.ts";
import { SignInRecord } from "./server/sign-in-record.ts";
import { BootstrapPages } from "./server/bootstrap-pages.ts";
import { FormTokens } from "./server/form-token.ts";
import { IdentityServer } from "./server/identity-server.ts";
import { KnownDevices } from "./server/known-devices.ts";
import { Interaction } from "./server/interaction.ts";
import { OwnAccess } from "./server/own-access.ts";
import { OwnAccount } from "./server/own-account.ts";
import { OwnAddress } from "./server/own-address.ts";
import { OwnData } from "./server/own-data.ts";
import { OwnFactors } from "./server/own-factors.ts";
import { OwnPassword } from "./server/own-password.ts";
import { PendingSignIns } from "./server/pending-sign-in.ts";
import { SecondStep } from "./server/second-step.ts";

export interface IdentityPorts {
  readonly database: IdentityDatabase;
  /** Newest first, each 32 bytes in base64url. */
  readonly secrets: readonly [string, ...string[]];
  readonly clock: Clock;
  readonly mail: Mail;
  readonly isCommonPassword: (password: string) => boolean;
  /** Asks whether a password leaked elsewhere; left out where the owner does not want that. */
  readonly isBreachedPassword?: ((password: string) => Promise<boolean>) | undefined;
  readonly failed: (what: string, error: unknown) => void;
  /** Hears of what holders changed of their accounts, for the record. */
  readonly changed?: (what: string, accountId: string) => void;
  /** Hears what is recorded and changed nothing: sign-ins that failed. */
  readonly tell?: ((event: SystemEvent) => void) | undefined;
}

export interface Identity {
  /** To be called now and then: takes up keys that are due, and forgets what has ended. */
  maintain(): Promise<void>;
  /** Says at the end what it would have said at the next upkeep. */
  tellUntold(): void;
  readonly server: IdentityServer;
  readonly administration: Administration;
  readonly changes: ChangeLog;
  readonly accounts: Accounts;
  readonly accountStore: AccountStore;
  readonly invitations: Invitations;
  readonly factors: FactorStore;
  readonly secondFactors: SecondFactors;
  readonly recovery: RecoveryCodes;
  readonly clients: ClientStore;
  readonly revocations: Revocations;
  readonly artifacts: ArtifactStore;
  readonly sessions: SessionStore;
  readonly consents: Consents;
  readonly keys: SigningKeys;
}

/** Who makes keys that are due. */
const SCHEDULE = { kind: "configuration", id: "schedule" } as const;
const KEY_ROTATION = { everySeconds: 30 * 86_400, publishedBeforeSeconds: 86_400 };

/** Nothing is served before `server.renewKeys()` has loaded the keys. Throws SealingKeyError. */
export function composeIdentity(settings: IdentitySettings, ports: IdentityPorts): Identity {
  const { database, secrets, clock, failed } = ports;
  const sealer = new Sealer(secrets);
  const storeParts = { database, sealer, clock, lifetimeSeconds: settings.accessTokenSeconds };
  const stores = storesOn(storeParts);
  const together = togetherOn(storeParts);
  const atOnce = atOnceOn(storeParts);
  const { accounts: accountStore, artifacts, changes, clients, factors, recovery, revocations } = stores;
  const { consents, links, sessions } = stores;
  const changed: HeardChange = async (queries, accountId, what, state) => {
    const actor = { kind: "account", id: accountId } as const;
    await changes.write({ actor, what, targetKind: "account", target: accountId, ...state }, queries);
    ports.changed?.(what, accountId);
  };
  const mountPath = new URL(settings.issuer).pathname.replace(/\/$/, "");
  const { registration } = settings;
  const policy = new PasswordPolicy({
    profile: settings.passwordProfile,
    isCommon: ports.isCommonPassword,
    serviceName: settings.serviceName,
    isBreached: ports.isBreachedPassword,
  });
  const passwordLengthMin = policy.lengthMin(false);
  const { colours, logo } = settings.appearance;
  const style = styleWith(colours);
  const { serviceName } = settings;
  const scopeTexts = new Map(Object.entries(settings.scopeTexts));
  const hasLogo = logo !== undefined;
  const pages = new Pages({ serviceName, mountPath, registration, passwordLengthMin, style, hasLogo, scopeTexts });
  const texts: MailTexts = {
    serviceName: settings.serviceName,
    link: (page, token) => `${settings.issuer.replace(/\/$/, "")}/${page}?token=${token}`,
  };
  const throttle = new SignInThrottle(database, sealer, clock);
  const mailLimit = new MailLimit(clock);
  const mailFailed = (error: unknown): void => failed("mail", error);
  const send = (message: MailMessage): void => void ports.mail.send(message).catch(mailFailed);
  const making = {
    accounts: accountStore,
    artifacts,
    hasher: new PasswordHasher(peppersOf(secrets)),
    policy,
    mail: ports.mail,
    texts,
    changed,
    changes,
  };
  const accounts = new Accounts({
    ...making,
    atOnce,
    links,
    factors,
    sessions,
    throttle,
    mailFailed,
    mailLimit,
  });
  const invitations = new Invitations({ ...making, registration });
  const tokens = new FormTokens({ issuer: settings.issuer, key: keyFor("forms", secrets[0]) });
  const devices = new KnownDevices({ issuer: settings.issuer, key: keyFor("devices", secrets[0]) });
  const secondFactors = new SecondFactors({ factors, recovery, artifacts, throttle });
  const passkeys = new Passkeys({ issuer: settings.issuer, serviceName: settings.serviceName, factors, artifacts });
  const spray = new SprayGuard(clock);
  const tell = ports.tell ?? (() => undefined);
  const signIns = new SignInRecord({ clock, key: keyFor("accounts on record", secrets[0]), tell });
  const common = { accountStore, factors, secondFactors, passkeys, pages, tokens, devices, spray, signIns };
  const secondStep = new SecondStep({ ...common, pending: new PendingSignIns(artifacts) });
  const rotation = { ...KEY_ROTATION, publishedAfterSeconds: settings.accessTokenSeconds + 3_600 };
  const keys = new SigningKeys(database, sealer, clock, rotation, (before, made, queries) => {
    const state = { before: { keys: before }, after: { keys: [...before, made] } };
    return changes.write({ actor: SCHEDULE, what: "added", targetKind: "key", target: made, ...state }, queries);
  });
  const holding = { accounts, accountStore, artifacts, sessions, texts, send };
  const cookieSigner = new CookieSigner(secrets.map((secret) => keyFor("cookies", secret)));
  const wishes = new PasswordWishes(artifacts, (email, token) => ports.mail.send(accountMadeMail(texts, email, token)));
  const administration = new Administration(stores, together, accounts, keys, wishes, (error) => {
    mailFailed(error);
    // Nobody asks for it: without that the holder waits for nothing, and whoever named the account does not know.
    const message =
      "a mail to an account of the configuration could not be handed over: the next start writes it again";
    tell({ action: "identity.mail-failed", level: "error", message });
  });
  const gateKey = new GateKey(secrets);
  const audience = administrationAudience(settings.issuer);
  const administrationApi = settings.administration
    ? new AdministrationApi(
        administration,
        new Callers(stores, { issuer: settings.issuer, audience }),
        () => server.renewKeys(),
        failed,
      )
    : undefined;
  const server: IdentityServer = new IdentityServer({
    provider: {
      settings,
      accounts: accountStore,
      artifacts,
      clients,
      factors,
      revocations,
      sessions,
      cookieSigner,
      nonceKey: keyFor("proof nonces", secrets[0]),
      pages,
      browserMark: (request) => tokens.browserMark(request),
    },
    keys,
    administration: administrationApi,
    interaction: new Interaction({ ...common, accounts, clients, secondStep }),
    bootstrap: new BootstrapPages(administration.bootstrap, pages, tokens),
    accountPages: new AccountPages({ accounts, invitations, clients, pages, tokens, devices, spray }),
    ownAccount: new OwnAccount({ ...common, issuer: settings.issuer, recovery, sessions, consents }, [
      new OwnFactors({
        ...common,
        changes: new FactorChanges({ accounts, secondFactors, passkeys, policy, together }),
      }),
      new OwnPassword({ ...common, accounts }),
      new OwnAddress({
        ...common,
        accounts,
        addressChange: new AddressChange({ ...holding, atOnce, links, mailLimit }),
      }),
      new OwnData({
        ...common,
        accounts,
        accountData: new AccountData({ ...holding, changes, consents, factors, recovery, throttle, together }),
      }),
      new OwnAccess({ accounts, atOnce, pages }),
    ]),
    style,
    logo,
    feed: new RevocationFeed(revocations, () => server.followKeys(), gateKey),
    endedSessions: new EndedSessions(atOnce, gateKey),
    failed,
  });
  const maintain = async (): Promise<void> => {
    signIns.tellUntold();
    await server.renewKeys();
    await artifacts.removeEnded();
    await sessions.removeEnded();
    await revocations.removeEnded();
    await throttle.removeEnded();
    await invitations.removeEnded();
    await accounts.removeUnconfirmed();
    await changes.removeEnded();
  };
  return {
    maintain,
    tellUntold: () => signIns.tellUntold(),
    server,
    administration,
    changes,
    accounts,
    accountStore,
    invitations,
    factors,
    secondFactors,
    recovery,
    clients,
    revocations,
    artifacts,
    sessions,
    consents,
    keys,
  };
}
