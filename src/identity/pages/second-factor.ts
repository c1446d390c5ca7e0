// The step behind the password: a code, a recovery code, or a passkey; and what is said where there is nothing to ask for.
import { type FormState, framed, hidden, type PageSettings, wrongNote } from "./frame.ts";
import { html } from "./html.ts";
import { passkeyForm } from "./passkey-form.ts";

export interface SecondStep {
  readonly uid: string;
  readonly client: string;
  readonly account: string;
  readonly hasApp: boolean;
  readonly hasPasskey: boolean;
  /** For the browser, where there is a passkey. */
  readonly passkeyOptions: string | undefined;
  /** The password was typed just now: somebody else can. */
  readonly mayStartOver: boolean;
}

export function secondFactorPage(settings: PageSettings, step: SecondStep, state: FormState): string {
  const at = `${settings.mountPath}/interaction/${step.uid}`;
  const hint = step.hasApp ? "Six digits of your app, or one of your recovery codes." : "One of your recovery codes.";
  const passkey =
    step.passkeyOptions === undefined
      ? undefined
      : html`${passkeyForm({
            does: "get",
            action: `${at}/passkey`,
            options: step.passkeyOptions,
            button: "Use a passkey",
            fields: hidden(state),
          })}
          <p class="or" aria-hidden="true">or</p>`;
  const again = step.mayStartOver
    ? html`<nav><a href="${at}?start=over">Sign in as somebody else</a></nav>`
    : undefined;
  return framed(
    settings,
    "One more step",
    html`${wrongNote(state)}
      <p>Show ${step.client} that it is you, <strong>${step.account}</strong>.</p>
      ${passkey}
      <form method="post" action="${at}/second-factor">
        ${hidden(state)}
        <div class="field">
          <label for="code">Code</label>
          <input
            id="code"
            name="code"
            autocomplete="one-time-code"
            autocapitalize="characters"
            spellcheck="false"
            maxlength="32"
            required
            aria-describedby="code-hint"
          />
          <p class="hint" id="code-hint">${hint}</p>
        </div>
        <button type="submit" ${passkey === undefined ? undefined : html` class="plain"`}>Continue</button>
      </form>
      ${again}`,
  );
}

/** The application asks for a second factor, and the account has none. */
export function noFactorPage(settings: PageSettings, step: SecondStep, state: FormState): string {
  const at = settings.mountPath;
  return framed(
    settings,
    "A second factor is needed",
    html`<p>
        ${step.client} asks that you show in a second way that it is you, <strong>${step.account}</strong>: by an
        authenticator app or a passkey. Your account has none yet.
      </p>
      <p><a href="${at}/account" target="_blank" rel="noopener">Add one to your account</a>, then come back here.</p>
      <form method="post" action="${at}/interaction/${step.uid}/second-factor">
        ${hidden(state)}
        <button type="submit" name="answer" value="continue">Continue</button>
        <button type="submit" name="answer" value="deny" class="plain">Back to ${step.client}</button>
      </form>`,
  );
}
