// Other ways to write a path that careless readers take for the same.

/** The last segment changed. */
export function inLast(path: string, change: (segment: string) => string): string {
  const at = path.lastIndexOf("/") + 1;
  return path.slice(0, at) + change(path.slice(at));
}

/** The first letter percent-encoded. */
export function encodedLetter(segment: string): string {
  return segment.replace(/[a-z]/i, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
}

export function otherCase(text: string): string {
  return text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();
}
