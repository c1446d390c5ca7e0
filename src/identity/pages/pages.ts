// The pages that account holders see: plain forms with labels, without a script.
import { Html, html } from "./html.ts";
import { STYLE_ELEMENT } from "./style.ts";

export interface PageSettings {
  readonly serviceName: string;
  /** Path of the authorization server, without a slash at its end: `/identity`, or nothing. */
  readonly mountPath: string;
  readonly registration: "open" | "closed";
}

export interface FormState {
  /** Proves that the form was made here for this browser. */
  readonly token: string;
  readonly email?: string | undefined;
  /** What was wrong with the last try, in a sentence. */
  readonly wrong?: string | undefined;
}

export class Pages {
  readonly #settings: PageSettings;

  constructor(settings: PageSettings) {
    this.#settings = settings;
  }

  signIn(uid: string, client: string, state: FormState): string {
    const { mountPath: at, registration } = this.#settings;
    const register = registration === "open" ? html`<a href="${at}/register">Make an account</a>` : undefined;
    return this.#page(
      `Sign in to ${client}`,
      html`${this.#wrong(state)}
        <form method="post" action="${at}/interaction/${uid}/sign-in">
          ${hidden(state)}${emailField(state)}${passwordField("current-password")}
          <button type="submit">Sign in</button>
        </form>
        <nav>${register}<a href="${at}/forgotten">Forgot your password?</a></nav>`,
    );
  }

  consent(uid: string, client: string, account: string, scopes: readonly string[], state: FormState): string {
    const at = this.#settings.mountPath;
    const asked = scopes.map((scope) => html`<li><code>${scope}</code></li>`);
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
      html`${this.#wrong(state)}
        <form method="post" action="${this.#settings.mountPath}/register">
          ${hidden(state)}${emailField(state)}${passwordField("new-password")}
          <button type="submit">Make the account</button>
        </form>`,
    );
  }

  forgotten(state: FormState): string {
    return this.#page(
      "Choose a new password",
      html`${this.#wrong(state)}
        <p>We send a link to your address, if it has an account.</p>
        <form method="post" action="${this.#settings.mountPath}/forgotten">
          ${hidden(state)}${emailField(state)}
          <button type="submit">Send the link</button>
        </form>`,
    );
  }

  reset(resetToken: string, state: FormState): string {
    return this.#page(
      "Choose a new password",
      html`${this.#wrong(state)}
        <form method="post" action="${this.#settings.mountPath}/reset">
          ${hidden(state)}<input type="hidden" name="reset" value="${resetToken}" />${passwordField("new-password")}
          <button type="submit">Set the password</button>
        </form>`,
    );
  }

  /** Asked first: mail programs open links by themselves. */
  verify(verifyToken: string, state: FormState): string {
    return this.#page(
      "Confirm your address",
      html`<form method="post" action="${this.#settings.mountPath}/verify">
        ${hidden(state)}<input type="hidden" name="verify" value="${verifyToken}" />
        <button type="submit">Confirm</button>
      </form>`,
    );
  }

  message(title: string, text: string): string {
    return this.#page(title, html`<p>${text}</p>`);
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

  #wrong({ wrong }: FormState): Html | undefined {
    return wrong === undefined ? undefined : html`<p class="wrong" role="alert">${wrong}</p>`;
  }

  #page(title: string, content: Html): string {
    const { serviceName } = this.#settings;
    return html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>${title} – ${serviceName}</title>
          ${STYLE_ELEMENT}
        </head>
        <body>
          <main>
            <p class="service">${serviceName}</p>
            <h1>${title}</h1>
            ${content}
          </main>
        </body>
      </html> `.text;
  }
}

function hidden({ token }: FormState): Html {
  return html`<input type="hidden" name="token" value="${token}" />`;
}

function emailField({ email }: FormState): Html {
  return html`<div class="field">
    <label for="email">E-mail</label>
    <input id="email" name="email" type="email" autocomplete="username" required value="${email ?? ""}" />
  </div>`;
}

function passwordField(autocomplete: "current-password" | "new-password"): Html {
  const isNew = autocomplete === "new-password";
  return html`<div class="field">
    <label for="password">Password</label>
    <input
      id="password"
      name="password"
      type="password"
      autocomplete="${autocomplete}"
      required${isNew ? html` aria-describedby="password-hint"` : undefined}
    />
    ${isNew ? html`<p class="hint" id="password-hint">At least 12 characters. A sentence is good.</p>` : undefined}
  </div>`;
}
