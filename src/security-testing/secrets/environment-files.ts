// Files of the environment that hold secrets: `.env` and its kin, not their examples.
import type { Secret, Text } from "./secret.ts";

const FILE = /(?:^|\/)\.env(?:\.[\w-]+)*$/;
const EXAMPLE = /\.(?:example|sample|template|dist|defaults?|schema|tests?|ci)(?:\.|$)/i;
const LINE = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*$/i;
const NAME =
  /(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS?)(?:_(?:\d+|PROD|PRODUCTION|LIVE|STAGING))?$/i;
const PLACEHOLDER =
  /^(?:|change[\w-]*|your[\w -]*|x+|\*+|<.*>|\$\{.*\}|.*example.*|todo|none|null|true|false|\d{1,5})$/i;

export function environmentFiles({ file, text }: Text): readonly Secret[] {
  if (!FILE.test(file) || EXAMPLE.test(file)) return [];
  return text.split("\n").flatMap((line, index): readonly Secret[] => {
    const [, name, written] = LINE.exec(line) ?? [];
    const value = (written ?? "").replace(/^(["'])(.*)\1$/, "$2");
    if (name === undefined || !NAME.test(name) || PLACEHOLDER.test(value)) return [];
    return [
      { rule: "secrets.environment-file", severity: "high", confidence: "firm", what: name, line: index + 1, value },
    ];
  });
}
