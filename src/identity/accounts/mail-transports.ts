// Hands mail over: to a mail server, or during development to a folder.
import { randomUUID } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { type MailServer, openMailServer } from "../../egress/mail-server.ts";
import type { Mail, MailMessage } from "./mail.ts";

/** `smtps://user:password@host`, or `smtp://host:587`, which must then offer STARTTLS unless it is loopback. */
export function smtpMail(url: string, from: string): Mail & { close(): void } {
  let opening: Promise<MailServer> | undefined;
  return {
    send: async (message) => {
      const transport = await (opening ??= openMailServer(url, from));
      await transport.sendMail({ ...message, headers: { "Auto-Submitted": "auto-generated" } });
    },
    close: () => void opening?.then((transport) => transport.close()),
  };
}

/** Writes each message into a file of its own, and tells where: nothing leaves the machine. */
export function folderMail(folder: string, told: (file: string, message: MailMessage) => void): Mail {
  return {
    send: async (message) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = path.join(folder, `${Date.now()}-${randomUUID().slice(0, 8)}.txt`);
      const text = `To: ${message.to}\nSubject: ${message.subject}\n\n${message.text}`;
      await writeFile(`${file}.part`, text, { mode: 0o600, flag: "wx" });
      await rename(`${file}.part`, file);
      told(file, message);
    },
  };
}
