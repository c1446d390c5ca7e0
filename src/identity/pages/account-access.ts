// Who has access, on the account page: signed-in browsers and applications, each with a button that ends it.
import type { Consent } from "../sessions/consents.ts";
import type { SessionEntry } from "../sessions/session-store.ts";
import { day, minute } from "./days.ts";
import { type FormState, hidden, type PageSettings } from "./frame.ts";
import { type Html, html } from "./html.ts";
import { scopeItem } from "./scopes.ts";

export interface AccessView {
  readonly sessions: readonly SessionEntry[];
  /** Which of them is looking. */
  readonly thisSession: string | undefined;
  readonly consents: readonly Consent[];
}

export function accessSections(
  settings: PageSettings,
  { sessions, thisSession, consents }: AccessView,
  state: FormState,
): Html {
  const at = `${settings.mountPath}/account`;
  return html`<h2 id="sessions">Where you are signed in</h2>
    <ul class="list" aria-labelledby="sessions">
      ${sessions.map((session) => sessionItem(at, session, session.id === thisSession, state))}
    </ul>
    ${
      sessions.length < 2
        ? undefined
        : html`<form method="post" action="${at}/end-others">
            ${hidden(state)}<button type="submit" class="plain">Sign out all others</button>
          </form>`
    }
    <form method="post" action="${at}/sign-out">
      ${hidden(state)}<button type="submit" class="plain" aria-describedby="everywhere">Sign out everywhere</button>
      <p class="hint" id="everywhere">Ends every session and every application's access, this one's too.</p>
    </form>
    <h2 id="applications">Applications with access</h2>
    ${
      consents.length === 0
        ? html`<p>None.</p>`
        : html`<ul class="list" aria-labelledby="applications">
            ${consents.map((consent) => consentItem(settings, at, consent, state))}
          </ul>`
    }`;
}

function sessionItem(at: string, session: SessionEntry, isThis: boolean, state: FormState): Html {
  const { id, browser, network, created_at, seen_at } = session;
  return html`<li>
    <div>
      <strong>${browser}</strong>${isThis ? html` (this one)` : undefined}
      <p class="hint">From ${network}, since ${minute(created_at)}, last seen ${minute(seen_at)}</p>
    </div>
    <form method="post" action="${at}/end-session">
      ${hidden(state)}<input type="hidden" name="session" value="${id}" />
      <button type="submit" class="small" aria-label="Sign out ${browser}${isThis ? " (this one)" : ""}">
        Sign out
      </button>
    </form>
  </li>`;
}

function consentItem(
  settings: PageSettings,
  at: string,
  { clientId, clientName, scopes, since }: Consent,
  state: FormState,
): Html {
  return html`<li>
    <div>
      <strong>${clientName}</strong>
      <ul class="scopes">
        ${scopes.map((scope) => html`<li>${scopeItem(settings, scope)}</li>`)}
      </ul>
      <p class="hint">Since ${day(since)}</p>
    </div>
    <form method="post" action="${at}/withdraw">
      ${hidden(state)}<input type="hidden" name="client" value="${clientId}" />
      <button type="submit" class="small" aria-label="Withdraw the access of ${clientName}">Withdraw</button>
    </form>
  </li>`;
}
