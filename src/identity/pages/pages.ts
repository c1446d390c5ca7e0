// The pages that account holders see: plain forms with labels, that need no script.
import type { WayBack } from "../clients/way-back.ts";
import {
  currentPasswordField,
  emailField,
  type FormState,
  framed,
  hidden,
  newPasswordField,
  type PageSettings,
  wrongNote,
} from "./frame.ts";
import { Html, html } from "./html.ts";
import { passkeyForm } from "./passkey-form.ts";
import { scopeItem } from "./scopes.ts";

export class Pages {
  readonly settings: PageSettings;

  constructor(settings: PageSettings) {
    this.settings = settings;
  }

  /** `passkeyOptions`: for a browser that has one, which then is the only factor. */
  signIn(uid: string, client: string, state: FormState, passkeyOptions: string | undefined): string {
    const { mountPath: at, registration } = this.settings;
    const from = state.client === undefined ? "" : `?client=${encodeURIComponent(state.client.clientId)}`;
    const register = registration === "open" ? html`<a href="${at}/register${from}">Make an account</a>` : undefined;
    const passkey =
      passkeyOptions === undefined
        ? undefined
        : passkeyForm({
            does: "get",
            action: `${at}/interaction/${uid}/passkey`,
            options: passkeyOptions,
            button: "Sign in with a passkey",
            isPlain: true,
            fields: html`${hidden({ token: state.token })}<input type="hidden" name="alone" value="yes" />`,
          });
    return this.#page(
      `Sign in to ${client}`,
      html`${wrongNote(state)}
        <form method="post" action="${at}/interaction/${uid}/sign-in">
          ${hidden({ token: state.token })}${emailField(state)}${currentPasswordField()}
          <button type="submit">Sign in</button>
        </form>
        ${passkey}
        <nav>${register}<a href="${at}/forgotten${from}">Forgot your password?</a></nav>`,
    );
  }

  consent(uid: string, client: string, account: string, scopes: readonly string[], state: FormState): string {
    const at = this.settings.mountPath;
    const asked = scopes.map((scope) => html`<li>${scopeItem(this.settings, scope)}</li>`);
    return this.#page(
      `${client} asks for access`,
      html`<p>You are signed in as <strong>${account}</strong>. ${client} wants to act for you with:</p>
        <ul>
          ${asked}
        </ul>
        <form method="post" action="${at}/interaction/${uid}/consent">
          ${hidden(state)}
          <button type="submit" name="answer" value="allow">Allow</button>
          <button type="submit" name="answer" value="deny" class="plain">Deny</button>
        </form>`,
    );
  }

  register(state: FormState): string {
    return this.#page(
      "Make an account",
      html`${wrongNote(state)}
        <form method="post" action="${this.settings.mountPath}/register">
          ${hidden(state)}${emailField(state)}${newPasswordField(this.settings)}
          <button type="submit">Make the account</button>
        </form>`,
    );
  }

  /** For whoever an administrator has asked to have an account. */
  invitation(invitationToken: string, state: FormState): string {
    return this.#page(
      "Make your account",
      html`${wrongNote(state)}
        <p>You are invited as <strong>${state.email}</strong>.</p>
        <form method="post" action="${this.settings.mountPath}/invitation">
          ${hidden(state)}<input type="hidden" name="invitation" value="${invitationToken}" />
          <input type="email" name="username" autocomplete="username" value="${state.email}" hidden />
          ${newPasswordField(this.settings)}
          <button type="submit">Make the account</button>
        </form>`,
    );
  }

  forgotten(state: FormState): string {
    return this.#page(
      "Choose a new password",
      html`${wrongNote(state)}
        <p>We send a link to your address, if it has an account.</p>
        <form method="post" action="${this.settings.mountPath}/forgotten">
          ${hidden(state)}${emailField(state)}
          <button type="submit">Send the link</button>
        </form>`,
    );
  }

  reset(resetToken: string, state: FormState): string {
    return this.#page(
      "Choose a new password",
      html`${wrongNote(state)}
        <form method="post" action="${this.settings.mountPath}/reset">
          ${hidden(state)}<input type="hidden" name="reset" value="${resetToken}" />${newPasswordField(this.settings)}
          <button type="submit">Set the password</button>
        </form>`,
    );
  }

  /** Asked first: mail programs open links by themselves. `asksPassword`: in another browser than the one that made the account. */
  verify(verifyToken: string, state: FormState, asksPassword: boolean): string {
    const { mountPath: at } = this.settings;
    const why = html`<p>
      The account was not made in this browser. Type the password that was chosen when it was made.
    </p>`;
    const otherwise = html`<nav><a href="${at}/forgotten">Not your password? Choose a new one</a></nav>`;
    return this.#page(
      "Confirm your address",
      html`${wrongNote(state)}${asksPassword ? why : undefined}
        <form method="post" action="${at}/verify">
          ${hidden(state)}<input type="hidden" name="verify" value="${verifyToken}" />
          ${asksPassword ? currentPasswordField() : undefined}
          <button type="submit">Confirm</button>
        </form>
        ${asksPassword ? otherwise : undefined}`,
    );
  }

  message(title: string, text: string, back?: WayBack): string {
    const link = back === undefined ? undefined : html`<nav><a href="${back.url}">Go on to ${back.name}</a></nav>`;
    return this.#page(
      title,
      html`<p>${text}</p>
        ${link}`,
    );
  }

  error(title: string, detail: string): string {
    return this.#page("That did not work", html`<p class="wrong" role="alert"><code>${title}</code> ${detail}</p>`);
  }

  signOut(form: string): string {
    return this.#page(
      "Sign out?",
      html`${new Html(form)}
        <button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>
        <button type="submit" form="op.logoutForm" class="plain">Stay signed in</button>`,
    );
  }

  signedOut(): string {
    return this.message("You are signed out", "You can close this page.");
  }

  #page(title: string, content: Html): string {
    return framed(this.settings, title, content);
  }
}
