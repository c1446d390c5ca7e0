// Shell injection (CWE-78): a command behind a separator, in a substitution, or at the end of a pipe.
import type { InjectionClass } from "./class.ts";

/** Commands that stand alone. */
const ALONE = new Set(
  [
    "id",
    "ls",
    "pwd",
    "whoami",
    "uname",
    "ifconfig",
    "ipconfig",
    "netstat",
    "printenv",
    "hostname",
    "tasklist",
    "systeminfo",
    "reboot",
  ].concat(["shutdown", "env", "ps", "dir", "halt"]),
);
/** Commands that need something to work on: many are words of English. */
const WITH_ARGUMENT = new Set(
  [
    "cat",
    "curl",
    "wget",
    "nc",
    "ncat",
    "netcat",
    "bash",
    "sh",
    "zsh",
    "dash",
    "ping",
    "sleep",
    "rm",
    "chmod",
    "chown",
    "python",
  ].concat(
    [
      "python3",
      "perl",
      "ruby",
      "php",
      "node",
      "powershell",
      "pwsh",
      "cmd",
      "cmd.exe",
      "certutil",
      "nslookup",
      "dig",
      "host",
      "touch",
    ],
    [
      "echo",
      "cp",
      "mv",
      "kill",
      "killall",
      "head",
      "tail",
      "more",
      "less",
      "type",
      "net",
      "tftp",
      "ftp",
      "scp",
      "ssh",
      "telnet",
    ],
    [
      "tee",
      "find",
      "awk",
      "sed",
      "xargs",
      "base64",
      "openssl",
      "crontab",
      "mkfifo",
      "eval",
      "exec",
      "source",
      "printf",
      "sudo",
      "su",
    ],
    [...ALONE],
  ),
);
const DIGITS_ONLY = new Set(["sleep", "ping", "kill"]);

/** Up to where a command's name goes, after what only hides it is taken away. */
const COMMAND = /^[ {(!]*(?:[\w.?*-]*\/)*([a-z][\w.?*]*)(?:[ ,]+([^|;&\n]*))?/i;
const SEPARATOR = /(?:\|\|?|&&?|;|\$\(|`|\n|<\(|>\()/g;
/** Separators are looked at so many times. */
const SEPARATORS_MAX = 64;

export const SHELL: InjectionClass = {
  name: "shell",
  title: "a shell command",
  needs: ";|&`$\n<>",
  charactersMin: 3,
  detects(text, place) {
    const plain = unhidden(text);
    let count = 0;
    SEPARATOR.lastIndex = 0;
    for (let found = SEPARATOR.exec(plain); found !== null && count < SEPARATORS_MAX; found = SEPARATOR.exec(plain)) {
      count += 1;
      const before = plain.slice(Math.max(0, found.index - 80), found.index);
      if (isQuoting(found[0], before, plain.slice(found.index + 1), place)) continue;
      if (isCommand(plain.slice(found.index + found[0].length, found.index + 200), found[0])) return true;
    }
    return false;
  },
};

/** What shells overlook between the letters of a word: `c''at`, `c\at`, `ca$@t`; and what is a space to them. */
function unhidden(text: string): string {
  if (!/['"\\$]/.test(text)) return text;
  return text
    .replace(/\$\{?IFS\}?(?:\$\d)?/g, " ")
    .replace(/\$[@*]/g, "")
    .replace(/''|""/g, "")
    .replace(/\\(?=[a-z])/gi, "")
    .replace(/(?<=[a-z])['"](?=[a-z])/gi, "");
}

/** In texts, backticks quote code and lines begin anew; a separator is one where the value is a single word before it. */
function isQuoting(separator: string, before: string, after: string, place: "parameter" | "body"): boolean {
  if (separator === "`") {
    const end = after.indexOf("`");
    const around = before + (end < 0 ? "" : after.slice(end + 1));
    return end < 0 || /\s/.test(around.trim());
  }
  if (separator === "\n") return place === "body" && (/\s/.test(before.trim()) || before.length === 80);
  return false;
}

function isCommand(text: string, separator: string): boolean {
  const found = COMMAND.exec(text);
  if (found === null) return false;
  const name = (found[1] as string).toLowerCase();
  const rest = (found[2] ?? "").trim();
  const behind = text.slice(found[0].length).trim();
  const isPathed = /^[ {(!]*[\w.?*-]*\//.test(found[0]);
  if (isPathed && /^[ {(!]*\/(?:(?:bin|usr|sbin|etc)\b|[\w/]*[?*])/.test(found[0])) return true;
  if (ALONE.has(name) && (rest === "" || rest === ")" || rest === "`")) {
    // A table of Markdown has such cells.
    if (separator === "|" && behind.startsWith("|")) return false;
    return text.slice(found[0].length, found[0].length + 1) !== "=" && !/^[.:]/.test(behind);
  }
  if (!WITH_ARGUMENT.has(name) || rest === "") return false;
  if (DIGITS_ONLY.has(name)) return /^(?:-|\d|\$)/.test(rest);
  return /^["']?(?:-{1,2}[a-z]|\/|~|\.{1,2}\/|\$|\*|<|>|https?:|\d{1,3}\.\d|"|'|%\w+%|[a-z]:|\w+[./]\w+\S*$|\w+\))/i.test(
    rest,
  );
}
