// `portcullis audit …`: what was recorded, where it is, and whether it is whole.
import type { Command } from "./command.ts";
import { CONFIGURATION_OPTIONS } from "./configuration-flags.ts";

export const auditCommand: Command = {
  name: "audit",
  summary: "look into the record: counts, dead letters",
  words: "stats | dead list|retry [SINK] [ID…]",
  wordsMax: 1_000,
  options: {
    config: CONFIGURATION_OPTIONS["config"] as { value: string; what: string },
    spool: { value: "folder", what: "the spool; default: the one of the configuration" },
    json: { what: "print JSON" },
  },
  notes: [
    "stats: accepted = delivered + spooled + dead + below level + dropped + lost, for each sink that is fed from the spool, counted on disk",
    "whether the gateway runs or not. Exit code 0: whole; 1: some events are not accounted for.",
    "dead retry: dead letters are offered again, by a gateway that runs within seconds, else by the next one.",
  ],
  run: async (given, io) => {
    const { runAuditCommand } = await import("./audit/commands.ts");
    return runAuditCommand(given, io);
  },
};
