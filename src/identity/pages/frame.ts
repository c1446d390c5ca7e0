// What all pages have in common: the sheet that a page stands on, and the fields of its forms.
import { type Html, html } from "./html.ts";
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

export function framed({ serviceName }: PageSettings, title: string, content: Html): string {
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

export function wrongNote({ wrong }: FormState): Html | undefined {
  return wrong === undefined ? undefined : html`<p class="wrong" role="alert">${wrong}</p>`;
}

export function hidden({ token }: FormState): Html {
  return html`<input type="hidden" name="token" value="${token}" />`;
}

export function emailField({ email }: FormState): Html {
  return html`<div class="field">
    <label for="email">E-mail</label>
    <input id="email" name="email" type="email" autocomplete="username" required value="${email ?? ""}" />
  </div>`;
}

export function passwordField(autocomplete: "current-password" | "new-password"): Html {
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

export function nameField(proposed: string): Html {
  return html`<div class="field">
    <label for="name">What you call it</label>
    <input id="name" name="name" maxlength="64" autocomplete="off" value="${proposed}" />
  </div>`;
}
