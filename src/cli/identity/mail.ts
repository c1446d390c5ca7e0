// How account holders are written to: by a mail server, or during development by files, whose names and links are told.
import type { IdentitySettings } from "../../configuration/settings.ts";
import type { Mail } from "../../identity/accounts/mail.ts";
import { folderMail, smtpMail } from "../../identity/accounts/mail-transports.ts";
import type { Io } from "../io.ts";

const LINK = /https?:\/\/\S+/;

/** A folder is refused where others than this machine are served: its links may be shown to whoever started it. */
export function openMail(
  { mail }: Pick<IdentitySettings, "mail">,
  io: Pick<Io, "stderr">,
): Mail & { close?: () => void } {
  if (mail?.kind === "smtp") return smtpMail(mail.url, mail.from);
  return folderMail(mail?.kind === "folder" ? mail.folder : ".", (file, { subject, text }) => {
    const link = LINK.exec(text)?.[0];
    io.stderr.write(`mail       ${subject}: ${link ?? ""}${link === undefined ? "" : " "}(${file})\n`);
  });
}
