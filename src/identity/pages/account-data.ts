// The pages for another e-mail address and for the end of an account, and what the account page says of stored data.
import { currentPasswordField, type FormState, framed, hidden, type PageSettings, wrongNote } from "./frame.ts";
import { type Html, html } from "./html.ts";

export function dataSection(at: string, { isKept }: { readonly isKept: boolean }, state: FormState): Html {
  return html`<h2>Your data</h2>
    <form method="post" action="${at}/export">
      ${hidden(state)}<button type="submit" class="plain" aria-describedby="export">Download your data</button>
      <p class="hint" id="export">All that is stored about this account, as a JSON file.</p>
    </form>
    ${
      isKept
        ? html`<p class="hint">
            Whoever runs the service keeps this account: ask them for another address, or for its end.
          </p>`
        : html`<nav aria-label="Your data"><a href="${at}/delete">Delete your account</a></nav>`
    }`;
}

export function changeAddressPage(settings: PageSettings, current: string, state: FormState): string {
  const at = `${settings.mountPath}/account`;
  return framed(
    settings,
    "Another e-mail address",
    html`${wrongNote(state)}
      <p>Your account has <strong>${current}</strong>. The new address gets a link to confirm it, this one a notice.</p>
      <form method="post" action="${at}/email">
        ${hidden(state)}
        <div class="field">
          <label for="email">New e-mail</label>
          <input id="email" name="email" type="email" autocomplete="email" required value="${state.email ?? ""}" />
        </div>
        ${currentPasswordField()}
        <button type="submit">Send the link</button>
        <p class="hint">Once it is confirmed, your other sessions and every application's access end.</p>
      </form>
      ${back(at)}`,
  );
}

/** Asked first: mail programs open links by themselves. */
export function confirmAddressPage(settings: PageSettings, current: string, link: string, state: FormState): string {
  const at = `${settings.mountPath}/account`;
  return framed(
    settings,
    "Confirm your new address",
    html`<p>The account that has <strong>${current}</strong> until now gets the address that the link was sent to.</p>
      <form method="post" action="${at}/email/confirm">
        ${hidden(state)}<input type="hidden" name="change" value="${link}" />
        <button type="submit">Confirm the new address</button>
      </form>
      ${back(at)}`,
  );
}

export function deleteAccountPage(settings: PageSettings, email: string, state: FormState): string {
  const at = `${settings.mountPath}/account`;
  return framed(
    settings,
    "Delete your account",
    html`${wrongNote(state)}
      <p>It cannot be undone: sessions, applications' access, second factors and roles end with it.</p>
      <form method="post" action="${at}/delete">
        ${hidden(state)}
        <div class="field">
          <label for="confirm">Your e-mail address, to confirm</label>
          <input id="confirm" name="confirm" type="email" autocomplete="off" required aria-describedby="confirm-hint" />
          <p class="hint" id="confirm-hint">${email}</p>
        </div>
        ${currentPasswordField()}
        <button type="submit" class="danger">Delete the account</button>
      </form>
      ${back(at)}`,
  );
}

function back(at: string): Html {
  return html`<nav aria-label="Back"><a href="${at}">Back to your account</a></nav>`;
}
