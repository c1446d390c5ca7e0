// Writes docs/findings.md from the registry of rules.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { FINDINGS_PAGE, renderFindingsPage } from "./findings-page.ts";
import { ROOT } from "./tree.ts";

writeFileSync(path.join(ROOT, FINDINGS_PAGE), renderFindingsPage());
