// From what the user wrote under `mail` and `slack` to the options of these destinations.
import type { z } from "zod";
import type { MailOptions } from "../../sinks/notifying/mail-destination.ts";
import type { SlackOptions } from "../../sinks/notifying/slack-destination.ts";
import { name as nameOf } from "../issues.ts";
import type { mailSinkSchema, slackSchema } from "../schema/notifying.ts";
import { durationOr } from "../schema/words.ts";
import { SINK_DEFAULTS } from "../sink-defaults.ts";
import type { KeyPath } from "../source.ts";
import type { Resolving } from "./resolving.ts";
import { resolveSecret } from "./secret.ts";
import { resolveServer } from "./sink-server.ts";

type WrittenMail = z.infer<typeof mailSinkSchema>["mail"];
type WrittenSlack = z.infer<typeof slackSchema>["slack"];

export async function resolveMail(written: WrittenMail, at: KeyPath, to: Resolving): Promise<MailOptions> {
  const place = [...at, "smtp"];
  const url = await resolveSecret(written.smtp, place, to);
  if (url !== undefined && !/^smtps?:$/.test(URL.parse(url)?.protocol ?? "")) {
    const message = `${nameOf(place)} is no smtp: or smtps: URL`;
    to.error(place, "smtp-url", message, "Such as smtps://user:password@mail.example.com");
  }
  return {
    url: url ?? "",
    from: written.from,
    to: written.to,
    everyMs: durationOr(written.every, SINK_DEFAULTS.mail.everyMs),
  };
}

export async function resolveSlack(written: WrittenSlack, at: KeyPath, to: Resolving): Promise<SlackOptions> {
  const place = [...at, "url"];
  const url = await resolveSecret(written.url, place, to);
  return {
    url: url ?? "",
    everyMs: durationOr(written.every, SINK_DEFAULTS.slack.everyMs),
    timeoutMs: durationOr(written.timeout, SINK_DEFAULTS.slack.timeoutMs),
    ...(await resolveServer([{ url: url ?? "https://unknown", at: place }], written, at, to)),
  };
}
