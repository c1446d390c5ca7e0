// What account holders see of their own account: how they sign in, and how they end that.
import encodeQr from "qr";
import type { Factor } from "../factors/factor-store.ts";
import { base32, inGroups } from "../factors/base32.ts";
import { accessSections, type AccessView } from "./account-access.ts";
import { dataSection } from "./account-data.ts";
import { day } from "./days.ts";
import { type FormState, framed, hidden, nameField, newPasswordField, type PageSettings, wrongNote } from "./frame.ts";
import { Html, html } from "./html.ts";
import { passkeyForm } from "./passkey-form.ts";

export interface AccountView extends AccessView {
  readonly email: string;
  readonly factors: readonly Factor[];
  readonly recoveryCodesLeft: number;
  readonly mayAddPasskey: boolean;
  /** By the configuration: neither its address nor its end is the holder's to decide. */
  readonly isKept: boolean;
  /** What was done just now, in a sentence. */
  readonly done?: string | undefined;
}

export function accountPage(settings: PageSettings, view: AccountView, state: FormState): string {
  const at = `${settings.mountPath}/account`;
  const { factors, recoveryCodesLeft } = view;
  return framed(
    settings,
    "Your account",
    html`${view.done === undefined ? undefined : html`<p class="done" role="status">${view.done}</p>`}
      <p><strong>${view.email}</strong></p>
      <nav aria-label="Account">
        ${view.isKept ? undefined : html`<a href="${at}/email">Another e-mail address</a>`}
        <a href="${at}/password">Another password</a>
      </nav>
      <h2>Second factors</h2>
      ${
        factors.length === 0
          ? html`<p>With one, your password alone opens nothing. You are asked for it when you sign in.</p>`
          : html`<ul class="list">
              ${factors.map((factor) => factorItem(at, factor, state))}
            </ul>`
      }
      <nav aria-label="Second factors">
        <a href="${at}/app">Add an authenticator app</a>
        ${view.mayAddPasskey ? html`<a href="${at}/passkey">Add a passkey</a>` : undefined}
      </nav>
      ${
        factors.length === 0
          ? undefined
          : html`<h2>Recovery codes</h2>
              <p>${recoveryCodesLeft} left. Each signs you in once, when you have nothing else at hand.</p>
              <form method="post" action="${at}/recovery-codes">
                ${hidden(state)}<button type="submit" class="plain">Make new ones in their place</button>
              </form>`
      }
      ${accessSections(settings, view, state)} ${dataSection(at, view, state)}`,
  );
}

function factorItem(at: string, { id, kind, name, created_at, used_at }: Factor, state: FormState): Html {
  const what = { totp: "Authenticator app", passkey: "Passkey" }[kind];
  const used = used_at === null ? "not used yet" : `last used ${day(used_at)}`;
  return html`<li>
    <div>
      <strong>${name}</strong>
      <p class="hint">${what}, added ${day(created_at)}, ${used}</p>
    </div>
    <form method="post" action="${at}/remove">
      ${hidden(state)}<input type="hidden" name="factor" value="${id}" />
      <button type="submit" class="small" aria-label="Remove ${name}">Remove</button>
    </form>
  </li>`;
}

export interface AppEnrolment {
  readonly id: string;
  readonly secret: Uint8Array;
  readonly uri: string;
}

export function addAppPage(settings: PageSettings, { id, secret, uri }: AppEnrolment, state: FormState): string {
  const at = `${settings.mountPath}/account`;
  const picture = new Html(encodeQr(uri, "svg", { border: 4 }));
  return framed(
    settings,
    "Add an authenticator app",
    html`${wrongNote(state)}
      <p>Scan this with the app, or type the key into it.</p>
      <div class="qr" role="img" aria-label="QR code of the key below">${picture}</div>
      <p class="key"><code>${inGroups(base32(secret))}</code></p>
      <details>
        <summary>As a link</summary>
        <p class="key"><a href="${uri}">${uri}</a></p>
      </details>
      <form method="post" action="${at}/app">
        ${hidden(state)}<input type="hidden" name="enrolment" value="${id}" />
        ${nameField("Authenticator app")}
        <div class="field">
          <label for="code">Code that the app shows now</label>
          <input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="8" required />
        </div>
        <button type="submit">Add the app</button>
      </form>
      ${back(at)}`,
  );
}

export function addPasskeyPage(settings: PageSettings, options: string, state: FormState): string {
  const at = `${settings.mountPath}/account`;
  return framed(
    settings,
    "Add a passkey",
    html`${wrongNote(state)}
      <p>Your device, your password manager or a security key keeps it. It can take the place of the password.</p>
      <p class="wrong" data-without-passkey>This browser has no passkeys, or runs no scripts.</p>
      ${passkeyForm({
        does: "create",
        action: `${at}/passkey`,
        options,
        button: "Add the passkey",
        fields: html`${hidden(state)}${nameField("Passkey")}`,
      })}
      ${back(at)}`,
  );
}

export function changePasswordPage(settings: PageSettings, email: string, state: FormState): string {
  const at = `${settings.mountPath}/account`;
  return framed(
    settings,
    "Choose another password",
    html`${wrongNote(state)}
      <form method="post" action="${at}/password">
        ${hidden(state)}
        <input type="email" name="username" autocomplete="username" value="${email}" hidden />
        <div class="field">
          <label for="old">Password until now</label>
          <input id="old" name="old" type="password" autocomplete="current-password" required />
        </div>
        ${newPasswordField(settings, "New password")}
        <button type="submit">Change the password</button>
        <p class="hint">Ends your other sessions and every application's access.</p>
      </form>
      ${back(at)}`,
  );
}

/** Shown once: nobody can ask for them again. */
export function recoveryCodesPage(settings: PageSettings, codes: readonly string[]): string {
  return framed(
    settings,
    "Your recovery codes",
    html`<p>Keep them where you find them without your phone. Each signs you in once. They are not shown again.</p>
      <ul class="codes">
        ${codes.map((code) => html`<li><code>${code}</code></li>`)}
      </ul>
      <nav><a href="${settings.mountPath}/account">I have kept them</a></nav>`,
  );
}

function back(at: string): Html {
  return html`<nav aria-label="Back"><a href="${at}">Back to your account</a></nav>`;
}
