// The form that a passkey answers, and the one small script of the pages: it asks the browser and sends what that says.
import { createHash } from "node:crypto";
import { Html, html } from "./html.ts";

const SCRIPT = `
"use strict";
const form = document.querySelector("form[data-passkey]");
const { PublicKeyCredential: Passkey } = window;
if (form !== null && Passkey !== undefined && Passkey.parseRequestOptionsFromJSON !== undefined) {
  const { passkey, options } = form.dataset;
  const problem = form.querySelector("[role=status]");
  form.hidden = false;
  document.querySelectorAll("[data-without-passkey]").forEach((note) => (note.hidden = true));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.hidden = true;
    try {
      const asked = JSON.parse(options);
      const credential =
        passkey === "create"
          ? await navigator.credentials.create({ publicKey: Passkey.parseCreationOptionsFromJSON(asked) })
          : await navigator.credentials.get({ publicKey: Passkey.parseRequestOptionsFromJSON(asked) });
      form.elements.namedItem("response").value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch {
      problem.hidden = false;
    }
  });
}
`;

/** The element byte for byte: its hash is what the policy of these pages names, and nothing else may run there. */
const SCRIPT_ELEMENT = new Html(`<script>${SCRIPT}</script>`);

export const SCRIPT_SOURCE = `'sha256-${createHash("sha256").update(SCRIPT).digest("base64")}'`;

export interface PasskeyForm {
  readonly does: "create" | "get";
  readonly action: string;
  /** For the browser, as JSON. */
  readonly options: string;
  readonly button: string;
  readonly isPlain?: boolean;
  /** Hidden and other fields. */
  readonly fields: Html;
}

/** Not shown where the browser has no passkeys, or runs no script. */
export function passkeyForm({ does, action, options, button, isPlain = false, fields }: PasskeyForm): Html {
  return html`<form method="post" action="${action}" data-passkey="${does}" data-options="${options}" hidden>
      ${fields}<input type="hidden" name="response" value="" />
      <p class="wrong" role="status" hidden>That did not work, or it was given up. Try again, or load the page anew.</p>
      <button type="submit" ${isPlain ? html` class="plain"` : undefined}>${button}</button>
    </form>
    ${SCRIPT_ELEMENT}`;
}
