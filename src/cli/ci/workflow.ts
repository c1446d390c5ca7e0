// The workflow for GitHub Actions. The job that runs the project's code can only read; the one that may write runs none of it.
import { ACTIONS, SEMGREP_VERSION } from "./actions.ts";
import { COMMENT_SCRIPT } from "./comment-script.ts";
import type { PackageManager, Project } from "./project.ts";

const INSTALL: Readonly<Record<PackageManager | "yarn 1", string>> = {
  npm: "npm ci",
  pnpm: "pnpm install --frozen-lockfile",
  yarn: "yarn install --immutable",
  "yarn 1": "yarn install --frozen-lockfile",
};
/** Each runs what is installed, and fetches nothing. */
const RUN: Readonly<Record<PackageManager, string>> = {
  npm: "npx --no-install portcullis",
  pnpm: "pnpm exec portcullis",
  yarn: "yarn run portcullis",
};
const REPORTS = "portcullis-reports";

export function workflowText(project: Project): string {
  const { folder, branch, manager, isYarnClassic } = project;
  const below = folder === "" ? "" : `${folder}/`;
  return `# Written by \`portcullis ci init\`. It fails where \`portcullis test\` does: 1 what is found, 2 what could not be tested.
name: Portcullis

on:
  push:
    branches: [${quoted(branch)}]
  pull_request:
  schedule:
    # New advisories concern code that did not change.
    - cron: "23 4 * * 1"

permissions: {}

concurrency:
  group: portcullis-\${{ github.ref }}
  cancel-in-progress: \${{ github.event_name == 'pull_request' }}

jobs:
  test:
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    permissions:
      contents: read
${folder === "" ? "" : `    defaults:\n      run:\n        working-directory: ${quoted(folder)}\n`}    steps:
      - uses: ${ACTIONS.checkout}
        with:
          # Secrets are looked for in all that git remembers.
          fetch-depth: 0
          persist-credentials: false
${setup(project, below)}
      - name: Advisories and results of earlier runs
        uses: ${ACTIONS.cache}
        with:
          path: ~/.cache/portcullis
          key: portcullis-\${{ runner.os }}-\${{ github.run_id }}
          restore-keys: portcullis-\${{ runner.os }}-

      - run: ${INSTALL[isYarnClassic ? "yarn 1" : manager]}
      - run: pipx install semgrep==${SEMGREP_VERSION}

${test(project)}
      - name: Keep the reports
        if: \${{ !cancelled() }}
        uses: ${ACTIONS.uploadArtifact}
        with:
          name: ${REPORTS}
          path: ${quoted(`${below}${REPORTS}`)}
          if-no-files-found: ignore

  report:
    needs: test
    # A pull request from a fork gets no token that may write; its reports are kept all the same.
    if: \${{ !cancelled() && (github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository) }}
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    permissions:
      contents: read
      actions: read
      security-events: write
      pull-requests: write
    steps:
      - uses: ${ACTIONS.checkout}
        with:
          persist-credentials: false

      - uses: ${ACTIONS.downloadArtifact}
        with:
          name: ${REPORTS}
          path: ${REPORTS}

      # A private repository needs GitHub Code Security for this; take it out where there is none.
      - uses: ${ACTIONS.uploadSarif}
        with:
          sarif_file: ${REPORTS}/portcullis.sarif
          category: portcullis

      - name: Comment on the pull request
        if: \${{ !cancelled() && github.event_name == 'pull_request' }}
        uses: ${ACTIONS.script}
        with:
          script: |
${COMMENT_SCRIPT.trim().replaceAll(/^(?=.)/gm, "            ")}
`;
}

function setup({ manager, isManagerPinned, lock, node }: Project, below: string): string {
  const why = "why" in node && node.why !== undefined ? [`          # ${node.why}`] : [];
  const version =
    "file" in node ? `node-version-file: ${quoted(`${below}${node.file}`)}` : `node-version: ${node.version}`;
  // Yarn by package.json comes with Corepack, which comes with Node: too late for the cache of setup-node.
  const isLate = manager === "yarn" && isManagerPinned;
  return [
    ...(manager === "pnpm"
      ? ["", `      - uses: ${ACTIONS.setupPnpm}`, "        with:", ...pnpm(isManagerPinned, below)]
      : []),
    "",
    `      - uses: ${ACTIONS.setupNode}`,
    "        with:",
    ...why,
    `          ${version}`,
    ...(isLate || lock === undefined
      ? []
      : [`          cache: ${manager}`, `          cache-dependency-path: ${quoted(lock)}`]),
    ...(isLate ? ["", "      - run: corepack enable"] : []),
    "",
  ].join("\n");
}

function pnpm(isPinned: boolean, below: string): readonly string[] {
  return isPinned
    ? [`          package_json_file: ${quoted(`${below}package.json`)}`]
    : ["          # Better is `packageManager` in package.json.", "          version: 10"];
}

/** What needs no running API runs at once; the rest once `portcullis-test.yaml` says how the API is started. */
function test({ manager, hasTestFile, hasBaseline }: Project): string {
  const kinds = hasTestFile ? "" : " contract source dependencies secrets";
  const words = [
    `${RUN[manager]} test${kinds}`,
    "--update",
    "--format sarif,markdown,html",
    `--output ${REPORTS}`,
    ...(hasBaseline ? ["--baseline portcullis-baseline.json"] : []),
  ];
  const note = hasTestFile
    ? ""
    : "      # Beside these there are the tests of the running API: write portcullis-test.yaml, and leave the words out.\n";
  return `${note}      - name: Test
        run: >-
${words.map((word) => `          ${word}`).join("\n")}
`;
}

/** A scalar of YAML, whatever stands in it. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) && /^[A-Za-z.]/.test(text) ? text : JSON.stringify(text);
}
