// The page that the first administrator makes an account on, and what comes behind it.
import { emailField, type FormState, framed, hidden, newPasswordField, type PageSettings, wrongNote } from "./frame.ts";
import { html } from "./html.ts";

export function bootstrapPage(settings: PageSettings, link: string, state: FormState): string {
  return framed(
    settings,
    "Make the administrator's account",
    html`${wrongNote(state)}
      <p>Whoever has this account administers all others, and the applications.</p>
      <form method="post" action="${settings.mountPath}/bootstrap">
        ${hidden(state)}<input type="hidden" name="bootstrap" value="${link}" />
        ${emailField(state)}${newPasswordField(settings)}
        <button type="submit">Make the account</button>
      </form>`,
  );
}

export function administratorMadePage(settings: PageSettings): string {
  return framed(
    settings,
    "The account is made",
    html`<p>A password alone is little for an account that may change all others.</p>
      <p><a href="${settings.mountPath}/account">Sign in, and add a second factor</a></p>`,
  );
}
