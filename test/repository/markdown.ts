// Reads the repository's Markdown: fenced blocks with what they are, links, anchors.
import { readdirSync } from "node:fs";
import { readText, ROOT } from "./tree.ts";

export interface Block {
  readonly file: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** What stands behind the fence: `yaml configuration`. */
  readonly info: string;
  readonly text: string;
}

const FENCE = /^```(.*)\n([\s\S]*?)^```$/gm;

/** Pages that the project has written: at the root and in docs. */
export function pages(): string[] {
  const own = (folder: string) => readdirSync(`${ROOT}/${folder}`).filter((name) => name.endsWith(".md"));
  return [...own("."), ...own("docs").map((name) => `docs/${name}`)];
}

export function blocks(file: string, info?: string): Block[] {
  const text = readText(file);
  const found = [...text.matchAll(FENCE)].map((match) => ({
    file,
    line: text.slice(0, match.index).split("\n").length,
    info: (match[1] as string).trim(),
    text: match[2] as string,
  }));
  return info === undefined ? found : found.filter((block) => block.info === info);
}

/** The one block of that kind. */
export function block(file: string, info: string): string {
  const [first, ...more] = blocks(file, info);
  if (first === undefined || more.length > 0) throw new Error(`${file} has not exactly one block \`${info}\``);
  return first.text;
}

/** Targets of links, without those to other sites. */
export function links(file: string): string[] {
  const text = readText(file)
    .replaceAll(FENCE, "")
    .replaceAll(/`[^`\n]*`/g, "code");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] as string).filter((to) => !/^[a-z]+:/.test(to));
}

/** Anchors of a page's headings, as the usual sites make them. */
export function anchors(file: string): Set<string> {
  const text = readText(file).replaceAll(FENCE, "");
  return new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
      (match[1] as string)
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}
