// Writes docs/reasons.md from the registry.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { REASONS_PAGE, renderReasonsPage } from "./reasons-page.ts";
import { ROOT } from "./tree.ts";

writeFileSync(path.join(ROOT, REASONS_PAGE), renderReasonsPage());
