// `portcullis audit …`: what was recorded, where it is, and whether it is whole.
import type { Command } from "./command.ts";
import { CONFIGURATION_OPTIONS } from "./configuration-flags.ts";

export const auditCommand: Command = {
  name: "audit",
  summary: "search the record, verify it, count it, offer dead letters again",
  words: "tail|search [FILE…] | stats | verify [FILE…] | key FILE | dead list|retry [SINK] [ID…]",
  wordsMax: 1_000,
  options: {
    config: CONFIGURATION_OPTIONS["config"] as { value: string; what: string },
    spool: { value: "folder", what: "the spool; default: the one of the configuration" },
    reason: { value: "code", what: "search, tail: a reason or event code, also its begin: authentication.*" },
    subject: { value: "id", what: "search, tail: who called" },
    operation: { value: "id", what: "search, tail: an operation, also the begin of its id" },
    status: { value: "code", what: "search, tail: 403, or a class: 4xx" },
    since: { value: "time", what: "search, tail: from when on, such as 24h or 2026-11-26T08:00:00Z" },
    until: { value: "time", what: "search, tail: until when" },
    text: { value: "text", what: "search, tail: what the event's JSON holds, letter by letter" },
    last: { value: "count", what: "tail: how many; default 20", short: "n" },
    follow: { what: "tail: go on with those that come", short: "f" },
    from: { value: "time", what: "verify: from when on, such as 24h or 2026-11-26T08:00:00Z" },
    to: { value: "time", what: "verify: until when" },
    checkpoints: { value: "file", what: "verify: checkpoints; default: those of the configuration" },
    key: { value: "key", what: "verify: the public key of the checkpoints, or a file with it" },
    sink: { value: "name", what: "verify, search, tail: the file sink to read; with files: the one whose they are" },
    name: { value: "name", what: "key: whose record it signs, such as api.example.com/audit" },
    json: { what: "print JSON" },
  },
  notes: [
    "Example: portcullis audit search --reason 'authentication.*' --since 24h --status 4xx",
    "What was masked when it was recorded stays masked. search ends with 1 where nothing is found.",
    "stats: accepted = delivered + spooled + dead + below level + dropped + lost, for each sink that is fed from the spool, counted on disk",
    "whether the gateway runs or not. Exit code 0: whole; 1: some events are not accounted for.",
    "verify: says whole (0), also where the record itself says what was dropped or removed by retention; or names the first event that was",
    "altered, moved, taken out, repeated or cut off, and files that cannot be read (1). Without words it reads the files of the configuration,",
    "rotated and packed ones too, and what is still in the spool. Files that begin in the middle need --from.",
    "dead retry: dead letters are offered again, by a gateway that runs within seconds, else by the next one.",
  ],
  run: async (given, io) => {
    const { runAuditCommand } = await import("./audit/commands.ts");
    return runAuditCommand(given, io);
  },
};
