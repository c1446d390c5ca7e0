// Which other tools the command line asks to be run: `--with osv-scanner,gitleaks=/opt/gitleaks`.
import type { TestOptions } from "../tester.ts";

export const DRIVEN = ["osv-scanner", "npm-audit", "gitleaks"] as const;

export interface Asked {
  readonly name: string;
  /** Where it is; undefined: on the path. */
  readonly program: string | undefined;
}

export function askedTools(options: Pick<TestOptions, "all">): readonly Asked[] {
  const words = options.all("with").flatMap((text) => text.split(","));
  return words.map((word) => {
    const [name = "", ...program] = word.trim().split("=");
    return { name, program: program.length === 0 ? undefined : program.join("=") };
  });
}

/** The first that tells of vulnerable packages, and so stands in where we have no database. */
export function advisorAsked(options: Pick<TestOptions, "all">): string | undefined {
  return askedTools(options).find(({ name }) => name === "osv-scanner" || name === "npm-audit")?.name;
}
