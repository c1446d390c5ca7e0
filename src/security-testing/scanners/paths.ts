// The name of a file as other tools write it, made into one of the project's: relative, with forward slashes.
import path from "node:path";

/** Undefined where it is not a file at all: an address, nothing. */
export function fileOf(name: string, cwd: string, base = ""): string | undefined {
  const whole = decoded(base !== "" && isRelative(name) ? `${base.replace(/\/?$/, "/")}${name}` : name);
  const bare = whole
    .replace(/^file:\/\/(?:localhost)?/i, "")
    .replace(/^\/(?=[A-Za-z]:[\\/])/, "")
    .replaceAll("\\", "/");
  if (bare === "" || /^[a-z][a-z0-9+.-]+:/i.test(bare)) return undefined;
  const inside = path.posix.isAbsolute(bare) ? path.posix.relative(cwd.replaceAll("\\", "/"), bare) : bare;
  // What lies outside keeps the name that its tool gave it.
  return inside === "" || inside.startsWith("../") ? bare : path.posix.normalize(inside);
}

function isRelative(name: string): boolean {
  return !/^(?:[a-z][a-z0-9+.-]*:|\/)/i.test(name);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
