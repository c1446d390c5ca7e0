// Decides which file a `$ref` may mean: only files at or below the folder of the root document, never an address on the network.

/** A reference split into the file that it names (undefined: no file is named) and its fragment. */
export interface SplitReference {
  readonly address: string;
  readonly fragment: string;
}

/** A file below the root's folder, or why there is none. */
export type Place = { readonly file: string } | { readonly refused: string; readonly remedy: string };

export function splitReference(reference: string): SplitReference {
  const hash = reference.indexOf("#");
  if (hash < 0) return { address: reference, fragment: "" };
  return { address: reference.slice(0, hash), fragment: reference.slice(hash + 1) };
}

/** The folder part of a file name, with its separator; empty for a bare name. */
export function folderOf(file: string): string {
  return file.slice(0, Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
}

/** The file that `address`, written in `from`, means. Both are named relative to the same place as the root document. */
export function placeOf(address: string, from: string, rootFolder: string): Place {
  if (/^[a-z][a-z0-9+.-]*:/i.test(address) || address.startsWith("//")) {
    return {
      refused: "it is a URL, and nothing is fetched for a reference",
      remedy: "Keep a copy of that document beside this one and refer to the copy by its relative path.",
    };
  }
  const outside: Place = {
    refused: "it leads out of the folder of the root document",
    remedy: "Move that file below the folder of the root document and refer to it by its relative path.",
  };
  let path: string;
  try {
    path = decodeURIComponent(address);
  } catch {
    return { refused: "its percent-encoding is broken", remedy: "Write the relative path of a file." };
  }
  if (path.startsWith("/")) return outside;
  if (/[\\\0?]/.test(path)) {
    return {
      refused: "it is no relative path",
      remedy: "Write the relative path of a file, with `/` between folders.",
    };
  }
  const segments = folderOf(from).slice(rootFolder.length).split("/").filter(Boolean);
  for (const segment of path.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return outside;
  }
  return { file: rootFolder + segments.join("/") };
}
