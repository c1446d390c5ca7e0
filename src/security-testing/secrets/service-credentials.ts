// Credentials of services, by the rules of secretlint.
import { lintSource } from "@secretlint/core";
import { creator } from "@secretlint/secretlint-rule-preset-recommend";
import type { Secret, Text } from "./secret.ts";

const PREFIX = "@secretlint/secretlint-rule-";
/** private-keys.ts parses them: it knows a key from something that looks like one. */
const CONFIG = { rules: [{ id: `${PREFIX}preset-recommend`, rule: creator }] };
const OWN = `${PREFIX}privatekey`;
/** RFC 2606 and RFC 6761: nobody's. */
const NOBODYS = /@(?:[\w.-]+\.)?(?:example(?:\.(?:com|net|org))?|test|invalid|localhost)(?:[:/?#\s"'`]|$)/i;

export async function serviceCredentials({ file, text }: Text): Promise<readonly Secret[]> {
  const source = { content: text, filePath: file, contentType: "text" } as const;
  const { messages } = await lintSource({ source, options: { config: CONFIG, noPhysicFilePath: true } });
  return messages.flatMap(({ ruleId, messageId, range, loc }): readonly Secret[] => {
    const value = text.slice(range[0], range[1]);
    if (ruleId === OWN || NOBODYS.test(value)) return [];
    const what = `${ruleId.slice(PREFIX.length)} (${messageId})`;
    return [{ rule: "secrets.credential", severity: "high", confidence: "firm", what, line: loc.start.line, value }];
  });
}
