// What all pages have in common: the sheet that a page stands on, and the fields of its forms.
import type { WayBack } from "../clients/way-back.ts";
import { type Html, html } from "./html.ts";
import type { Style } from "./style.ts";

export interface PageSettings {
  readonly serviceName: string;
  /** Path of the authorization server, without a slash at its end: `/identity`, or nothing. */
  readonly mountPath: string;
  readonly registration: "open" | "invitation" | "closed";
  /** How long a password has to be that is all that protects an account. */
  readonly passwordLengthMin: number;
  readonly style: Style;
  readonly hasLogo: boolean;
  /** What scopes mean, in a sentence, by their names. */
  readonly scopeTexts: ReadonlyMap<string, string>;
}

export interface FormState {
  /** Proves that the form was made here for this browser. */
  readonly token: string;
  readonly email?: string | undefined;
  /** The application that the person came from. */
  readonly client?: WayBack | undefined;
  /** What was wrong with the last try, in a sentence. */
  readonly wrong?: string | undefined;
}

export function framed({ serviceName, mountPath, style, hasLogo }: PageSettings, title: string, content: Html): string {
  const service = hasLogo
    ? html`<img class="logo" src="${mountPath}/logo" alt="${serviceName}" />`
    : html`<p class="service">${serviceName}</p>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} – ${serviceName}</title>
        ${style.element}
      </head>
      <body>
        <main>
          ${service}
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html> `.text;
}

export function wrongNote({ wrong }: FormState): Html | undefined {
  return wrong === undefined ? undefined : html`<p class="wrong" role="alert">${wrong}</p>`;
}

export function hidden({ token, client }: FormState): Html {
  const from =
    client === undefined ? undefined : html`<input type="hidden" name="client" value="${client.clientId}" />`;
  return html`<input type="hidden" name="token" value="${token}" />${from}`;
}

export function emailField({ email }: FormState): Html {
  return html`<div class="field">
    <label for="email">E-mail</label>
    <input id="email" name="email" type="email" autocomplete="username" required value="${email ?? ""}" />
  </div>`;
}

export function currentPasswordField(): Html {
  return html`<div class="field">
    <label for="password">Password</label>
    <input id="password" name="password" type="password" autocomplete="current-password" required />
  </div>`;
}

export function newPasswordField({ passwordLengthMin }: PageSettings, label = "Password"): Html {
  return html`<div class="field">
    <label for="password">${label}</label>
    <input
      id="password"
      name="password"
      type="password"
      autocomplete="new-password"
      required
      aria-describedby="password-hint"
    />
    <p class="hint" id="password-hint">At least ${passwordLengthMin} characters. A sentence is good.</p>
  </div>`;
}

export function nameField(proposed: string): Html {
  return html`<div class="field">
    <label for="name">What you call it</label>
    <input id="name" name="name" maxlength="64" autocomplete="off" value="${proposed}" />
  </div>`;
}
