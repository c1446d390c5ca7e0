// The port for mail to account holders, and what is written to them.

export interface MailMessage {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface Mail {
  /** Resolves once the message was handed over. May reject: then the holder asks again. */
  send(message: MailMessage): Promise<void>;
}

export interface MailTexts {
  readonly serviceName: string;
  /** Address of a page with a token in it; its host comes from the configuration, never from a request (P10). */
  readonly link: (page: "verify" | "reset" | "invitation" | "account/email/confirm", token: string) => string;
}

export function verificationMail({ serviceName, link }: MailTexts, to: string, token: string): MailMessage {
  return {
    to,
    subject: `Confirm your e-mail address for ${serviceName}`,
    text: `Somebody, most likely you, made an account at ${serviceName} with this address.

Confirm it within a day:

  ${link("verify", token)}

In another browser than the one where you made it, you are asked for the password that you chose.

If it was not you, do nothing: without this step nobody can sign in.
`,
  };
}

export function alreadyRegisteredMail({ serviceName, link }: MailTexts, to: string, token: string): MailMessage {
  return {
    to,
    subject: `You have an account at ${serviceName}`,
    text: `Somebody, most likely you, tried to make an account at ${serviceName} with this address. It has one.

Did you forget your password? Choose another within an hour:

  ${link("reset", token)}

If it was not you, do nothing: nothing was changed.
`,
  };
}

export function accountMadeMail({ serviceName, link }: MailTexts, to: string, token: string): MailMessage {
  return {
    to,
    subject: `Your account at ${serviceName}`,
    text: `There is an account for you at ${serviceName}.

Choose a password within a week:

  ${link("reset", token)}
`,
  };
}

export function invitationMail({ serviceName, link }: MailTexts, to: string, token: string): MailMessage {
  return {
    to,
    subject: `You are invited to ${serviceName}`,
    text: `You are invited to have an account at ${serviceName}.

Choose a password within a week:

  ${link("invitation", token)}

If you do not want one, do nothing: there is no account without this step.
`,
  };
}

export function resetMail({ serviceName, link }: MailTexts, to: string, token: string): MailMessage {
  return {
    to,
    subject: `Choose a new password for ${serviceName}`,
    text: `Somebody, most likely you, asked for a new password at ${serviceName}.

Choose it within an hour:

  ${link("reset", token)}

If it was not you, do nothing: your password stays as it is.
`,
  };
}

export function addressChangeMail({ serviceName, link }: MailTexts, to: string, token: string): MailMessage {
  return {
    to,
    subject: `Confirm this address for your account at ${serviceName}`,
    text: `Somebody, most likely you, wants this to be the e-mail address of their account at ${serviceName}.

Confirm it within an hour, in a browser where you are signed in:

  ${link("account/email/confirm", token)}

If it was not you, do nothing: nothing was changed.
`,
  };
}

export function addressTakenMail({ serviceName }: MailTexts, to: string): MailMessage {
  return {
    to,
    subject: `Your address at ${serviceName}`,
    text: `Somebody, most likely you, wants this to be the e-mail address of another account at ${serviceName}. It has an account
already, so nothing was changed.

If it was you, delete the account that has it, or choose another address.
`,
  };
}

export function accountDeletedMail({ serviceName }: MailTexts, to: string): MailMessage {
  return {
    to,
    subject: `Your account at ${serviceName} was deleted`,
    text: `Your account at ${serviceName} was deleted, as it was asked for on its page. Nothing is sent to this address any more.
`,
  };
}

export function changedMail({ serviceName }: MailTexts, to: string, what: string): MailMessage {
  return {
    to,
    subject: `Your account at ${serviceName} was changed`,
    text: `${what}

If it was not you, choose a new password at once, and sign out everywhere on the page of your account.
`,
  };
}
