// Path traversal (CWE-22): a value that is a path and leaves the folder it was meant for.
import type { InjectionClass } from "./class.ts";

/** Files that only an attack asks an API for. */
const KEPT =
  /(?:^|[\\/])(?:etc[\\/](?:passwd|shadow|hosts|group|issue|sudoers|ssh|nginx|apache2|mysql)|proc[\\/](?:self|version|\d+)|win(?:dows|nt)?[\\/](?:system32|win\.ini|system\.ini|repair)|boot\.ini|win\.ini|web-inf[\\/]|meta-inf[\\/]|\.ssh[\\/]|\.env$|\.git[\\/]|\.htpasswd|\.aws[\\/]|var[\\/](?:log|run)[\\/]|root[\\/])/i;
const UPWARDS =
  /(?:^|[\\/=:])\.{2,}(?:[\\/]|%2f|%5c|%252f|%c0%af|%c1%9c|;[\\/])|\.\.(?:%2f|%5c|%252f|%c0%af|%c1%9c)|%2e%2e(?:[\\/]|%2f|%5c)|%252e/i;
const SCHEME = /^(?:file|php|zip|phar|expect|glob|jar|netdoc|ogg|rar|ssh2|compress\.\w+):(?:\/\/|\/|[a-z]:)/i;

export const PATH: InjectionClass = {
  name: "path",
  title: "a path out of its folder",
  needs: "./\\%",
  charactersMin: 3,
  detects(text, place) {
    const value = text.trim().replaceAll("\u2215", "/");
    // A path is the whole value: in sentences and code, others are spoken of.
    if (value.length > 1_024 || /\s/.test(value.replaceAll("\u0000", ""))) return false;
    if (SCHEME.test(value)) return true;
    if (value.includes("\u0000") || /%00/.test(value)) return /[./\\]/.test(value);
    if (UPWARDS.test(value)) return place === "parameter" || KEPT.test(value) || isFarUp(value);
    return /^(?:\/|[a-z]:[\\/]|\\\\|~\/|\.[a-z])/i.test(value) && KEPT.test(value);
  },
};

/** In code and links, paths go up inside; from their beginning, far, or encoded they do not. */
function isFarUp(value: string): boolean {
  return /^\.\.[\\/]|%|;|\.{3,}|\\|(?:\.\.\/){2}/.test(value);
}
