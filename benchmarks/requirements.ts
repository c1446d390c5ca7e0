// What the benchmark needs of the machine; says what is missing and how to get it, before anything is started.
import { accessSync, constants, existsSync } from "node:fs";
import path from "node:path";

const HERE = import.meta.dirname;

export function missingRequirements(contenders: readonly string[]): string[] {
  const missing: string[] = [];
  for (const program of ["nginx", "wrk"]) {
    if (!isInstalled(program)) missing.push(`${program} is not installed: apt-get install ${program}`);
  }
  if (contenders.some((name) => name.startsWith("express")) && !existsSync(path.join(HERE, "stack", "node_modules"))) {
    missing.push("the Express stack is not installed: npm ci --prefix benchmarks/stack");
  }
  if (!existsSync(path.join(HERE, "..", "dist"))) missing.push("nothing is built: npm run build");
  return missing;
}

function isInstalled(program: string): boolean {
  return (process.env["PATH"] ?? "").split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
